"""A time without a zone is an unreadable reply: it could be any hour of the day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, get_args, get_origin

import msgspec
import pytest

from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.exchange import GET_USER_DATA_TIMESTAMP
from kalshi_async.contract.fields import ReplyStruct, Time
from kalshi_async.contract.orders import GET_ORDER, GET_ORDERS
from kalshi_async.errors import RejectedRows, UnexpectedReply
from tests.stages.replies import decoded, failure, order

NAKED = "2026-11-22T12:00:00"


def test_a_time_without_a_zone_is_refused_and_one_with_any_zone_is_read() -> None:
    failure(UnexpectedReply, GET_USER_DATA_TIMESTAMP, {"as_of_time": NAKED})
    noon, ahead = (
        decoded(GET_USER_DATA_TIMESTAMP, {"as_of_time": NAKED + zone}).as_of_time for zone in ("Z", "+05:00")
    )
    assert noon.timestamp() - ahead.timestamp() == 5 * 3_600


@pytest.mark.parametrize("field", ["created_time", "last_update_time", "expiration_time"])
def test_a_row_with_such_a_time_is_rejected_alone(field: str) -> None:
    rows = [order(order_id="good"), order(order_id="bad", **{field: NAKED})]
    rejected = failure(RejectedRows, GET_ORDERS, {"orders": rows, "cursor": ""})
    assert len(rejected.rows) == 1
    assert b'"bad"' in rejected.rows[0]
    failure(UnexpectedReply, GET_ORDER, {"order": order(**{field: NAKED})})


def test_every_time_of_every_reply_must_have_a_zone() -> None:
    structs = set[type[msgspec.Struct]]().union(*(structs_of(operation.reply) for operation in OPERATIONS))
    assert len(structs) > 50
    assert naked_times(structs) == []


class Naked(ReplyStruct, frozen=True, kw_only=True):
    good: Time
    bad: datetime | None = None


def test_a_field_without_a_zone_is_found() -> None:
    assert naked_times(structs_of(list[Naked])) == ["Naked.bad"]


def naked_times(structs: set[type[msgspec.Struct]]) -> list[str]:
    """Fields that would accept a time without a zone."""
    return [
        f"{struct.__name__}.{info.name}"
        for struct in structs
        for info in msgspec.structs.fields(struct)
        if get_origin(info.type) is not Annotated and datetime in (info.type, *get_args(info.type))
    ]


def structs_of(kind: object) -> set[type[msgspec.Struct]]:
    """A struct and those in it."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        inner = [info.type for info in msgspec.structs.fields(kind)]
        return {kind}.union(*map(structs_of, inner))
    return set[type[msgspec.Struct]]().union(*map(structs_of, get_args(kind)))
