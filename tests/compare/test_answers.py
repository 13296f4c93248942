"""The canned exchange speaks as the real one does: by our own decoders, which forgive little."""

from __future__ import annotations

import json

import pytest
from compare.adapter import ORDER
from compare.answers import FILLS, ORDER_ID, answer

from kalshi_async.contract import fills, orders
from kalshi_async.contract.operation import Operation
from kalshi_async.wire.decoding import decode
from kalshi_async.wire.incoming import Incoming

BASE = b"/trade-api/v2"


def replied(operation: Operation[object], target: bytes, body: bytes = b"") -> object:
    head, _, content = answer(operation.method.encode(), BASE + target, body).partition(b"\r\n\r\n")
    return decode(operation, Incoming(int(head.split()[1]), (), content))


def test_a_create_is_answered_under_its_own_key() -> None:
    """Ours refuses an answer for another order."""
    placed = replied(
        orders.CREATE_ORDER,
        b"/portfolio/events/orders",
        json.dumps({**ORDER, "client_order_id": "mine"}).encode(),
    )
    assert isinstance(placed, orders.CreateOrderReply)
    assert (placed.order_id, placed.client_order_id) == (ORDER_ID, "mine")


def test_a_cancel_names_the_order_that_was_asked_for() -> None:
    canceled = replied(orders.CANCEL_ORDER, b"/portfolio/events/orders/some-order?market_ticker=X")
    assert isinstance(canceled, orders.CancelOrderReply)
    assert canceled.order_id == "some-order"


@pytest.mark.parametrize("limit", [1, 200, 1000])
def test_a_page_has_as_many_orders_as_were_asked_for(limit: int) -> None:
    page = replied(orders.GET_ORDERS, b"/portfolio/orders?limit=%d" % limit)
    assert isinstance(page, orders.OrdersPage)
    assert len({order.order_id for order in page.rows}) == limit


def test_the_fills_end_after_a_hundred_thousand() -> None:
    rows, cursor = 0, ""
    while True:
        page = replied(fills.GET_FILLS, b"/portfolio/fills?limit=1000&cursor=" + cursor.encode())
        assert isinstance(page, fills.FillsPage)
        rows, cursor = rows + len(page.rows), page.cursor or ""
        if not cursor:
            break
    assert rows == FILLS


def test_the_retired_endpoints_answer_in_their_old_shape() -> None:
    """One of the libraries still speaks them."""
    _, _, body = answer(b"POST", BASE + b"/portfolio/orders", b"{}").partition(b"\r\n\r\n")
    assert json.loads(body)["order"]["yes_price"] == 48


def test_a_path_that_is_not_known_is_not_found() -> None:
    assert answer(b"GET", BASE + b"/portfolio/unheard", b"").startswith(b"HTTP/1.1 404 ")
