"""Cash by arithmetic, against the embedded exchange and by itself."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal

from kalshi_async import CreateOrder
from kalshi_async.mirror import Drift, Mirror
from kalshi_async.mirror._cash import Balanced, Purse
from kalshi_async.mirror.reading import filled_of
from tests.mirror.conftest import TICKER, D, Desk, told
from tests.mirror.history import START_MS, fill_row
from tests.mirror.lives.world import TICKERS
from tests.mirror.test_rules import fill
from tests.stages.served import session_of


def true(desk: Desk, subaccount: int = 0) -> Decimal:
    """What the engine holds."""
    cash = desk.world.alice.account.cash_e6
    return sum((D(amount) / 1_000_000 for (number, _), amount in cash.items() if number == subaccount), D(0))


async def test_the_balance_adds_up_at_the_opening_and_at_every_comparison(
    desk: Desk, account: Mirror
) -> None:
    await asyncio.sleep(5)
    assert {number: one.amount for number, one in account.cash.items()} == {
        number: true(desk, number) for number in (0, 1, 2)
    }
    events = account.events()
    await desk.rest("0.40", 10)
    desk.place("ask", "0.40", 4)
    desk.place("bid", "0.60", 9)
    await desk.session.orders.create(CreateOrder(TICKER, "ask", 9, "0.60", subaccount=0))
    await asyncio.sleep(0.1)
    assert account.cash[0].estimate == true(desk)
    assert account.cash[0].amount != true(desk)
    await asyncio.sleep(65)
    assert account.cash[0].amount == account.cash[0].estimate == true(desk)
    assert account.cash[0].reserves is False
    assert not [event for event in await told(events) if isinstance(event, Drift)]
    assert desk.world.clock.now_ms() - account.cash[0].as_of_ms < 60_000


async def test_payouts_and_transfers_add_up(desk: Desk, account: Mirror) -> None:
    exchange, alice = desk.world.sandbox.exchange, desk.world.alice.account
    events = account.events()
    for ticker in TICKERS[:2]:
        desk.place("bid", "0.40", 10, by="alice", ticker=ticker)
        desk.place("ask", "0.40", 10, ticker=ticker)
    await asyncio.sleep(20)
    desk.world.sandbox.market(TICKERS[0]).settle("yes")
    desk.world.sandbox.market(TICKERS[1]).settle(40)
    exchange.accounts.deposit(alice, D(123))
    exchange.accounts.withdraw(alice, D("23.50"))
    exchange.transfers.between_subaccounts(alice, "a", 0, 1, 1_000)
    await asyncio.sleep(130)
    assert {number: one.amount for number, one in account.cash.items()} == {
        number: true(desk, number) for number in (0, 1, 2)
    }
    assert not [event for event in await told(events) if isinstance(event, Drift)]


async def test_what_does_not_add_up_twice_is_drift(desk: Desk, account: Mirror) -> None:
    events = account.events()
    await asyncio.sleep(10)
    alice = desk.world.alice.account
    alice.cash_e6[0, 0] += 5_000_000  # nobody says so
    desk.world.sandbox.faults.lag_reads(0)
    await asyncio.sleep(70)
    assert not [event for event in await told(events) if isinstance(event, Drift)]
    await asyncio.sleep(60)
    (drift,) = [event for event in await told(events) if isinstance(event, Drift)]
    assert (drift.kind, drift.key) == ("cash", "subaccount 0")
    assert D(drift.exchange) - D(drift.mirror) == D(5)
    await asyncio.sleep(120)
    assert account.cash[0].amount == true(desk)


async def test_a_guess_that_fails_is_no_drift(desk: Desk, account: Mirror) -> None:
    await asyncio.sleep(5)
    purse = account._state.purse(0)
    purse.known, purse._starts = None, (D(1), D(2))
    events = account.events()
    await asyncio.sleep(200)
    assert not [event for event in await told(events) if isinstance(event, Drift)]
    assert account.cash[0].amount == true(desk)


async def test_a_balance_that_leaves_out_what_orders_tie_up_is_known_for_one() -> None:
    from kalshi_async.sandbox.settings import Rules
    from tests.mirror.lives.world import World

    world = World.of(7, lag_ms=400, rules=Rules(reserve_at_placement=True))
    async with AsyncExitStack() as exits:
        session = session_of(world.sandbox, world.alice, world.clock, base_transport=world.network)
        desk = Desk(world, await exits.enter_async_context(session), exits)
        account = await desk.mirror()
        events = account.events()
        await asyncio.sleep(10)
        await desk.rest("0.40", 10)
        desk.place("ask", "0.40", 4)
        await desk.session.orders.create(CreateOrder(TICKER, "ask", 9, "0.70"))
        await asyncio.sleep(70)
        assert account.cash[0].reserves is True
        assert account.cash[0].amount == true(desk) - D("2.40") - D("1.50")
        await desk.session.orders.cancel(next(iter(account.orders)))
        await asyncio.sleep(62)
        assert not [event for event in await told(events) if isinstance(event, Drift)]
        await asyncio.sleep(60)
        assert account.cash[0].amount == true(desk) - D("1.50")


async def test_without_cash_no_balance_is_read(desk: Desk) -> None:
    account = await desk.mirror(cash=False)
    await asyncio.sleep(70)
    assert not account.cash


async def test_a_key_of_one_subaccount_knows_its_cash(desk: Desk) -> None:
    keys = desk.world.sandbox.add_key(desk.world.alice, subaccount=2)
    session = session_of(desk.world.sandbox, keys, desk.world.clock, base_transport=desk.world.network)
    await desk.exits.enter_async_context(session)
    account = await desk.mirror(session=session)
    events = account.events()
    await asyncio.sleep(10)
    exchange, alice = desk.world.sandbox.exchange, desk.world.alice.account
    exchange.transfers.between_subaccounts(alice, "a", 0, 2, 1_000)
    await asyncio.sleep(190)
    drifts = [event for event in await told(events) if isinstance(event, Drift)]
    assert [event.kind for event in drifts] == ["cash"], "such a key may not list what moved"
    assert {number: one.amount for number, one in account.cash.items()} == {2: true(desk, 2)}


def filled(number: int, at_ms: int, count: int = 1) -> object:
    return filled_of(fill_row(fill(0, count, at_ms, f"t{number}")))


def test_a_first_balance_amid_trading_is_decided_by_the_next() -> None:
    purse = Purse(0)
    for number in range(4):
        purse.fill(filled(number, START_MS + number * 500))  # type: ignore[arg-type]
    purse.start_with([("T", D(4))])
    # Two of the fills of 0.40 are part of it, which nobody can know.
    assert purse.compare(D("99.20"), START_MS + 600, START_MS + 900, D(0)) is Balanced.OPEN
    assert (purse.known, purse.estimate) == (None, None)
    assert purse.compare(D("98.40"), START_MS + 60_000, START_MS + 60_100, D(0)) is Balanced.ADDS_UP
    assert purse.known is not None
    assert (purse.known.amount, purse.estimate) == (D("98.40"), D("98.40"))
    assert purse.compare(D("98.00"), START_MS + 90_000, START_MS + 90_100, None) is Balanced.DIFFERS


def test_movements_of_one_millisecond_are_not_told_apart() -> None:
    purse = Purse(0)
    purse.start_with([])
    assert purse.compare(D(100), START_MS, START_MS + 10, D(0)) is Balanced.OPEN
    for number in range(2):
        purse.fill(filled(number, START_MS + 30_000))  # type: ignore[arg-type]
    assert purse.compare(D("99.60"), START_MS + 30_000, START_MS + 30_010, D(0)) is Balanced.DIFFERS
    assert purse.compare(D("99.20"), START_MS + 30_000, START_MS + 30_010, D(0)) is Balanced.ADDS_UP


def test_a_transfer_counts_once_and_only_after_the_last_agreement() -> None:
    purse = Purse(0)
    purse.start_with([])
    purse.compare(D(100), START_MS, START_MS + 10, D(0))
    purse.move("old", START_MS - 60_000, D(5))
    purse.move("new", START_MS + 20_000, D(5))
    purse.move("new", START_MS + 20_000, D(5))
    assert purse.estimate == D(105)
    assert purse.compare(D(105), START_MS + 60_000, START_MS + 60_010, D(0)) is Balanced.ADDS_UP


def test_a_reading_that_reserves_waits_until_orders_are_still() -> None:
    purse = Purse(0)
    purse.start_with([])
    purse.compare(D(100), START_MS, START_MS + 10, D(0))
    assert purse.compare(D(96), START_MS + 9_000, START_MS + 9_010, D(4)) is Balanced.ADDS_UP
    assert purse.known is not None
    assert purse.known.reserves is True
    assert purse.compare(D(92), START_MS + 19_000, START_MS + 19_010, None) is Balanced.OPEN
    assert purse.compare(D(92), START_MS + 29_000, START_MS + 29_010, D(8)) is Balanced.ADDS_UP
