"""A reply as it arrived, and its body without the content encoding."""

from __future__ import annotations

import zlib

import msgspec

from kalshi_async import errors

BODY_LIMIT = 16 * 1024 * 1024  # ours: a page of 1000 rows is below 1 MB


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A reply as it arrived."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    """Still compressed if the headers say so; ``plain_body`` inflates it."""
    is_request_whole: bool = True
    """False if the reply came while part of the request had certainly not left this machine."""

    def header(self, name: bytes) -> bytes | None:
        """Return the value of the first header of that ``name`` (in lower case), or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None


def plain_body(incoming: Incoming) -> bytes:
    """Return the body inflated; raises UnexpectedReply for an unknown encoding or damaged bytes."""
    encoding = (incoming.header(b"content-encoding") or b"identity").strip().lower()
    if encoding in (b"identity", b"") or not incoming.body:
        return incoming.body
    if encoding not in (b"gzip", b"x-gzip", b"deflate"):
        raise unexpected(f"content encoding {encoding!r} was not asked for", incoming)
    # wbits: 47 detects a gzip or zlib header, 15 is zlib alone, which HTTP calls "deflate".
    inflater = zlib.decompressobj(wbits=47 if encoding.endswith(b"gzip") else 15)
    try:
        # With a limit: a few KB may inflate to GBs.
        body = inflater.decompress(incoming.body, BODY_LIMIT)
    except zlib.error as error:
        raise unexpected(f"the {encoding.decode()} body is damaged: {error}", incoming) from error
    if not inflater.eof:
        raise unexpected(f"the {encoding.decode()} body is cut short or too large", incoming)
    return body


def unexpected(message: str, incoming: Incoming) -> errors.UnexpectedReply:
    """Return the error for a reply that cannot be read, with its bytes."""
    return errors.UnexpectedReply(message, status=incoming.status, body=incoming.body)
