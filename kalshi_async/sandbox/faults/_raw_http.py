"""The part of HTTP/1.1 that a relay needs: it finds heads and bodies and keeps them as bytes.

A message that no fault changes is passed on byte for byte; a chunked body stays chunked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a reply."""

    head: bytes
    """The first line and the fields, up to and with the blank line."""
    body: bytes = b""
    """The body as sent, with the framing of chunks if it is chunked."""

    @property
    def first_line(self) -> bytes:
        """The request line or the status line."""
        return self.head.partition(b"\r\n")[0]

    @property
    def raw(self) -> bytes:
        """The whole message."""
        return self.head + self.body

    def field(self, name: bytes) -> bytes | None:
        """Return the value of a header field, or None."""
        for line in self._field_lines():
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower():
                return value.strip()
        return None

    def with_field(self, name: bytes, value: bytes | None) -> Message:
        """Return a copy with a field replaced or added; with None, removed."""
        kept = [line for line in self._field_lines() if line.partition(b":")[0].lower() != name.lower()]
        added = [] if value is None else [name + b": " + value]
        return replace(self, head=b"\r\n".join([self.first_line, *kept, *added]) + _END)

    def with_body(self, body: bytes) -> Message:
        """Return a copy with another body, framed by the caller."""
        return replace(self, body=body)

    def _field_lines(self) -> list[bytes]:
        return self.head.removesuffix(_END).split(b"\r\n")[1:]


async def read_head(reader: asyncio.StreamReader) -> Message | None:
    """Read up to the blank line; return None if the peer closes the connection before it."""
    try:
        return Message(await reader.readuntil(_END))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def read_body(reader: asyncio.StreamReader, message: Message) -> Message:
    """Return the message with its body, which is empty if the head announces none.

    Raises IncompleteReadError if the peer closes the connection before the end.
    """
    if (message.field(b"transfer-encoding") or b"").lower() == b"chunked":
        return message.with_body(await _read_chunks(reader))
    return message.with_body(await reader.readexactly(int(message.field(b"content-length") or b"0")))


def reply(status: int, content_type: bytes, body: bytes) -> Message:
    """Build a reply with a body."""
    lines = [
        b"HTTP/1.1 %d %s" % (status, b"OK" if status < 300 else b"Error"),
        b"content-type: " + content_type,
        b"content-length: %d" % len(body),
    ]
    return Message(b"\r\n".join(lines) + _END, body)


def chunked(body: bytes, size: int) -> bytes:
    """Frame a body as chunks of ``size`` bytes."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0" + _END


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    raw = b""
    while True:
        size_line = await reader.readuntil(b"\r\n")
        size = int(size_line.partition(b";")[0], 16)
        raw += size_line + await reader.readexactly(size + 2)
        if size == 0:
            return raw
