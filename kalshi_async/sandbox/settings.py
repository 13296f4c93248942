"""The settings of the embedded exchange: behavior that is not documented or may change.

Every default names its source, read 2026-11; docs/sources.md says what "§n" and "portfolio-api n"
are. "SIM" marks a choice of this simulator for behavior that no recording shows.
The engine reads this record and never changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEFAULT_SHARDS = (0, 1, 2, 3)

TIER_DEPTH_S = 3
"""The seconds of refill that a bucket of a tier above Basic holds.

Update 2026-11-28 §1.5; that this holds for reads and writes of every such tier is SIM.
"""

# Beyond these a number is a mistake: more traders than one process can serve, and an hour behind.
MOST_TRADERS = 1_000
LONGEST_READ_LAG_MS = 3_600_000
HIGHEST_PORT = 65_535


class CreateCheck(Enum):
    """A check of a new order. If two checks fail, the reply shows which one came first."""

    DUPLICATE = "duplicate"
    PAUSE = "pause"
    GROUP = "group"
    POST_ONLY = "post_only"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the embedded exchange. The defaults follow the contract."""

    create_checks: tuple[CreateCheck, ...] = tuple(CreateCheck)
    """The order of the checks of a new order.

    SIM: no recording shows it. The check for a duplicate comes first, because it does not need
    the book.
    """
    read_lag_ms: int = 400
    """How far reads lag behind writes, in this process, in the pytest plugin and in a process of its own.

    0 shows every write at once. §18: reads of demo still lagged 360 ms after a write in 2026-06. That
    they always lag alike, and that they show the opening of an account at once, is SIM.
    """
    group_triggers_at_limit: bool = False
    """Whether a group triggers when its fills reach the limit, and not only when they exceed it.

    §9: docs order_groups say "exceeds", the endpoint's description says "hit".
    """
    group_window_ms: int = 15_000
    """The rolling window in which the fills of a group are counted. §9: docs, 15 s."""
    groups_per_user: int = 100_000
    """The most order groups of one user. §9: changelog 2026-08-13."""
    fill_or_kill_self_cross_is_ioc: bool = True
    """Whether a fill-or-kill order that would meet an own order acts as immediate-or-cancel.

    §7: changelog 2025-10-01.
    """
    cancel_all_passes_s: tuple[int, ...] = (1, 30, 60)
    """The seconds after a cancel-all at which orders are canceled again; empty for no later pass.

    §6: cancel-all is asynchronous and also cancels orders of the following minute. The number of
    passes and their times are SIM.
    """
    cancel_all_ceiling: int = 10_000
    """The most orders that one pass cancels. portfolio-api 3.7: ceiling per call, by one peer."""
    amend_of_filled_code: str = "not_found"
    """The code of the refusal to amend an order that has filled.

    §6: 404 recorded; one peer saw "CANNOT_UPDATE_FILLED_ORDER" on V1.
    """
    reserve_at_placement: bool = False
    """Whether the reported balance is reduced by the cash that resting orders commit.

    §10: the sources contradict each other.
    """
    direct_precision_e6: int = 100
    """The precision of cash of direct members, in millionths of a dollar (§10)."""
    fcm_precision_e6: int = 10_000
    """The precision of cash of members behind an FCM, in millionths of a dollar (§10)."""
    sweep_delay_ms: int = 1_000
    """The time from close_time to the cancel of the orders that still rest.

    §5: "shortly after" close_time; the length is SIM.
    """
    shards: tuple[int, ...] = DEFAULT_SHARDS
    """The numbers of the shards. §20: in use since 2026-08-24."""
    rebalance_period_ms: int = 10_000
    """The time between two runs of the rebalancer. §20: every 10 s."""
    transfer_delay_ms: int = 0
    """The time until a transfer between shards completes; 0 completes it in the call (SIM).

    portfolio-api 3.21: transfers are asynchronous.
    """
    live_window_days: int = 90
    """The archive ends this many days before the exchange starts; newer rows are live.

    §21: a live window of three months is the real exchange's target.
    """
