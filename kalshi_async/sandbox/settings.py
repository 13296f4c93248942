"""The settings of the embedded exchange: behavior that is not documented or may change.

This is the one table of what no source backs: ``SIM`` marks each choice, and stands in no other
module of the sandbox. Numbers and words are constants, behavior that can be switched is in
``Rules``, and behavior that cannot is told in ``CHOICES``, whose keys stand where it is coded.
Every other default names its source, read 2026-11; docs/sources.md says what "§n" and
"portfolio-api n" are. The engine reads this module and never changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Literal  # api2025

DEFAULT_SHARDS = (0, 1, 2, 3)

TIER_DEPTH_S = 3
"""The seconds of refill that a bucket of a tier above Basic holds.

Update 2026-11-28 §1.5; that this holds for reads and writes of every such tier is SIM.
"""

# Beyond these a number is a mistake: more traders than one process can serve, and an hour behind.
MOST_TRADERS = 1_000
LONGEST_READ_LAG_MS = 3_600_000
HIGHEST_PORT = 65_535

OLDEST_TIMESTAMP_MS = 15_000
"""How old the timestamp of a request may be.

SIM between two records: demo accepted one 5 s old and refused one 30 s old (2026-06-11).
"""
NEWEST_TIMESTAMP_MS = 30_000
"""How far ahead the timestamp of a request may be.

SIM beyond one record: the margin demo accepted one 30 s ahead (2026-06-12).
"""
FLAT_FEE_E4 = 100
"""What the taker pays for a contract of a "flat" series: no formula of it is published (SIM)."""
HIGHEST_MULTIPLIER = 10
"""The highest fee multiplier, far above any of the venue (SIM): it bounds the fee of a contract."""
MOST_MESSAGE_SHARDS = 100
"""The highest shard_factor of the channel ``communications``: 1 to 100 in the notes of 2026-10-26."""
LONGEST_TICKER = 200
"""The letters of a ticker, at most (SIM)."""
LISTED_FOR_S = 86_400 * 30
"""The time from the listing of a market to its close, unless the operator says otherwise (SIM)."""
SETTLEMENT_TIMER_S = 60
"""The time from the determination of a market to its settlement (SIM)."""
CAN_CLOSE_EARLY = True
"""What every market says of itself: its operator may close it at any time (SIM)."""
VOLUME_STEP_S = 60
"""The precision of the 24 hours of a market's ``volume_24h`` (SIM)."""
COMBO_LEGS = (2, 10)
"""The fewest and the most legs of a combo, unless its collection says otherwise (SIM)."""
WEATHER_CITY = "miami"
"""The city of the weather index: the first one of the real exchange (changelog 2026-08-20)."""
WEATHER_STATION = "KMIA"
"""Its one station (SIM)."""
WEATHER_COLDEST_E2, WEATHER_SPAN_E2 = 7_000, 1_500
"""Hundredths of a degree Fahrenheit at midnight UTC, and by how many noon is warmer (SIM)."""
WEATHER_MOST_POINTS = 10_080
"""The longest answer of the weather index: the newest week (SIM)."""
EVENT_COLOR = "#0ac285"
"""The color of every market (SIM)."""
CANDLE_WITHOUT_BID_E4 = 0
"""The bid of a candle while nobody bids (SIM)."""
CANDLE_WITHOUT_ASK_E4 = 10_000
"""The ask of a candle while nobody offers (SIM)."""
MOST_BATCH_TICKERS = 100
"""The markets of one batch of candles. Docs batch-get-market-candlesticks; that more are a 400 is SIM."""
PREVIOUS_PRICE_E4 = 0
"""What a market shows as its prices of a day ago: books are not kept for a day (SIM)."""
LIQUIDITY_E4 = 0
"""``liquidity_dollars`` of every market, which the schema no longer has (SIM)."""
GROUP_SHOWS_AUTO_CANCEL = False
"""``is_auto_cancel_enabled`` of every group. Recorded of a fresh one (update 2026-11-28 §3.5), else SIM."""
NETTING_AT_FIRST = True
"""The netting flag of a new account (SIM). Its effect is documented nowhere, and there is none here."""
PAYMENT_TYPE = "ach"
"""The rail of every deposit and withdrawal; they are applied at once, and free (SIM)."""

# What the server accepts of a client before it has checked a signature. All of it is SIM: no document
# of the real exchange has any number. They keep one client from stopping an exchange that others
# use, and no ordinary client meets them.

BODY_BYTES = 1_048_576
"""The largest body; a larger one is answered with 413. The largest batch takes some 30 KB."""

FRAMING_BYTES = 65_536
"""The largest head, or trailer of a chunked body (h11, httpx's parser, takes 64 KiB as well)."""

HEAD_S = 10
"""The time from the first byte of a head to its last one."""

BODY_S = 30
"""The time from the end of the head to the end of the body: 1 MiB at 35 KB/s."""

IDLE_S = 65
"""The time without a request. httpx drops idle connections after 5 s by default, load balancers
after about 60 s: the client closes first, so no request meets a connection that is just closing."""

