"""Incentive programs: rewards for quoting and trading in a market."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, OpenEnum, ReplyStruct, Time
from kalshi_async.contract.operation import read


class IncentiveType(OpenEnum):
    """What a program rewards."""

    LIQUIDITY = "liquidity"
    VOLUME = "volume"
    MARGIN_MAKER_VOLUME = "margin_maker_volume"
    MARGIN_TAKER_VOLUME = "margin_taker_volume"


class IncentiveProgram(ReplyStruct, frozen=True, kw_only=True):
    """A reward for what is done in one market."""

    id: str
    """Id of the program."""
    market_id: str
    """Id of the market, which is not its ticker."""
    market_ticker: str
    """Ticker of the market."""
    incentive_type: IncentiveType
    """What is rewarded."""
    incentive_description: str
    """The program, in words."""
    start_date: Time
    """When the program begins, in UTC."""
    end_date: Time
    """When the program ends, in UTC."""
    period_reward_centicents: int = field(name="period_reward")
    """What is paid for the whole period, in hundredths of a cent (docs get-incentives, 2026-10)."""
    paid_out: bool
    """Whether it was paid."""
    discount_factor_bps: int | None = None
    """How much less a quote counts for its distance from the best one, in hundredths of a percent."""
    target_size: FixedPoint | None = field(name="target_size_fp", default=None)
    """Contracts that are to be quoted."""
    max_reward_per_account_centicents: int | None = field(name="max_reward_per_account", default=None)
    """What one account gets at most, in hundredths of a cent."""


class IncentiveProgramsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of programs."""

    rows: list[IncentiveProgram] = field(name="incentive_programs")
    """Programs."""
    cursor: str | None = field(name="next_cursor", default=None)
    """Where the next page begins; empty or None on the last one."""


# OpenAPI 3.34.0, 2026-10-26.
GET_INCENTIVE_PROGRAMS = read(
    "get_incentive_programs",
    "/incentive_programs",
    IncentiveProgramsPage,
    rows=("incentive_programs",),
    signed=False,
)
