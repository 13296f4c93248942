"""The market maker in situations that a crowd rarely brings about, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from kalshi_async import BookSide, CreateOrder
from kalshi_async.demo.pricing import Plan
from tests.demo.conftest import TICKER, Floor, OpenFloor

CREATE = CANCEL_ALL = "/portfolio/events/orders"
TRIGGER = "/trigger"


class Unlucky(httpx.AsyncBaseTransport):
    """A network that spoils one kind of request: before or after the exchange has seen it."""

    def __init__(self, direct: httpx.AsyncBaseTransport, method: str, ending: str, *, seen: bool) -> None:
        self._direct = direct
        self._kind = (method, ending)
        self._seen = seen
        self.left = 1_000_000

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method, ending = self._kind
        if request.method != method or not request.url.path.endswith(ending) or not self.left:
            return await self._direct.handle_async_request(request)
        self.left -= 1
        if self._seen:
            await self._direct.handle_async_request(request)
        raise httpx.ReadError("the line is dead")


def unlucky(direct: httpx.AsyncBaseTransport, answers: int) -> Unlucky:
    """A network that loses the answers to the first creates."""
    network = Unlucky(direct, "POST", CREATE, seen=True)
    network.left = answers
    return network


class Meddled(httpx.AsyncBaseTransport):
    """A network on which something happens while a request is under way."""

    def __init__(self, direct: httpx.AsyncBaseTransport, meddle: Callable[[httpx.Request], None]) -> None:
        self._direct = direct
        self._meddle = meddle

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._meddle(request)
        return await self._direct.handle_async_request(request)


async def test_it_quotes_both_sides_in_one_group(open_floor: OpenFloor) -> None:
    async with open_floor() as floor:
        await floor.clock.sleep(2)
        bid = floor.maker.quotes.standing(BookSide.BID)
        ask = floor.maker.quotes.standing(BookSide.ASK)
        assert bid is not None
        assert ask is not None
        assert Decimal("0.40") < bid.price < ask.price < Decimal("0.60")
        assert bid.ahead == ask.ahead == 0
        (group,) = await floor.session.order_groups.list()
        members = await floor.session.order_groups.get(group.order_group_id)
        assert set(members.orders) == {bid.order.order_id, ask.order.order_id}
        assert await floor.leave() == []


async def test_it_leaves_a_quote_alone_while_nothing_changes(open_floor: OpenFloor) -> None:
    """Every amend costs tokens and the place in the queue."""
    async with open_floor() as floor:
        await floor.clock.sleep(5)
        assert floor.maker.done == {"placed": 2}


async def test_a_fill_makes_it_lean(open_floor: OpenFloor) -> None:
    async with open_floor(Plan(skew=Decimal("0.001"))) as floor:
        await floor.clock.sleep(2)
        before = floor.maker.quotes.standing(BookSide.ASK)
        assert before is not None
        price = before.price
        floor.market.trade("ask", "0.41", 20)
        await floor.clock.sleep(2)
        after = floor.maker.quotes.standing(BookSide.ASK)
        assert after is not None
        assert floor.maker.books.position == 20
        assert after.price < price
        assert floor.maker.done["amended"] >= 1
        assert await floor.leave() == []


@pytest.mark.parametrize(("bid", "ask"), [("0.51", "0.81"), ("0.19", "0.49")])
async def test_its_own_quotes_never_meet_when_the_market_jumps(
    open_floor: OpenFloor, bid: str, ask: str
) -> None:
    """Who advances first would meet the other own quote, and be canceled for it."""
    async with open_floor() as floor:
        await floor.clock.sleep(1)
        floor.market.withdraw_quotes()
        floor.market.quote("bid", bid, 500)
        floor.market.quote("ask", ask, 500)
        await floor.clock.sleep(5)
        assert floor.maker.refusals == {}
        assert floor.maker.done["placed"] == 2
        assert await floor.leave() == []


async def test_a_quote_of_which_little_is_left_is_filled_up(open_floor: OpenFloor) -> None:
    """A total counts what is filled already: asking for the size alone would shrink the quote."""
    async with open_floor(Plan(skew=Decimal(0))) as floor:
        await floor.clock.sleep(1)
        floor.market.trade("ask", "0.41", 12)
        await floor.clock.sleep(2)
        orders = floor.sandbox.accounts["maker"].account.resting.values()
        assert [order.remaining_e2 for order in orders] == [2_000, 2_000]
        assert floor.maker.done == {"placed": 2, "amended": 1}


async def test_the_inventory_limit_holds_although_reads_lag(open_floor: OpenFloor) -> None:
    """Every bid is hit at once, its fills stay unread for seconds, and the market moves on."""
    plan = Plan(size=Decimal(20), inventory_limit=Decimal(50), skew=Decimal(0))
    async with open_floor(plan, read_lag_ms=2_000) as floor:
        for turn in range(200):
            await floor.clock.sleep(0.05)
            if turn % 5 == 0:
                floor.market.withdraw_quotes()
                floor.market.quote("bid", "0.40", 500)
                floor.market.quote("ask", "0.54" if turn % 2 else "0.60", 500)
            floor.market.trade("ask", "0.41", 13)
            assert floor.position_e2 <= 5_000
        assert floor.position_e2 == 5_000
        assert floor.maker.refusals["order gone"] > 0
        assert await floor.leave() == []


async def test_a_market_that_moves_under_a_new_quote_is_not_taken(open_floor: OpenFloor) -> None:
    """Quotes are post-only: the maker pays the maker's fee or nothing."""
    floors: list[Floor] = []

    def rise(request: httpx.Request) -> None:
        if request.url.path.endswith(CREATE) and not floors[0].maker.refusals:
            floors[0].market.quote("bid", "0.55", 5)

    async with open_floor(network=lambda direct: Meddled(direct, rise)) as floor:
        floors.append(floor)
        await floor.clock.sleep(2)
        assert floor.maker.refusals == {"post only cross": 1}
        assert floor.maker.books.position == 0
        assert len(floor.sandbox.accounts["maker"].account.resting) == 2
        assert await floor.leave() == []


