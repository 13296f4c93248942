"""What the exchange tells on its channels, in which order, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest

from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.engine.instructions import Amendment
from kalshi_async.sandbox.engine.state import Account, Order
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams.kit import OTHER, TICKER, Client, Json, open_client, order, types

PRIVATE = ("user_orders", "fill", "market_positions", "order_group_updates")
PUBLIC = ("orderbook_delta", "trade", "ticker")


async def test_a_match_is_told_in_the_order_of_the_exchange(
    exchange: Sandbox, alice: SandboxAccount, bob: SandboxAccount
) -> None:
    """Both sides are alice's clients to see: she takes what bob has rested, then he takes hers."""
    async with open_client(exchange, alice) as client:
        await client.subscribe(*PRIVATE, *PUBLIC, market_ticker=TICKER)
        exchange.exchange.orders.create(bob.account, order("ask", "0.40", 10))
        await client.quiet()
        exchange.exchange.orders.create(alice.account, order("bid", "0.40", 4, client_order_id="mine"))
        frames = await client.quiet()
        assert types(frames) == [
            *("user_order", "fill", "market_position"),
            *("orderbook_delta", "trade", "ticker"),
        ]
        placed, fill, position, delta, trade, ticker = (frame["msg"] for frame in frames)
    assert (placed["status"], placed["last_update_reason"]) == ("executed", "Trade")
    assert fill["trade_id"] == trade["trade_id"]
    assert fill["ts_ms"] == trade["ts_ms"] == placed["last_updated_ts_ms"]
    assert (fill["client_order_id"], fill["is_taker"]) == ("mine", True)
    assert (fill["post_position_fp"], position["position_fp"]) == ("4.00", "4.00")
    assert (delta["side"], delta["price_dollars"], delta["delta_fp"]) == ("no", "0.6000", "-4.00")
    assert "client_order_id" not in delta, "the level that shrank is bob's"
    assert (trade["taker_book_side"], trade["taker_outcome_side"]) == ("bid", "yes")
    assert (ticker["yes_ask_size_fp"], ticker["volume_fp"], ticker["open_interest_fp"]) == (
        *("6.00", "4.00", "4.00"),
    )


async def test_taker_and_maker_are_told_before_the_book(
    exchange: Sandbox, alice: SandboxAccount, bob: SandboxAccount
) -> None:
    """Each sees his own half only."""
    async with open_client(exchange, alice) as one, open_client(exchange, bob) as other:
        for client in (one, other):
            await client.subscribe("user_orders", "fill", "market_positions")
        exchange.exchange.orders.create(bob.account, order("ask", "0.40", 10))
        exchange.exchange.orders.create(alice.account, order("bid", "0.45", 10))
        assert types(await one.quiet()) == ["user_order", "fill", "market_position"]
        assert types(await other.quiet()) == ["user_order", "user_order", "fill", "market_position"]
        assert [fill["book_side"] for fill in one.of("fill") + other.of("fill")] == ["bid", "ask"]
        assert other.of("market_position")[0]["position_fp"] == "-10.00"


def _cancel(exchange: Sandbox, placed: Order) -> None:
    exchange.exchange.orders.cancel(_owner(exchange), placed.order_id, market_ticker=TICKER)


def _decrease(exchange: Sandbox, placed: Order) -> None:
    exchange.exchange.orders.decrease(
        _owner(exchange), placed.order_id, reduce_by_e2=400, reduce_to_e2=None, market_ticker=TICKER
    )


def _amend(exchange: Sandbox, placed: Order) -> None:
    amendment = Amendment(placed.order_id, TICKER, "bid", 4_100, 1_000)
    exchange.exchange.orders.amend(_owner(exchange), amendment)


def _lower(exchange: Sandbox, placed: Order) -> None:
    exchange.exchange.orders.amend(_owner(exchange), Amendment(placed.order_id, TICKER, "bid", 4_000, 600))


def _sell(exchange: Sandbox, placed: Order) -> None:
    exchange.market(TICKER).trade("ask", "0.40", 4)


