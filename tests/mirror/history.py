"""A true history of one account, and the facts that tell of it: frames, own replies, rows of reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec

from kalshi_async.contract.fields import BookSide, OrderStatus, OutcomeSide
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.frames.private import FillEvent, OrderEvent, UpdateReason
from kalshi_async.contract.order_rows import Order
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.mirror.events import MirrorEvent
from kalshi_async.mirror.model import MirroredOrder
from kalshi_async.mirror.precedence import Patch, Statement, Version, of_frame, own_place
from kalshi_async.mirror.reading import Reading
from kalshi_async.mirror.scope import Scope
from kalshi_async.mirror.state import AccountState

Fact = Callable[[AccountState], None]
TICKER = "T"
START_MS = 1_795_348_800_000
ZERO = Decimal(0)


def time_of(ts_ms: int) -> datetime:
    return datetime.fromtimestamp(ts_ms // 1000, UTC) + timedelta(milliseconds=ts_ms % 1000)


def new_state(told: list[MirrorEvent] | None = None, doubts: list[str] | None = None) -> AccountState:
    """A state that knows from the beginning on."""
    told, doubts = [] if told is None else told, [] if doubts is None else doubts
    return AccountState(Scope(None), None, lambda: START_MS, told.append, doubts.append)


@dataclass
class History:
    """Random orders of one market; ``facts`` are all that was told of them."""

    chance: Random
    now_ms: int = START_MS + 1_000
    heard: int = 0
    requests: int = 0
    position: Decimal = ZERO
    position_ms: int = START_MS
    orders: dict[str, MirroredOrder] = field(default_factory=dict)
    fills: dict[tuple[str, str], FillEvent] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.now_ms += self.chance.choice([0, 0, 0, 1, 40, 3_000])
            resting = [order for order in self.orders.values() if not order.is_over]
            if not resting or self.chance.random() < 0.3:
                self.place()
            elif self.chance.random() < 0.15:
                self.read()
            else:
                order = self.chance.choice(resting)
                self.chance.choice([self.fill, self.fill, self.amend, self.decrease, self.cancel])(order)

    # What happens.

    def place(self) -> None:
        order_id = f"o{len(self.orders)}"
        order = MirroredOrder(
            order_id=order_id,
            ticker=TICKER,
            book_side=self.chance.choice([BookSide.BID, BookSide.ASK]),
            yes_price=Decimal("0.40"),
            initial_count=Decimal(10),
            fill_count=ZERO,
            remaining_count=Decimal(10),
            status=OrderStatus.RESTING,
            client_order_id=f"c{order_id}",
            created_ms=self.now_ms,
            updated_ms=self.now_ms,
        )
        sent = self.sent()
        self.tell(order)
        version = Version(False, ZERO, self.now_ms, sent)
        self.facts.append(lambda state: state.placed(Statement(order, version)))

    def fill(self, order: MirroredOrder) -> None:
        count = Decimal(self.chance.randint(1, int(order.remaining_count)))
        left = order.remaining_count - count
        filled = order.fill_count + count
        status = OrderStatus.EXECUTED if left == 0 else OrderStatus.RESTING
        self.position += count if order.book_side is BookSide.BID else -count
        self.position_ms = self.now_ms
        trade_id = f"t{len(self.fills)}"
        event = FillEvent(
            trade_id=trade_id,
            order_id=order.order_id,
            market_ticker=TICKER,
            book_side=order.book_side,
            outcome_side=OutcomeSide.YES,
            yes_price=order.yes_price,
            count=count,
            fee_cost=ZERO,
            post_position=self.position,
            is_taker=False,
            ts_ms=self.now_ms,
        )
        self.tell(order, fill_count=filled, remaining_count=left, status=status, reason=UpdateReason.TRADE)
        self.heard += 1
        heard = self.heard
        self.fills[trade_id, order.order_id] = event

        def fact(state: AccountState) -> None:
            state.heard = heard - 1
            state.fill_frame(event)

        self.facts.append(fact)

    def amend(self, order: MirroredOrder) -> None:
        total = order.fill_count + self.chance.randint(1, 12)
        price = Decimal(self.chance.randint(30, 50)) / 100
        sent = self.sent()
        left = total - order.fill_count
        self.tell(
            order, yes_price=price, initial_count=total, remaining_count=left, reason=UpdateReason.AMEND
        )
        is_resized = left != order.remaining_count
        patch = Patch(
            ts_ms=self.now_ms,
            place=sent,
            yes_price=price,
            initial_count=total,
            remaining_count=left if is_resized else None,
            fill_count=order.fill_count if is_resized else None,
        )
        self.facts.append(lambda state: state.orders.patch(order.order_id, patch, START_MS))

    def decrease(self, order: MirroredOrder) -> None:
        left = Decimal(self.chance.randint(0, int(order.remaining_count)))
        if left == order.remaining_count:
            return
        sent = self.sent()
        status = OrderStatus.RESTING if left else OrderStatus.CANCELED
        self.tell(order, remaining_count=left, status=status, reason=UpdateReason.DECREASE)
        patch = Patch(
            ts_ms=self.now_ms, place=sent, remaining_count=left, status=None if left else OrderStatus.CANCELED
        )
        self.facts.append(lambda state: state.orders.patch(order.order_id, patch, START_MS))

    def cancel(self, order: MirroredOrder) -> None:
        sent = self.sent()
        self.tell(order, remaining_count=ZERO, status=OrderStatus.CANCELED, reason=None)
        patch = Patch(ts_ms=self.now_ms, place=sent, remaining_count=ZERO, status=OrderStatus.CANCELED)
        self.facts.append(lambda state: state.orders.patch(order.order_id, patch, START_MS))

    def read(self) -> None:
        """Read everything; what is younger than the replica's time may be shown or not."""
        lag_ms = self.chance.choice([0, 1_500, 2_500])
        reading = Reading(as_of_ms=self.now_ms - lag_ms, since_ms=START_MS, read_ms=self.now_ms)
        reading.others = [row_of(order) for order in self.orders.values()]
        reading.fills = [fill_row(event) for event in self.fills.values()]
        row = MarketPosition(
            ticker=TICKER,
            position=self.position,
            market_exposure=None,
            total_traded=None,
            realized_pnl=None,
            fees_paid=None,
        )
        reading.positions = {0: [row]}
        self.facts.append(lambda state: state.merge(reading))

    # Telling.

    def sent(self) -> float:
        """The place of an own reply: frames that came meanwhile may not have been heard when it was sent."""
        self.requests += 1
        return own_place(max(0, self.heard - self.chance.choice([0, 0, 1, 3])), self.requests)

    def tell(self, order: MirroredOrder, **changes: object) -> None:
        now = msgspec.structs.replace(order, updated_ms=self.now_ms, **changes)
        self.orders[order.order_id] = now
        self.heard += 1
        statement = of_frame(event_of(now), self.heard)
        self.facts.append(lambda state: state._state(statement))