async def test_a_group_that_trips_is_armed_again_after_a_pause(open_floor: OpenFloor) -> None:
    async with open_floor(Plan(group_limit=Decimal(10), pause_s=2.0)) as floor:
        await floor.clock.sleep(1)
        floor.market.trade("ask", "0.41", 15)
        await floor.clock.sleep(1.5)
        assert floor.maker.status == "paused by the order group"
        assert not floor.sandbox.accounts["maker"].account.resting
        await floor.clock.sleep(3)
        assert floor.maker.status == "quoting"
        assert floor.maker.done["group reset"] == 1
        assert len(floor.sandbox.accounts["maker"].account.resting) == 2
        assert await floor.leave() == []


async def test_a_side_without_a_sane_price_is_canceled(open_floor: OpenFloor) -> None:
    async with open_floor() as floor:
        await floor.clock.sleep(1)
        floor.market.withdraw_quotes()
        await floor.clock.sleep(1)
        floor.market.trade("ask", "0.01", 100)
        floor.market.quote("bid", "0.01", 10)
        floor.market.quote("ask", "0.02", 10)
        await floor.clock.sleep(8)
        assert floor.maker.done["canceled"] == 1
        assert floor.maker.quotes.standing(BookSide.BID) is None
        assert await floor.leave() == []


async def test_an_order_outside_of_the_group_does_not_stay_behind(open_floor: OpenFloor) -> None:
    async with open_floor() as floor:
        await floor.clock.sleep(1)
        await floor.session.orders.create(CreateOrder(TICKER, "bid", 1, "0.02"))
        assert await floor.leave() == []
        assert floor.maker.left_resting == []
        assert floor.statuses("DELETE", "/batched") == [200]


