"""The lines of a recording of streams: one JSON object per line.

    {"at_ms":…,"recording":1,"url":"wss://…"}             begins each file
    {"at_ms":…,"state":"opened"}                          a connection is there
    {"at_ms":…,"command":{"id":1,"cmd":"subscribe",…}}    was sent
    {"at_ms":…,"frame":{"type":"fill","sid":1,…}}         was received
    {"at_ms":…,"state":"closed: …"}                       the connection has ended

Ours, of 2026-11-28. A reader ignores fields that it does not know, and lines that it cannot read.
"""

from __future__ import annotations

import msgspec

from kalshi_async.contract.fields import JsonValue

VERSION = 1
"""Number of this format."""


class RecordedSubscription(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A subscription that was there when a file began."""

    sid: int
    """Its id on the connection."""
    channel: str
    """Name of the channel."""
    settings: dict[str, JsonValue] = {}
    """Arguments of the subscription other than names of markets."""


class RecordedLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A line; besides ``at_ms`` and ``link`` it has one of the other fields."""

    at_ms: int
    """When it was received or sent, in Unix milliseconds on the exchange's clock as far as it is known."""
    link: int = 1
    """Number of the connection, of a stream that has several."""
    more: bool = False
    """Whether the next line of the connection came with the same read of the socket."""
    frame: msgspec.Raw = msgspec.Raw()
    """A frame as it was received, without the line break at its end."""
    raw: bytes = b""
    """A frame that is not one line of JSON, in Base64."""
    command: msgspec.Raw = msgspec.Raw()
    """A command as it was sent."""
    state: str = ""
    """``opened``, or ``closed: `` and the reason; ``open`` if it was open when the file began."""
    subscription: RecordedSubscription | None = None
    """A subscription that was there when the file began."""
    dropped: int = 0
    """Lines that are missing here: the disk was too slow."""
    recording: int = 0
    """Number of the format, in the first line of a file."""
    url: str = ""
    """Address of the stream, in the first line of a file."""