def event_of(order: MirroredOrder) -> OrderEvent:
    return OrderEvent(
        order_id=order.order_id,
        ticker=order.ticker,
        status=order.status,
        book_side=order.book_side,
        outcome_side=OutcomeSide.YES,
        yes_price=order.yes_price,
        initial_count=order.initial_count,
        fill_count=order.fill_count,
        remaining_count=order.remaining_count,
        taker_fill_cost=ZERO,
        maker_fill_cost=ZERO,
        taker_fees=ZERO,
        maker_fees=ZERO,
        client_order_id=order.client_order_id,
        last_update_reason=order.reason,
        created_ts_ms=order.created_ms,
        last_updated_ts_ms=order.updated_ms,
    )


def row_of(order: MirroredOrder) -> Order:
    return Order(
        order_id=order.order_id,
        ticker=order.ticker,
        book_side=order.book_side,
        outcome_side=OutcomeSide.YES,
        status=order.status,
        yes_price=order.yes_price,
        no_price=1 - order.yes_price,
        initial_count=order.initial_count,
        fill_count=order.fill_count,
        remaining_count=order.remaining_count,
        taker_fill_cost=ZERO,
        maker_fill_cost=ZERO,
        taker_fees=ZERO,
        maker_fees=ZERO,
        client_order_id=order.client_order_id,
        created_time=time_of(order.created_ms),
        last_update_time=time_of(order.updated_ms),
    )


def fill_row(event: FillEvent) -> Fill:
    return Fill(
        fill_id=event.trade_id,
        trade_id=event.trade_id,
        order_id=event.order_id,
        ticker=event.market_ticker,
        book_side=event.book_side,
        outcome_side=event.outcome_side,
        count=event.count,
        yes_price=event.yes_price,
        no_price=1 - event.yes_price,
        is_taker=event.is_taker,
        fee_cost=event.fee_cost,
        created_time=time_of(event.ts_ms),
    )


def shown(state: AccountState) -> tuple[object, ...]:
    """What a state shows, in a form that can be compared."""
    known = {name: state.orders.known(name) for name in sorted(state.orders._records)}
    orders = {name: (one and one.order) for name, one in known.items()}
    resting = dict(sorted(state.orders.resting.items()))
    return orders, resting, state.positions.known_count((TICKER, 0)), sorted(state.fills)


def played(facts: Sequence[Fact]) -> tuple[AccountState, list[MirrorEvent]]:
    told: list[MirrorEvent] = []
    state = new_state(told)
    for fact in facts:
        fact(state)
    return state, told
