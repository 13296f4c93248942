"""What a request becomes on the wire: what was given, exactly, and nothing more."""

from __future__ import annotations

import copy
import pickle
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kalshi_async import (
    BookSide,
    CancelItem,
    CreateOrder,
    SubaccountTransferOrder,
    TargetAllocation,
    TimeInForce,
    TransferOrder,
    cents,
)
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests import AmendOrder, BatchCancel, BatchCreate, DecreaseOrder, OrderGroupLimit
from tests.stages.replies import on_the_wire

KEY = "00000000-0000-4000-8000-000000000000"


def test_a_plain_order_sends_what_was_given_and_what_is_required() -> None:
    # Scope that was not set is absent: a restricted key refuses a subaccount of 0.
    assert on_the_wire(CreateOrder("T-1", "bid", 10, "0.44", client_order_id="mine")) == {
        "ticker": "T-1",
        "side": "bid",
        "count": "10.00",
        "price": "0.4400",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": "mine",
    }


def test_an_order_with_everything_sends_everything() -> None:
    full = CreateOrder(
        "T-1",
        BookSide.ASK,
        "0.01",
        Decimal("0.9999"),
        self_trade_prevention_type="maker",
        client_order_id="mine",
        expiration_time=datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=UTC),
        post_only=True,
        cancel_order_on_pause=True,
        subaccount=0,
        order_group_id="og",
        exchange_index=-1,
    )
    assert on_the_wire(full) == {
        "ticker": "T-1",
        "side": "ask",
        "count": "0.01",
        "price": "0.9999",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "maker",
        "client_order_id": "mine",
        "expiration_time": 1_795_348_800,
        "post_only": True,
        "cancel_order_on_pause": True,
        "subaccount": 0,
        "order_group_id": "og",
        "exchange_index": -1,
    }


OTHERS: list[tuple[object, dict[str, object]]] = [
    (
        AmendOrder("T", "ask", price="0.5", count=3),
        {"ticker": "T", "side": "ask", "price": "0.5000", "count": "3.00"},
    ),
    (DecreaseOrder(reduce_by="0.5", market_ticker="T"), {"reduce_by": "0.50", "market_ticker": "T"}),
    (DecreaseOrder(reduce_to="-0", exchange_index=2), {"reduce_to": "0.00", "exchange_index": 2}),
    (
        BatchCancel((CancelItem("a"), CancelItem("b", subaccount=0))),
        {"orders": [{"order_id": "a"}, {"order_id": "b", "subaccount": 0}]},
    ),
    (OrderGroupLimit(100), {"contracts_limit": 100}),
    (OrderGroupLimit("100.00", subaccount=3), {"contracts_limit": 100, "subaccount": 3}),
    (OrderGroupLimit("1.5"), {"contracts_limit_fp": "1.50"}),
    (
        SubaccountTransferOrder(0, 1, 500, client_transfer_id=KEY),
        {"client_transfer_id": KEY, "from_subaccount": 0, "to_subaccount": 1, "amount_cents": 500},
    ),
    (
        TransferOrder(10_000, destination_exchange_shard=1, client_transfer_id=KEY),
        {
            "source": "event_contract",
            "destination": "event_contract",
            "amount": 10_000,
            "client_transfer_id": KEY,
            "destination_exchange_shard": 1,
        },
    ),
    (
        TransferOrder(1, destination="margined", source_subaccount=2),
        {"source": "event_contract", "destination": "margined", "amount": 1, "source_subaccount": 2},
    ),
    (
        TargetAllocation({0: 75, 2: 25}, resting_margin_reservation="max"),
        {
            "allocations": [{"exchange_index": 0, "percent": 75}, {"exchange_index": 2, "percent": 25}],
            "resting_margin_reservation": "max",
        },
    ),
]


@pytest.mark.parametrize(("request_object", "document"), OTHERS, ids=lambda value: type(value).__name__)
def test_other_requests_send_what_was_given_and_nothing_more(
    request_object: object, document: dict[str, object]
) -> None:
    assert on_the_wire(request_object) == document


def test_a_batch_is_the_orders_in_their_order() -> None:
    orders = tuple(CreateOrder("T", "bid", 1, cents(price)) for price in (1, 50, 99))
    document = on_the_wire(BatchCreate(orders))
    assert document == {"orders": [on_the_wire(each) for each in orders]}


def test_an_order_has_a_key_before_it_is_sent() -> None:
    # Whoever holds the request can find the order, even if the call was canceled.
    first, second = (CreateOrder("T", "bid", 1, "0.5") for _ in range(2))
    assert first.client_order_id != second.client_order_id
    assert str(uuid.UUID(first.client_order_id)) == first.client_order_id
    assert on_the_wire(first) == on_the_wire(first)
    assert (
        SubaccountTransferOrder(0, 1, 5).client_transfer_id
        != SubaccountTransferOrder(0, 1, 5).client_transfer_id
    )


def test_a_changed_copy_is_checked_and_keeps_its_key() -> None:
    first = CreateOrder("T", "bid", 1, "0.5", subaccount=3, post_only=True)
    second = first.replace(subaccount=None, price="0.6", exchange_index=1)
    assert on_the_wire(second) == {
        key: value for key, value in on_the_wire(first).items() if key != "subaccount"
    } | {"price": "0.6000", "exchange_index": 1}
    with pytest.raises(InvalidRequest, match="post_only"):
        first.replace(time_in_force="fill_or_kill")


def test_a_request_is_a_value() -> None:
    first = CreateOrder("T", "bid", 1, "0.5", subaccount=3)
    for twin in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first), first.replace()):
        assert twin == first
        assert hash(twin) == hash(first)
        assert on_the_wire(twin) == on_the_wire(first)
    with pytest.raises(AttributeError):
        first.count = Decimal(2)  # type: ignore[misc]  # frozen


def test_words_become_members_whichever_way_they_are_given() -> None:
    for in_force in ("fill_or_kill", TimeInForce.FILL_OR_KILL):
        assert (
            CreateOrder("T", "bid", 1, "0.5", time_in_force=in_force).time_in_force
            is TimeInForce.FILL_OR_KILL
        )
    assert CreateOrder("T", "ask", 1, "0.5").side is BookSide.ASK
