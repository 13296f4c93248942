"""What a client believes against what the exchange holds, and how a difference reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from kalshi_async import CreateOrder, OutcomeUnknown, Session
from kalshi_async.sandbox import Belief, Sandbox, SandboxAccount, assert_agreement, differences
from kalshi_async.sandbox.faults import LoseReply
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import TICKER


@pytest.fixture
async def exchange(clock: VirtualClock) -> Sandbox:
    """In-process here: no byte of a wire matters to a ledger."""
    return Sandbox(clock=clock, accounts=["alice"], read_lag_ms=0)


@pytest.fixture
async def alice(exchange: Sandbox) -> SandboxAccount:
    return exchange.accounts["alice"]


@pytest.fixture
async def session(exchange: Sandbox, alice: SandboxAccount, clock: VirtualClock) -> AsyncIterator[Session]:
    transport = httpx.ASGITransport(exchange.app)
    async with Session(
        exchange.environment, alice.credentials, clock=clock, base_transport=transport
    ) as session:
        yield session


def bid(price: str = "0.44", count: int = 10) -> CreateOrder:
    return CreateOrder(TICKER, "bid", count, price)


async def test_a_client_that_saw_everything_agrees(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    belief = Belief()
    kept, canceled, decreased, amended = [await session.orders.create(bid()) for _ in range(4)]
    belief.saw(kept, canceled, decreased, amended)
    belief.saw(
        await session.orders.cancel(canceled),
        await session.orders.decrease(decreased, reduce_to=4),
        await session.orders.amend(amended, price="0.45", count=6),
    )
    exchange.exchange.market(TICKER).trade("ask", "0.44", 9)
    belief.saw(*await session.fills.list().collect())
    belief.saw(*await session.positions.list().collect())
    belief.saw(await session.portfolio.balance())
    assert differences(belief, alice) == []


async def test_fills_take_from_what_rests(exchange: Sandbox, session: Session, alice: SandboxAccount) -> None:
    """A client that follows its fills need not read the order again."""
    belief = Belief()
    belief.saw(await session.orders.create(bid()))
    exchange.exchange.market(TICKER).trade("ask", "0.44", 3)
    belief.saw(*await session.fills.list().collect())
    assert_agreement(belief, alice)


async def test_an_order_whose_reply_was_lost_is_named(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    exchange.faults.every("create_order", LoseReply())  # resends are lost as well
    exchange.faults.lag_reads(60_000)  # and reads do not show it
    order = bid()
    with pytest.raises(OutcomeUnknown):
        await session.orders.create(order)
    (held,) = alice.account.orders
    assert differences(Belief(), alice) == [
        f"order {held} (client_order_id {order.client_order_id}): held (bid 10.00 at 0.4400 on {TICKER}, "
        "0.00 filled, 10.00 resting), unknown to the client"
    ]


async def test_a_hidden_fill_shows_in_every_part_that_it_touches(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    belief = Belief()
    order = await session.orders.create(bid())
    belief.saw(order, await session.portfolio.balance())
    exchange.exchange.market(TICKER).trade("ask", "0.44", 3)
    (fill,) = alice.account.fills
    assert differences(belief, alice) == [
        f"order {order.order_id} (client_order_id {order.client_order_id}): "
        "filled 0.00 believed, 3.00 held; resting 10.00 believed, 7.00 held",
        f"fill {fill.fill_id} of order {order.order_id}: held (bid 3.00 at 0.4400 on {TICKER}), "
        "unknown to the client",
        f"position in {TICKER}: 0.00 believed, 3.00 held",
        "cash of subaccount 0: 10000.0000 believed, 9998.6800 held",
    ]
    assert differences(belief, alice, parts=["positions"]) == [
        f"position in {TICKER}: 0.00 believed, 3.00 held"
    ]


async def test_what_only_the_client_knows_is_named_too(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    belief = Belief()
    order = await session.orders.create(bid())
    exchange.exchange.market(TICKER).trade("ask", "0.44", 3)
    (fill,) = await session.fills.list().collect()
    belief.saw(order, fill)
    stranger = exchange.add_account("bob")
    assert differences(belief, stranger) == [
        f"order {order.order_id}: believed, unknown to the exchange",
        f"fill {fill.fill_id}: believed, unknown to the exchange",
        f"position in {TICKER}: 3.00 believed, 0.00 held",
    ]


async def test_wrong_prices_sides_and_fees_are_told_apart(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    belief = Belief()
    belief.saw(await session.orders.create(bid()))
    exchange.exchange.market(TICKER).trade("ask", "0.44", 3)
    belief.saw(*await session.fills.list().collect())
    (order,) = alice.account.orders.values()
    (fill,) = alice.account.fills
    order.side, order.price_e4 = "ask", 4_300
    fill.side, fill.price_e4, fill.count_e2, fill.fee_e6 = "ask", 4_300, 200, 10
    lines = differences(belief, alice, parts=["orders", "fills"])
    assert [line.partition(": ")[2] for line in lines] == [
        "price 0.4400 believed, 0.4300 held; side bid believed, ask held",
        "count 3.00 believed, 2.00 held; price 0.4400 believed, 0.4300 held; "
        "side bid believed, ask held; fee 0.000000 believed, 0.000010 held",
    ]


async def test_a_settled_position_is_no_difference(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    belief = Belief()
    belief.saw(await session.orders.create(bid(count=3)))
    exchange.exchange.market(TICKER).trade("ask", "0.44", 3)
    exchange.exchange.market(TICKER).settle("yes")
    belief.saw(*await session.fills.list().collect())
    assert_agreement(belief, alice)


async def test_of_an_order_never_shown_only_the_change_is_known(
    session: Session, alice: SandboxAccount
) -> None:
    belief = Belief()
    canceled, decreased, amended = [await session.orders.create(bid()) for _ in range(3)]
    belief.saw(
        await session.orders.cancel(canceled),
        await session.orders.decrease(decreased, reduce_to=4),
        await session.orders.amend(amended, price="0.45"),
    )
    assert_agreement(belief, alice)


async def test_one_subaccount_can_be_looked_at_alone(clock: VirtualClock) -> None:
    exchange = Sandbox(clock=clock, tier="advanced", accounts=["alice"], read_lag_ms=0)
    alice = exchange.accounts["alice"]
    number = exchange.exchange.accounts.create_subaccount(alice.account)
    transport = httpx.ASGITransport(exchange.app)
    async with Session(
        exchange.environment, alice.credentials, clock=clock, base_transport=transport
    ) as session:
        belief = Belief()
        belief.saw(await session.with_options(subaccount=number).portfolio.balance())
        await session.orders.create(bid())
    assert differences(belief, alice, subaccount=number) == []
    assert len(differences(belief, alice)) == 2


async def test_the_error_reads_like_a_list(
    exchange: Sandbox, session: Session, alice: SandboxAccount
) -> None:
    await session.orders.create(bid())
    await session.orders.create(bid())
    with pytest.raises(AssertionError) as error:
        assert_agreement(Belief(), alice)
    title, *lines = str(error.value).splitlines()
    assert title == "the client and the exchange differ in 2 places:"
    assert [line[:10] for line in lines] == ["  - order "] * 2


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (
            lambda belief, alice: belief.saw("an order"),
            "orders, fills, positions and balances, was 'an order'",
        ),
        (lambda belief, alice: differences(belief, alice, parts=["profit"]), "were also profit"),
    ],
)
async def test_misuse_is_named(
    alice: SandboxAccount, wrong: Callable[[Belief, SandboxAccount], object], complaint: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=complaint):
        wrong(Belief(), alice)
