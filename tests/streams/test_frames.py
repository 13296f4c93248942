"""Every frame of the vendor's document decodes to the right values, and so does what it does not know yet."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kalshi_async.contract.fields import PLAIN_DECIMAL
from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS
from kalshi_async.contract.frames.control import ERRORS, AfterError, after_error
from kalshi_async.contract.frames.envelope import EVENTS, FRAMES
from kalshi_async.contract.frames.market_data import (
    BookDeltaEvent,
    BookSnapshotEvent,
    EventFeeEvent,
    MarketEvent,
)
from kalshi_async.contract.frames.private import FillEvent, OrderEvent, UpdateReason
from kalshi_async.wire.frames import UnknownFrame, UnreadableFrame, decode
from tests.sandbox.streams import vendor

FOLDER = Path(__file__).parent
SAMPLES: list[dict[str, Any]] = json.loads((FOLDER / "frames.json").read_text())["frames"]
KINDS = tuple(EVENTS)

LEFT_OUT = {
    "orderbook_delta.ts",
    "user_order.created_time",
    "user_order.last_update_time",
    "user_order.expiration_time",
}
"""Deprecated twins of fields in milliseconds: to read them would only cost time."""


def as_text(frame: object) -> bytes:
    return json.dumps(frame).encode()


def sample(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in SAMPLES if each["type"] == kind)
    return {**found, "msg": dict(found["msg"])}


def seen(value: object) -> object:
    """A value as JSON, in a form that does not depend on how a number or a time is written."""
    if isinstance(value, dict):
        return {name: seen(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [seen(each) for each in value]
    if isinstance(value, str) and PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, str) and value.startswith("2026-"):
        return value.replace(".123000", ".123")
    return value


@pytest.mark.parametrize("frame", SAMPLES, ids=lambda frame: str(frame["type"]))
def test_a_frame_decodes_to_the_values_that_it_holds(frame: dict[str, Any]) -> None:
    decoded = decode(as_text(frame))
    assert type(decoded) is FRAMES[frame["type"]]
    known = {"sid": decoded.sid, "seq": decoded.seq, "id": decoded.id}
    assert known == {name: frame.get(name, 0) for name in known}
    assert decoded.sending_ts_ms == frame.get("sending_ts_ms")
    again = msgspec.json.decode(msgspec.json.encode(decoded.msg))
    assert covered(seen(frame.get("msg")), seen(again), frame["type"])


def covered(expected: object, found: object, path: str) -> bool:
    """Whether every value of a sample came back; a field that we add is no matter."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(
            covered(value, found.get(name), f"{path}.{name}")
            for name, value in expected.items()
            if f"{path}.{name}" not in LEFT_OUT
        )
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=True)
        return all(covered(one, other, path) for one, other in pairs)
    assert found == expected, path
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_the_struct_of_a_frame_has_the_vendors_fields(kind: str) -> None:
    for path in vendor.fields_of(kind):
        if f"{kind}.{path.removesuffix('?')}" in LEFT_OUT:
            continue
        struct = EVENTS[kind]
        for part in path.removesuffix("?").split("."):
            found = {info.encode_name: info for info in msgspec.structs.fields(struct)}
            assert part in found, f"{kind}: {path} has no field in {struct.__name__}"
            struct = struct_in(found[part].type) or struct