UNREAD_S = 30
"""The time in which a client must read the replies that are written, once more than 64 KB of them
wait. Otherwise those who never read would take every connection there is."""

SLICE_BYTES = 1_024
"""What the parser is given at once. The shortest requests have some 10 bytes, so at most a hundred
of one connection are queued; an ordinary request is one slice."""

STOP_S = 0.5
"""The time for the rest of a request that has arrived in part when the exchange stops, and for a
client to read the rest of a reply."""

CONNECTIONS = 500
"""Open connections; a further one is answered with 503. Half of the usual 1,024 descriptors of a
process, because the clients of an embedded exchange need as many in the same process."""

ACCEPTED_AT_ONCE = 100
"""Connections accepted in one turn of the loop. asyncio opens them all before the first one can be
refused, and where descriptors are out it logs an error for each."""

CHOSEN_REFUSALS: Mapping[str, tuple[int, str | None]] = MappingProxyType(
    {
        # No field is recorded of these but what a comment names.
        "expiration_in_past": (400, "Expiration timestamp must be in the future"),  # the message is recorded
        "market_inactive": (400, None),
        "market_already_closed": (400, None),
        "order_group_not_found": (400, None),
        "invalid_amend_qty_for_order": (400, None),
        "exceeded_sell_position_floor": (400, None),
        "key_is_missing_from_headers": (401, None),
        "timestamp_is_missing_from_headers": (401, None),
        "method_not_allowed": (405, None),
        "exceeded_order_group_risk_limit": (409, None),  # the code is recorded
        "request_too_large": (413, None),
    }
)
"""Refusals by code, with status and message (SIM); None repeats the words of the code."""

# api2025: from here
SELF_TRADE_PREVENTION_2025: Literal["taker_at_cross", "maker"] = "taker_at_cross"
"""How orders of 2025 avoid trading with each other (SIM): the 2025 reference has no such field (§4.2)."""
GROUP_WORDS_2025 = ("active", "triggered")
"""The states of a group of 2025 (SIM): the 2025 reference lists no names."""
STATUS_WORDS_2025 = {"inactive": "closed", "finalized": "settled"}
"""What a market of 2025 has as its status in place of a word that its SDK refuses; that of a halt is SIM."""
# api2025: to here

# Settlement bounds: docs settlement_bounds, 2026-10, which calls them not live yet. What the page does
# not say is SIM, here and in CHOICES.
PRICE_AT_FLOOR = ("invalid_price", "price must be above the settlement floor")
"""Code and details of the refusal of an order at or below a settlement floor (SIM)."""
NEGATIVE_BALANCE = ("insufficient_balance", "a subaccount with a negative balance cannot place orders")
"""Code and details of the refusal of any order of a subaccount that a lowered floor left in debt (SIM)."""

CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "budget_owner": "token buckets belong to a user and not to a key",
        "unknown_shard": "a write that names a shard which does not exist is charged to the common bucket",
        "traded_amount": "what closes a position adds the price of the leg that is sold to its traded amount",
        "event_exposure": "an event's exposure is the sum of its markets': collateral return is not modelled",
        "kept_interest": "a settled market goes on showing the contracts that were held at its settlement",
        "no_underlying": "a market has no underlying: no strikes, and an empty expiration value",
        "series_texts": "events and series have no texts but tickers; only described series have a category",
        "expiration": "a market expires when it closes, until its operator decides it",
        "event_status": "an event has the status of each of its markets",
        "nested_markets": "an event that has its markets nested has none beside it",
        "floor_costs": "costs, exposure and realized profit count the whole price: a floor moves cash alone",
        "floor_fees": "the fee of a fill is that of its price, whatever the floor",
        "floor_rounding": "what a floor moves is rounded down to the precision of cash; the rest is a fee",
        "floor_revenue": "revenue of a settlement is what is paid then: value less floor for YES",
        "floor_value": "an open YES position is worth its mark less the floor, which has been paid",
        "floor_unpaid": "after a lowered floor the newest orders that tie up money go first, as MarginCancel",
        "floor_cover": "a debt is paid from free cash of the same shard, lowest subaccount first, in no list",
        "candle_days": "hours and days of candles begin at multiples of them in UTC",
        "candle_latest": "a candle that is prepended has the last quotes, and is left out beside a real one",
        "event_candles_end": "adjusted_end_ts of the candles of an event is the end that was asked for",
        "combo_refusals": "legs that a collection does not take are a 400 invalid_parameters",
        "combo_limit": "the documented limit of 5000 combos a week is not kept",
        "combo_order": "no collection is ordered: the order of legs makes no other combo",
        "combo_result": "a combo pays the product of what its legs pay, and is decided as soon as one lost",
        "combo_quoters": "nobody is named as a quoter of an event of a collection",
        "milestones": "an event has one milestone, at its close, and no other event has it",
        "live_data": "the live data of an event are the last prices and results of its markets",
        "targets": "every market but a combo has one structured target, of the type outcome",
        "sports": "a tag of a series of the category Sports is a sport, without competitions",
        "incentive_payment": "an incentive program counts as paid when it ends; nobody is paid",
        "event_looks": "no event or market has a picture, and all markets have one color",
        "weather": "the weather index rises from midnight UTC to noon, and falls again",
        "forecast": "percentiles are read off the last prices, as weights of the numbers in the tickers",
        "repeated_query": "a query parameter that is an array is repeated, and no commas separate values",
        "event_title": "the listing of an event has the ticker as its title, and no subtitle",
        "stream_metadata": "a listed market has its ticker as name and title, and no rules",
        "position_fee": "position_fee_cost of an open position is all fees paid in its market",
        "message_shards": "messages are spread over the shards of a subscription by the CRC-32 of the ticker",
        "delete_from_all": "deleting markets from a subscription to all of them is error 11",
        "second_subscribe": "a second subscribe adds its markets to the first, and changes no option",
        "handshake_cost": "the handshake of a stream costs no tokens",
        "frame_order": "the frames of one event go to members first, then book, trade and ticker",
        "count_error": "the error of a count with too many decimals has the words of the price's",
        "count_filters": (  # api2025
            "count_up and count_down of 2025 are the fewest contracts held of YES and of NO; "  # api2025
            "if both are given, one must hold"  # api2025
        ),  # api2025
    }
)
"""Behavior that cannot be switched (SIM), by the name that stands where it is coded."""