async def test_a_create_whose_answer_is_lost_is_found_and_quoted_with(open_floor: OpenFloor) -> None:
    """The resend meets a duplicate, and reading finds the order: it is as good as any other."""
    async with open_floor(network=lambda direct: unlucky(direct, 1)) as floor:
        await floor.clock.sleep(3)
        assert floor.maker.refusals == {}
        resting = floor.sandbox.accounts["maker"].account.resting
        bid = floor.maker.quotes.standing(BookSide.BID)
        assert bid is not None
        assert bid.order.order_id in resting
        assert len(resting) == len(floor.sandbox.accounts["maker"].account.orders) == 2
        assert await floor.leave() == []


async def test_a_create_whose_answers_are_all_lost_ends_in_the_kill_switch(open_floor: OpenFloor) -> None:
    """The order rests and nobody holds its id: the group cancels it all the same."""
    networks: list[Unlucky] = []

    def network(direct: httpx.AsyncBaseTransport) -> Unlucky:
        networks.append(unlucky(direct, 1_000))
        networks.append(Unlucky(networks[0], "GET", "/portfolio/orders", seen=False))  # nor can it be found
        return networks[1]

    async with open_floor(network=network) as floor:
        await floor.clock.sleep(6)
        assert floor.maker.refusals["OutcomeUnknown"] == 1
        assert floor.maker.status == "paused by the order group"
        assert not floor.sandbox.accounts["maker"].account.resting
        networks[0].left = networks[1].left = 0
        await floor.clock.sleep(10)
        assert len(floor.sandbox.accounts["maker"].account.resting) == 2
        assert await floor.leave() == []


@pytest.mark.parametrize("seen", [True, False])
async def test_a_kill_switch_out_of_reach_is_replaced_on_the_way_out(
    open_floor: OpenFloor, seen: bool
) -> None:
    async with open_floor(network=lambda direct: Unlucky(direct, "PUT", TRIGGER, seen=seen)) as floor:
        await floor.clock.sleep(1)
        assert await floor.leave() == []
        assert floor.statuses("DELETE", CANCEL_ALL) == [204]
        assert not floor.sandbox.accounts["maker"].account.resting


async def test_a_market_that_cannot_be_read_is_asked_again(open_floor: OpenFloor) -> None:
    def network(direct: httpx.ASGITransport) -> httpx.AsyncBaseTransport:
        unlucky = Unlucky(direct, "GET", "/orderbook", seen=False)
        unlucky.left = 8
        return unlucky

    async with open_floor(network=network) as floor:
        await floor.clock.sleep(10)
        assert floor.maker.refusals["ReplyLost"] == 0, "the outage was shorter than the deadline"
        assert floor.maker.done["placed"] == 2
        assert await floor.leave() == []


async def test_a_hurried_market_maker_waits_for_tokens_and_never_meets_a_429(open_floor: OpenFloor) -> None:
    async with open_floor(Plan(period_s=0.01, skew=Decimal("0.002"))) as floor:
        for turn in range(60):
            await floor.clock.sleep(0.1)
            floor.market.trade("ask" if turn % 2 else "bid", "0.41" if turn % 2 else "0.59", 5)
        assert len(floor.requests) > 100
        assert all(record.status != 429 for record in floor.requests)
        assert await floor.leave() == []


async def test_reads_that_never_catch_up_do_not_keep_it_from_leaving(open_floor: OpenFloor) -> None:
    """It waits some seconds, leaves, and the audit says what nobody could know."""
    async with open_floor(read_lag_ms=60_000) as floor:
        await floor.clock.sleep(4)
        floor.market.trade("ask", "0.41", 5)  # it fills a quote, and reads do not show that
        await floor.clock.sleep(1)
        asked_s = floor.clock.monotonic()
        differences = {row.name for row in await floor.leave()}
        assert floor.clock.monotonic() - asked_s < 10
        assert "cash" in differences
        assert not floor.sandbox.accounts["maker"].account.resting
