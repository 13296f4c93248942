"""Decode a frame of the stream: one fast pass, and a careful one only if that fails.

A frame of an unknown type becomes an ``UnknownFrame``; one that cannot be read raises
``UnreadableFrame``, with as much of its envelope as can be read.
"""

from __future__ import annotations

import msgspec

from kalshi_async.contract.frames.envelope import DECODER, FRAMES, Frame, OkFrame, UnsubscribedFrame
from kalshi_async.wire import _tolerant


class UnknownFrame(Frame, frozen=True, kw_only=True, tag=False, tag_field=None):
    """A frame of a type that this version does not know."""

    kind: str


class UnreadableFrame(Exception):
    """A frame that does not decode; what its envelope says is 0 or empty where it cannot be read."""

    def __init__(self, reason: str, kind: str = "", sid: int = 0, seq: int = 0) -> None:
        super().__init__(reason)
        self.kind, self.sid, self.seq = kind, sid, seq


class _Envelope(msgspec.Struct):
    type: str
    msg: msgspec.Raw = msgspec.Raw(b"null")
    sid: int | None = None
    seq: int | None = None
    id: int | None = None
    sending_ts_ms: int | None = None


class _Head(msgspec.Struct):
    type: str = ""
    sid: int = 0
    seq: int = 0


_WITHOUT_CONTENT = (UnsubscribedFrame, OkFrame)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_HEAD = msgspec.json.Decoder(_Head)


def decode(data: bytes | str) -> Frame:
    """Return a frame; raise UnreadableFrame."""
    try:
        return DECODER.decode(data)
    except _tolerant.Malformed:
        return _decode_with_care(data)


def _decode_with_care(data: bytes | str) -> Frame:
    try:
        envelope = _ENVELOPE.decode(data)
    except _tolerant.Malformed as error:
        raise _unreadable(data, error) from error
    kind = FRAMES.get(envelope.type)
    known = {"sid": envelope.sid or 0, "seq": envelope.seq or 0, "id": envelope.id or 0}
    if kind is None:
        return UnknownFrame(kind=envelope.type, sending_ts_ms=envelope.sending_ts_ms, **known)
    wanted = next(field.type for field in msgspec.structs.fields(kind) if field.name == "msg")
    try:
        message = _tolerant.read(bytes(envelope.msg), wanted)
    except _tolerant.Malformed as error:
        raise UnreadableFrame(str(error), envelope.type, known["sid"], known["seq"]) from error
    if message is None and kind not in _WITHOUT_CONTENT:
        raise UnreadableFrame("it has no msg", envelope.type, known["sid"], known["seq"])
    return kind(msg=message, sending_ts_ms=envelope.sending_ts_ms, **known)


def _unreadable(data: bytes | str, error: Exception) -> UnreadableFrame:
    try:
        head = _HEAD.decode(data)
    except _tolerant.Malformed:
        return UnreadableFrame(str(error))
    return UnreadableFrame(str(error), head.type, head.sid, head.seq)