def _meet_oneself(exchange: Sandbox, placed: Order) -> None:
    taken = order("ask", "0.40", 1, self_trade_prevention_type="maker")
    exchange.exchange.orders.create(_owner(exchange), taken)


def _close(exchange: Sandbox, placed: Order) -> None:
    exchange.market(TICKER).close()


def _decide(exchange: Sandbox, placed: Order) -> None:
    exchange.market(TICKER).determine("yes")


def _halt(exchange: Sandbox, placed: Order) -> None:
    exchange.market(TICKER).pause()
    exchange.market(TICKER).resume()


def _owner(exchange: Sandbox) -> Account:
    return exchange.accounts["alice"].account


@pytest.mark.parametrize(
    ("act", "reason", "status", "remaining"),
    [
        (_cancel, None, "canceled", "0.00"),
        (_decrease, "Decrease", "resting", "6.00"),
        (_amend, "Amend", "resting", "10.00"),
        (_lower, "Amend", "resting", "6.00"),
        (_sell, "Trade", "resting", "6.00"),
        (_meet_oneself, "SelfTradeCancel", "canceled", "0.00"),
        (_close, "CloseCancel", "canceled", "0.00"),
        (_decide, "CloseCancel", "canceled", "0.00"),
        (_halt, "HaltCancel", "canceled", "0.00"),
    ],
)
async def test_an_order_says_why_it_has_changed(
    exchange: Sandbox,
    client: Client,
    alice: SandboxAccount,
    act: Callable[[Sandbox, Order], None],
    reason: str | None,
    status: str,
    remaining: str,
) -> None:
    """The frame is the only place that says so."""
    await client.subscribe("user_orders")
    placed = exchange.exchange.orders.create(alice.account, order("bid", "0.40", 10)).order
    act(exchange, placed)
    await client.quiet(2)
    first, changed = [msg for msg in client.of("user_order") if msg["order_id"] == placed.order_id]
    assert "last_update_reason" not in first
    assert (changed.get("last_update_reason"), changed["status"], changed["remaining_count_fp"]) == (
        *(reason, status, remaining),
    )


async def test_what_is_left_of_an_order_that_may_not_rest_is_told_after_its_fills(
    exchange: Sandbox, client: Client, alice: SandboxAccount
) -> None:
    await client.subscribe("user_orders", "fill")
    exchange.market(TICKER).quote("ask", "0.40", 4)
    taken = order("bid", "0.40", 10, time_in_force="immediate_or_cancel")
    exchange.exchange.orders.create(alice.account, taken)
    assert types(await client.quiet()) == ["user_order", "fill", "user_order"]
    statuses = [(msg["status"], msg["remaining_count_fp"]) for msg in client.of("user_order")]
    assert statuses == [("resting", "6.00"), ("canceled", "0.00")]


async def test_what_reduces_only_says_so(exchange: Sandbox, client: Client, alice: SandboxAccount) -> None:
    exchange.market(TICKER).quote("ask", "0.40", 4)
    exchange.exchange.orders.create(alice.account, order("bid", "0.40", 4))
    exchange.market(TICKER).quote("bid", "0.30", 10)
    await client.subscribe("user_orders")
    taken = order("ask", "0.30", 10, time_in_force="immediate_or_cancel", reduce_only=True)
    exchange.exchange.orders.create(alice.account, taken)
    await client.quiet()
    assert [msg["last_update_reason"] for msg in client.of("user_order")] == ["Trade", "ReduceOnlyCancel"]


async def test_an_order_expires_at_its_time_and_nobody_has_to_ask(
    exchange: Sandbox, client: Client, alice: SandboxAccount, clock: VirtualClock
) -> None:
    await client.subscribe("user_orders", "orderbook_delta", market_ticker=TICKER)
    end_s = clock.now_ms() // 1_000 + 60
    exchange.exchange.orders.create(alice.account, order("bid", "0.40", 10, expiration_s=end_s))
    await asyncio.sleep(59)
    assert types(await client.quiet()) == ["user_order", "orderbook_delta"]
    frames = await client.quiet(2)
    assert types(frames) == ["user_order", "orderbook_delta"]
    assert frames[0]["msg"]["last_update_reason"] == "ExpiryCancel"
    assert frames[0]["sending_ts_ms"] == frames[0]["msg"]["expiration_ts_ms"] == end_s * 1_000


