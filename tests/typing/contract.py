"""Only type-checked, never run: what a type checker must conclude from the contract."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import assert_type

from kalshi_async.clock import Clock, SystemClock
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.fields import BookSide, OpenEnum, OrderStatus
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.orders import (
    CANCEL_ALL_ORDERS,
    CREATE_ORDER,
    GET_ORDER,
    CreateOrderReply,
    OrderReply,
)
from kalshi_async.contract.portfolio import GET_BALANCE
from kalshi_async.contract.positions import GET_POSITIONS
from kalshi_async.sandbox.virtual_time import VirtualClock

# An operation carries the type of its reply, and so does its decoder.
assert_type(CREATE_ORDER, Operation[CreateOrderReply])
assert_type(CANCEL_ALL_ORDERS, Operation[Empty])
assert_type(GET_ORDER.decoder.decode(b""), OrderReply)
assert_type(OPERATIONS, tuple[Operation[object], ...])

# A reply's type is a subtype: a table of operations of any reply accepts each of them.
any_operation: Operation[object] = GET_ORDER

order = GET_ORDER.decoder.decode(b"").order
assert_type(order.yes_price, Decimal)
assert_type(order.total_count, Decimal)
assert_type(order.book_side, BookSide)
assert_type(order.status, OrderStatus)
assert_type(order.created_time, datetime | None)
assert_type(GET_BALANCE.decoder.decode(b"").balance, Decimal)
assert_type(GET_BALANCE.decoder.decode(b"").balance_cents, int)
assert_type(GET_POSITIONS.decoder.decode(b"").rows[0].position, Decimal | None)

# Replies cannot be changed, and money is no float.
order.fill_count = Decimal(1)  # type: ignore[misc]  # frozen
price: float = order.yes_price  # type: ignore[assignment]  # Decimal

words: OpenEnum = order.status

# Both clocks are clocks.
real: Clock = SystemClock()
virtual: Clock = VirtualClock(0)
