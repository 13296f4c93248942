"""What comes in: every reply of the contract, plain or compressed, and nothing that is none."""

from __future__ import annotations

import gzip
import json
import zlib
from decimal import Decimal
from typing import cast

import msgspec
import pytest

from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.exchange import GET_EXCHANGE_STATUS
from kalshi_async.contract.operation import Empty
from kalshi_async.contract.orders import (
    CANCEL_ALL_ORDERS,
    CREATE_ORDER,
    GET_ORDER,
    GET_ORDERS,
    CreateOrderReply,
)
from kalshi_async.errors import RateLimited, ServerError, UnexpectedReply
from kalshi_async.wire import _tolerant as tolerant
from kalshi_async.wire.incoming import Incoming, plain_body
from tests.stages.replies import CREATED, body_of, decoded, failure, order, sample, successes

REPLIES = list(successes())
EMPTY = [operation for operation in OPERATIONS if operation.reply is Empty]
TALKING = [operation for operation in OPERATIONS if operation.reply is not Empty]


def named(value: object) -> str | None:
    return value.name if isinstance(value, Operation) else None


@pytest.mark.parametrize(("operation", "status", "document"), REPLIES, ids=named)
def test_every_reply_decodes(operation: Operation[object], status: int, document: object) -> None:
    body = b"" if document is None else body_of(document)
    assert isinstance(decoded(operation, body, status), operation.reply)


@pytest.mark.parametrize(
    ("operation", "status", "document"), [row for row in REPLIES if row[0].reply is not Empty], ids=named
)
def test_the_careful_way_finds_the_same_as_the_fast_one(
    operation: Operation[object], status: int, document: object
) -> None:
    body = body_of(document)
    assert tolerant.decode(operation, status, body) == operation.decoder.decode(body)


@pytest.mark.parametrize("operation", EMPTY, ids=named)
@pytest.mark.parametrize(
    ("status", "body"), [(200, b"{}"), (200, b""), (204, b""), (201, b" \n"), (200, b"null")]
)
def test_an_empty_reply_may_be_empty_in_any_way(
    operation: Operation[object], status: int, body: bytes
) -> None:
    assert decoded(operation, body, status) == Empty()


@pytest.mark.parametrize("operation", EMPTY, ids=named)
@pytest.mark.parametrize("body", [b"<html>", b"[]", b"OK", b"{", b'""', b"\xff", b"[" * 100_000])
def test_an_empty_reply_is_not_anything(operation: Operation[object], body: bytes) -> None:
    failure(UnexpectedReply, operation, body)


@pytest.mark.parametrize("operation", TALKING, ids=named)
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"1", b"<html>"])
def test_no_reply_is_made_of_nothing(operation: Operation[object], body: bytes) -> None:
    required = any(
        field.required for field in msgspec.structs.fields(cast(type[msgspec.Struct], operation.reply))
    )
    if body == b"{}" and not required:
        assert decoded(operation, body) == operation.reply()
    else:
        assert failure(UnexpectedReply, operation, body).body == body


def test_fields_that_are_not_known_are_ignored() -> None:
    reply = decoded(CREATE_ORDER, CREATED | {"added_in_2027": {"deep": [1, {"er": None}]}})
    assert reply == decoded(CREATE_ORDER, CREATED)


def test_money_is_exact() -> None:
    reply = decoded(CREATE_ORDER, CREATED | {"average_fill_price": "0.123456", "fill_count": "1.10"})
    assert (reply.average_fill_price, reply.fill_count) == (Decimal("0.123456"), Decimal("1.10"))


def test_a_json_number_for_money_is_read_digit_by_digit() -> None:
    # A float in between would make 0.1 a little more than a dime.
    body = json.dumps(CREATED).replace('"1.00"', "0.1").encode()
    assert str(decoded(CREATE_ORDER, body).fill_count) == "0.1"


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_a_compressed_reply_is_undone(encoding: str, compress: type[bytes]) -> None:
    assert decoded(CREATE_ORDER, compress(body_of(CREATED)), content_encoding=encoding) == CREATED_REPLY


CREATED_REPLY = CreateOrderReply(
    order_id="7c9e", fill_count=Decimal(1), remaining_count=Decimal(9), ts_ms=1_795_348_800_123
)
PACKED = gzip.compress(body_of(CREATED))
DAMAGED = [
    pytest.param(PACKED[:-8], id="without its checksum"),
    pytest.param(PACKED[: len(PACKED) // 2], id="cut in the middle"),
    pytest.param(PACKED[:20] + b"\0\0\0" + PACKED[23:], id="overwritten"),
    pytest.param(PACKED[:-6] + b"\0\0" + PACKED[-4:], id="wrong checksum"),
    pytest.param(body_of(CREATED), id="not compressed at all"),
]


@pytest.mark.parametrize("body", DAMAGED)
def test_a_damaged_compressed_reply_is_unexpected(body: bytes) -> None:
    error = failure(UnexpectedReply, CREATE_ORDER, body, content_encoding="gzip")
    assert error.body == body  # as received, so that nothing is lost


def test_a_compression_that_was_not_asked_for_is_unexpected() -> None:
    failure(UnexpectedReply, CREATE_ORDER, PACKED, content_encoding="br")


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_refusal_is_certain_even_if_its_text_is_lost(encoding: str) -> None:
    # A 429 was not executed, whatever a proxy did to its body.
    failure(RateLimited, CREATE_ORDER, b"damaged", 429, content_encoding=encoding)
    failure(ServerError, GET_ORDER, b"damaged", 503, content_encoding=encoding)


def test_no_bytes_at_all_are_empty_whatever_the_header_says() -> None:
    assert decoded(CANCEL_ALL_ORDERS, b"", 204, content_encoding="gzip") == Empty()


def test_a_small_reply_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kalshi_async.wire.incoming.BODY_LIMIT", 10_000)
    bomb = gzip.compress(bytes(1_000_000))
    with pytest.raises(UnexpectedReply, match="too large"):
        plain_body(Incoming(200, ((b"Content-Encoding", b"gzip"),), bomb))


def test_headers_are_found_in_any_spelling() -> None:
    incoming = Incoming(200, ((b"DATE", b"first"), (b"date", b"second")), b"")
    assert incoming.header(b"date") == b"first"
    assert incoming.header(b"age") is None


@pytest.mark.parametrize("status", [500, 503, 504])
def test_the_exchange_status_is_a_reply_even_with_an_error_status(status: int) -> None:
    # Only that endpoint: there, 503 is how the venue says that trading is off.
    document = {"exchange_active": False, "trading_active": False}
    assert decoded(GET_EXCHANGE_STATUS, document, status).trading_active is False
    failure(ServerError, GET_EXCHANGE_STATUS, {"error": "out of order"}, status)
    failure(ServerError, GET_EXCHANGE_STATUS, b"<html>", status)
    failure(ServerError, GET_ORDERS, {"orders": [], "cursor": ""}, status)


def test_an_order_without_an_id_is_no_success() -> None:
    # It may be live, and nothing could cancel it: a write makes OutcomeUnknown of this.
    failure(
        UnexpectedReply, CREATE_ORDER, {key: value for key, value in CREATED.items() if key != "order_id"}
    )
    failure(UnexpectedReply, CREATE_ORDER, CREATED | {"order_id": ""})
    failure(UnexpectedReply, CREATE_ORDER, CREATED | {"order_id": None})


def test_a_row_of_the_samples_is_what_these_tests_build_on() -> None:
    assert decoded(GET_ORDERS, {"orders": [order()], "cursor": ""}).rows[0].order_id == order()["order_id"]
    assert "current" in sample("get_order")