async def test_a_group_is_told_before_the_orders_that_it_ends(
    exchange: Sandbox, client: Client, alice: SandboxAccount
) -> None:
    groups = exchange.exchange.groups
    sids = await client.subscribe("order_group_updates", "user_orders")
    group_id = groups.create(alice.account, 1_000).order_group_id
    groups.set_limit(alice.account, group_id, 500)
    for bid in ("0.40", "0.39"):
        exchange.exchange.orders.create(alice.account, order("bid", bid, 10, order_group_id=group_id))
    await client.quiet()
    exchange.market(TICKER).trade("ask", "0.40", 6)
    frames = await client.quiet()
    assert types(frames) == ["user_order", "order_group_updates", "user_order", "user_order"]
    assert [frame["msg"]["status"] for frame in frames if frame["type"] == "user_order"] == [
        *("resting", "canceled", "canceled"),
    ]
    assert len({frame["msg"].get("ts_ms", frame["sending_ts_ms"]) for frame in frames}) == 1
    groups.reset(alice.account, group_id)
    groups.delete(alice.account, group_id)
    await client.quiet()
    updates = [(msg["event_type"], msg.get("contracts_limit_fp")) for msg in client.of("order_group_updates")]
    assert updates == [
        ("created", "10.00"),
        ("limit_updated", "5.00"),
        ("triggered", None),
        ("reset", None),
        ("deleted", None),
    ]
    assert client.seqs(sids["order_group_updates"]) == [1, 2, 3, 4, 5]


async def test_the_life_of_a_market_is_told(exchange: Sandbox, client: Client, alice: SandboxAccount) -> None:
    """Opening and closing at their times tell nothing."""
    sids = await client.subscribe("market_lifecycle_v2", "multivariate_market_lifecycle", "market_positions")
    exchange.exchange.markets.add("KXNEW-26NOV23-T1")
    exchange.exchange.markets.add("KXNEW-26NOV23-T2")
    exchange.exchange.markets.add("KXMVESPORTS-26NOV23-1")
    market = exchange.market(TICKER)
    market.quote("ask", "0.40", 4)
    exchange.exchange.orders.create(alice.account, order("bid", "0.40", 4))
    for step in (market.pause, market.resume, lambda: market.close(in_s=60)):
        step()
    await client.quiet(61)
    market.determine("yes")
    await client.quiet(61)
    life = client.of("market_lifecycle_v2")
    assert [(msg["market_ticker"], msg["event_type"]) for msg in life] == [
        ("KXNEW-26NOV23-T1", "created"),
        ("KXNEW-26NOV23-T2", "created"),
        (TICKER, "deactivated"),
        (TICKER, "activated"),
        (TICKER, "close_date_updated"),
        (TICKER, "determined"),
        (TICKER, "settled"),
    ]
    assert (life[-2]["result"], life[-2]["settlement_value"]) == ("yes", "1.0000")
    assert [msg["event_ticker"] for msg in client.of("event_lifecycle")] == ["KXNEW-26NOV23"]
    assert [msg["market_ticker"] for msg in client.of("multivariate_market_lifecycle")] == [
        "KXMVESPORTS-26NOV23-1"
    ]
    assert client.seqs(sids["market_lifecycle_v2"]) == list(range(1, 9))
    assert [msg["position_fp"] for msg in client.of("market_position")] == ["4.00", "0.00"]
    assert client.of("market_position")[-1]["realized_pnl_dollars"] == "2.400000"