def struct_in(wanted: Any) -> Any:
    kinds = (wanted, *getattr(wanted, "__args__", ()))
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind
        if kind is not wanted and (inner := struct_in(kind)) is not None:
            return inner
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_is_sequenced_where_the_vendor_says_so(kind: str) -> None:
    if kind in CHANNEL_OF:
        assert CHANNELS[CHANNEL_OF[kind]].is_sequenced is vendor.is_sequenced(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_optional_fields_may_be_absent_null_or_empty(kind: str) -> None:
    optional = [name[:-1] for name in vendor.fields_of(kind) if name.endswith("?") and "." not in name]
    for blank in (None, ""):
        frame = sample(kind)
        for name in optional:
            frame["msg"][name] = blank
        decode(as_text(frame))
        for name in optional:
            del frame["msg"][name]
        decode(as_text(frame))


def test_a_type_that_is_not_known_keeps_its_place() -> None:
    frame = decode(as_text({"type": "novelty", "sid": 4, "seq": 2, "msg": {"a": [1]}}))
    assert isinstance(frame, UnknownFrame)
    assert (frame.kind, frame.sid, frame.seq) == ("novelty", 4, 2)


def test_an_unknown_word_and_an_unknown_field_do_not_hide_an_order() -> None:
    frame = sample("user_order")
    frame["msg"] |= {
        "status": "unknown",
        "last_update_reason": "Novelty",
        "novelty": 1,
        "created_ts_ms": None,
    }
    order = decode(as_text(frame)).msg
    assert isinstance(order, OrderEvent)
    assert (order.status, order.last_update_reason, order.created_ts_ms) == ("unknown", "Novelty", None)
    assert order.last_update_reason is not None
    assert not order.last_update_reason.is_known
    assert UpdateReason.TRADE.is_known


@pytest.mark.parametrize("kind", ["fill", "subscribed", "error"])
def test_a_frame_without_its_message_is_unreadable(kind: str) -> None:
    for frame in ({"type": kind, "sid": 3}, {"type": kind, "sid": 3, "msg": None}):
        with pytest.raises(UnreadableFrame, match="no msg"):
            decode(as_text(frame))


def test_an_empty_book_has_two_empty_sides() -> None:
    book = decode(as_text(SAMPLES[-2])).msg
    assert isinstance(book, BookSnapshotEvent)
    assert (book.yes, book.no, book.clock) == ((), (), 0)


def test_a_number_in_place_of_a_text_is_exact() -> None:
    frame = as_text(sample("orderbook_delta")).replace(b'"0.4100"', b"0.41000000000000000000001")
    delta = decode(frame).msg
    assert isinstance(delta, BookDeltaEvent)
    assert delta.price == Decimal("0.41000000000000000000001")


def test_a_multiplier_and_a_strike_are_exact_as_in_the_rows_of_rest() -> None:
    fees = sample("event_fee_update")
    fees["msg"]["fee_multiplier_override"] = 0.1
    changed = decode(as_text(fees)).msg
    assert isinstance(changed, EventFeeEvent)
    assert changed.fee_multiplier_override == Decimal("0.1")
    life = sample("market_lifecycle_v2")
    life["msg"] |= {"event_type": "metadata_updated", "floor_strike": 82.3, "cap_strike": 83, "result": None}
    market = decode(as_text(life)).msg
    assert isinstance(market, MarketEvent)
    assert (market.floor_strike, market.cap_strike) == (Decimal("82.3"), Decimal(83))


@pytest.mark.parametrize("count", ["NaN", "1_000", " 1", "1e5", True])
def test_money_that_is_no_number_is_unreadable(count: object) -> None:
    frame = sample("fill")
    frame["msg"]["count_fp"] = count
    with pytest.raises(UnreadableFrame) as caught:
        decode(as_text(frame))
    assert (caught.value.kind, caught.value.sid) == ("fill", 3)


def test_a_fill_and_an_order_have_the_shape_of_rest() -> None:
    event = decode(as_text(sample("fill"))).msg
    assert isinstance(event, FillEvent)
    fill = event.fill
    assert (fill.fill_id, fill.ticker, fill.no_price) == (
        event.trade_id,
        event.market_ticker,
        Decimal("0.5900"),
    )
    assert fill.created_time is not None
    assert round(fill.created_time.timestamp() * 1000) == event.ts_ms
    changed = decode(as_text(sample("user_order"))).msg
    assert isinstance(changed, OrderEvent)
    order = changed.order
    assert (order.order_id, order.remaining_count) == (changed.order_id, changed.remaining_count)
    assert order.total_count == changed.fill_count + changed.remaining_count
    without_expiry = msgspec.structs.replace(changed, expiration_ts_ms=None)
    assert without_expiry.order.expiration_time is None


def test_the_errors_are_a_table() -> None:
    anew = {code for code in ERRORS if after_error(code) is AfterError.SUBSCRIBE_AGAIN}
    assert anew == {10, 17, 25}
    assert after_error(18) is after_error(27) is AfterError.SEND_AGAIN
    assert after_error(999) is AfterError.REFUSED


def test_mutated_frames_raise_nothing_but_unreadable() -> None:
    chance = random.Random(20261128)
    texts = [as_text(frame) for frame in SAMPLES]
    outcomes = {True: 0, False: 0}
    for _ in range(5_000):
        outcomes[survives(mutated(chance.choice(texts), chance))] += 1
    assert min(outcomes.values()) > 500, outcomes


def survives(frame: bytes) -> bool:
    try:
        decode(frame)
    except UnreadableFrame:
        return False
    return True


def mutated(frame: bytes, chance: random.Random) -> bytes:
    changed = bytearray(frame)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + chance.randint(1, 8)]
            case 2:
                changed[at:at] = chance.choice((b"null", b"[" * 200, b"1e999999999999999999999", b'"', b"{"))
            case _:
                changed[at:at] = changed[at : at + 20]
        if not changed:
            return b""
    return bytes(changed)