class Mark(Enum):
    """A price at which an open position is valued."""

    LAST = "the last price"
    BEST_BID = "the best bid of the leg that is held"
    COST = "what the position cost"


BANDED_CENTI_CENT = (
    (0, 100, 1),
    (100, 1_000, 10),
    (1_000, 9_000, 100),
    (9_000, 9_900, 10),
    (9_900, 10_000, 1),
)
"""The ranges of the price structure ``banded_centi_cent``: start, end and step in ten-thousandths.

SIM: the exchange names the structure (AsyncAPI, 2026-10-26) and publishes no ranges of it.
"""


class CreateCheck(Enum):
    """A check of a new order. If two checks fail, the reply shows which one came first."""

    DUPLICATE = "duplicate"
    PAUSE = "pause"
    GROUP = "group"
    POST_ONLY = "post_only"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class StreamRules:
    """Settings of the exchange's streams. Numbers that are SIM keep one client from stopping the others."""

    closing_s: float = 0.5
    """The time for a client to answer a close frame, and to read what was written before it (SIM)."""
    shortest_wait_s: float = 0.001
    """The shortest time until a planned action is run for the streams (SIM)."""

    ping_period_s: float = 10.0
    """The time between two pings. Recorded: 8 in 90 s (demo, 2026-06)."""
    connections_per_user: int = 200
    """Open streams of one user, whatever his tier. Changelog 2025-09-18."""
    commands_per_s: int = 10_000
    """Commands of one connection in one second; further ones are refused. Changelog 2026-06-18."""
    book_markets_per_connection: int = 500_000
    """Markets of ``orderbook_delta`` on one connection. Changelog 2026-06-18."""
    command_bytes: int = 16_777_216
    """The largest command (SIM); a larger one ends the connection, with code 1009."""
    buffer_bytes: int = 1_048_576
    """What may wait for a slow reader, per subscription, before error 25 ends it (SIM).

    What waits in the socket is not counted.
    """
    socket_bytes: int = 262_144
    """The kernel's buffer of one stream (SIM): a reader is slow sooner than with the system's."""
    unknown_market_code: int = 11
    """The error of a command that names a market which does not exist.

    SIM: 16, "Market not found", is retired. The other markets of the command are subscribed to.
    """
    indices: tuple[str, ...] = ("BRTI", "ETHUSD_RTI")
    """What the channels of CF Benchmarks offer (SIM)."""
    underlyings: tuple[str, ...] = ("Crypto.BTC/USD", "Metal.XAU/USD")
    """What the channel of Pyth offers (SIM)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the embedded exchange. The defaults follow the contract."""

    create_checks: tuple[CreateCheck, ...] = tuple(CreateCheck)
    """The order of the checks of a new order.

    SIM: no recording shows it. The check for a duplicate comes first, because it does not need
    the book.
    """
    read_lag_ms: int = 400
    """How far reads lag behind writes: embedded, in the pytest plugin and as a process; 0 for not at all.

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
    lists_past_event_fees: bool = True
    """Whether the list of fee changes of events has those of the past too. SIM: no source says."""
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
    decrease_counts_as_cancel: bool = True
    """Whether a decrease works where a cancel does: in a trading pause and a halted market (SIM).

    Otherwise it is refused with what places orders.
    """
    queue_counts_better_prices: bool = False
    """Whether a queue position counts the contracts at better prices too. SIM: §8 leaves it open."""
    trigger_cancels_incoming: bool = True
    """Whether a group that trips on the fills of an incoming order cancels its remainder (SIM).

    Otherwise the remainder rests. A fill-or-kill order is filled whole in both cases.
    """
    marks: tuple[Mark, ...] = tuple(Mark)
    """Prices at which portfolio_value counts a position; the first that there is (SIM, §24)."""
    streams: StreamRules = StreamRules()
    """The settings of the streams."""