async def test_pushes_are_immediate_while_reads_lag(
    exchange: Sandbox, client: Client, alice: SandboxAccount
) -> None:
    exchange.faults.lag_reads(60_000)
    await client.subscribe("fill", "orderbook_delta", market_ticker=TICKER)
    exchange.market(TICKER).quote("ask", "0.40", 4)
    exchange.exchange.orders.create(alice.account, order("bid", "0.40", 4))
    frames = await client.quiet()
    assert types(frames) == ["orderbook_delta", "fill", "orderbook_delta"]
    assert {frame["sending_ts_ms"] for frame in frames} == {exchange.clock.now_ms() - 500}
    assert exchange.exchange.reads.account(alice.account).fills == []


class Book:
    """The book of one market, kept by its snapshots and deltas: contracts by side and YES price."""

    def __init__(self, *, yes_scale: bool) -> None:
        self.levels: dict[tuple[str, Decimal], Decimal] = {}
        self.snapshots: list[tuple[object, object]] = []
        self._yes_scale = yes_scale
        self._clock = 0

    def take(self, frame: Json) -> None:
        msg = frame["msg"]
        assert msg["clock"] >= self._clock, "the clock of a market never goes down"
        self._clock = msg["clock"]
        if frame["type"] == "orderbook_delta":
            where = self._at(msg["side"], msg["price_dollars"])
            self.levels[where] = self.levels.get(where, Decimal(0)) + Decimal(msg["delta_fp"])
            assert self.levels[where] >= 0
            self.levels = {level: contracts for level, contracts in self.levels.items() if contracts}
        else:
            sides = {side: msg.get(f"{side}_dollars_fp", []) for side in ("yes", "no")}
            fresh = {self._at(side, p): Decimal(c) for side, rows in sides.items() for p, c in rows}
            self.snapshots.append((self.levels, fresh))
            self.levels = dict(fresh)

    def _at(self, side: str, price: str) -> tuple[str, Decimal]:
        own = Decimal(price)
        return side, own if side == "yes" or self._yes_scale else 1 - own


@pytest.mark.parametrize("yes_scale", [False, True])
async def test_snapshot_and_deltas_give_the_book(clock: VirtualClock, yes_scale: bool) -> None:
    """Through minutes of random trading every snapshot is what the deltas before it had made."""
    async with (
        Sandbox(tier="off", clock=clock, seed=3, traders=4, accounts=["alice"]) as exchange,
        open_client(exchange, exchange.accounts["alice"]) as client,
    ):
        sids = await client.subscribe("orderbook_delta", market_ticker=TICKER, use_yes_price=yes_scale)
        sid = sids["orderbook_delta"]
        for _ in range(5):
            with suppress(TimeoutError):
                async with asyncio.timeout(30):
                    await client.quiet(60)
            last = await client.command(
                "update_subscription", sid=sid, action="get_snapshot", market_ticker=TICKER
            )
            assert [frame["id"] for frame in last if "id" in frame] == [client.last_id]
    book = Book(yes_scale=yes_scale)
    for frame in client.frames:
        if frame["type"].startswith("orderbook"):
            book.take(frame)
    assert len(book.snapshots) == 6
    assert all(before == after and after for before, after in book.snapshots[1:])
    assert client.seqs(sid) == list(range(1, len(client.seqs(sid)) + 1))


async def test_changes_of_one_call_share_one_clock(
    exchange: Sandbox, client: Client, alice: SandboxAccount
) -> None:
    """Another connection sees the same."""
    async with open_client(exchange, alice) as second:
        for one in (client, second):
            await one.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])
        for ask in ("0.40", "0.41", "0.42"):
            exchange.market(TICKER).quote("ask", ask, 5)
        exchange.exchange.orders.create(alice.account, order("bid", "0.41", 12))
        exchange.market(OTHER).quote("ask", "0.50", 1)
        for one in (client, second):
            await one.quiet()
            clocks = [(msg["market_ticker"], msg["clock"]) for msg in one.of("orderbook_delta")]
            assert clocks == [*((TICKER, n) for n in (1, 2, 3, 4, 4, 4)), (OTHER, 1)]


async def test_own_changes_of_a_book_are_marked_for_their_owner_alone(
    exchange: Sandbox, alice: SandboxAccount, bob: SandboxAccount
) -> None:
    async with open_client(exchange, alice) as one, open_client(exchange, bob) as other:
        for client in (one, other):
            await client.subscribe("orderbook_delta", market_ticker=TICKER)
        exchange.exchange.orders.create(alice.account, order("bid", "0.40", 10, client_order_id="mine"))
        for client in (one, other):
            await client.quiet()
        (mine,), (theirs,) = one.of("orderbook_delta"), other.of("orderbook_delta")
    assert (mine["client_order_id"], mine["subaccount"]) == ("mine", 0)
    assert theirs.keys() == mine.keys() - {"client_order_id", "subaccount"}


async def test_a_restricted_key_sees_its_own_subaccount(exchange: Sandbox, alice: SandboxAccount) -> None:
    """The book is whole; of siblings neither the id nor the number is shown."""
    parts = exchange.exchange
    assert parts.accounts.create_subaccount(alice.account) == 1
    parts.transfers.between_subaccounts(alice.account, "t", 0, 1, 100_000)
    restricted = exchange.add_key(alice, subaccount=1)
    async with open_client(exchange, restricted) as client:
        await client.subscribe(*PRIVATE, "orderbook_delta", market_ticker=TICKER)
        for subaccount in (0, 1):
            parts.groups.create(alice.account, 1_000, subaccount=subaccount)
            placed = order("bid", "0.40", 10, client_order_id=f"of {subaccount}", subaccount=subaccount)
            parts.orders.create(alice.account, placed)
        exchange.market(TICKER).trade("ask", "0.40", 20)
        frames = await client.quiet()
    assert types(frames) == [
        *("orderbook_delta", "order_group_updates", "user_order", "orderbook_delta", "orderbook_delta"),
        *("user_order", "fill", "market_position", "orderbook_delta"),
    ]
    shown = [msg.get("client_order_id") for msg in client.of("orderbook_delta")]
    assert shown == [None, "of 1", None, "of 1"]
    assert [msg["subaccount"] for msg in client.of("fill") + client.of("market_position")] == [1, 1]


async def test_a_filter_holds_for_private_channels_too(
    exchange: Sandbox, client: Client, alice: SandboxAccount
) -> None:
    await client.subscribe("user_orders", "fill", "market_positions", market_ticker=OTHER)
    exchange.market(TICKER).quote("ask", "0.40", 4)
    exchange.exchange.orders.create(alice.account, order("bid", "0.40", 4))
    assert await client.quiet() == []


async def test_what_the_engine_has_none_of_is_sent_by_hand(
    exchange: Sandbox, client: Client, alice: SandboxAccount, bob: SandboxAccount
) -> None:
    """Index feeds by feed, communications by shard and by member."""
    await client.subscribe("cfbenchmarks_value_5hz", index_ids=["BRTI"])
    await client.subscribe("pyth_value", underlying_tickers=["Metal.XAU/USD"])
    await client.subscribe("communications")
    await client.subscribe("market_lifecycle_v2")
    publish = exchange.streams.publish
    value = {"index_id": "BRTI", "value_usd": "1.5", "source_ts_ms": 1, "received_at": 2, "data": "{}"}
    rfq = {"id": "r", "creator_id": "", "market_ticker": TICKER, "created_ts": "2026-11-22T12:00:00Z"}
    assert publish("cfbenchmarks_value_5hz", value) == 1
    assert publish("cfbenchmarks_value_5hz", value | {"index_id": "ETHUSD_RTI"}) == 0
    assert publish("rfq_created", rfq) == 1
    assert publish("rfq_created", rfq, account=bob.account) == 0
    fees = {"event_ticker": "KXHIGHNY-26NOV23", "fee_type_override": None, "fee_multiplier_override": 0.5}
    assert publish("event_fee_update", fees) == 1
    with pytest.raises(ValueError, match="kind must be one of"):
        publish("gossip", {})
    assert types(await client.quiet()) == ["cfbenchmarks_value_5hz", "rfq_created", "event_fee_update"]
