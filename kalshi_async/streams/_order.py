"""In which order the frames of one read are handed out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kalshi_async.contract.frames.channels import CHANNELS

_TYPE = re.compile(rb'"type"\s*:\s*"(\w+)"')
_PRIVATE = frozenset(
    kind.encode() for channel in CHANNELS.values() if channel.is_private for kind in channel.frames
)
_CONTROL = frozenset((b"subscribed", b"unsubscribed", b"ok", b"error"))
_HEAD = 96
"""Bytes of a frame in which its type stands, as the exchange writes it."""


def in_order(frames: Sequence[bytes]) -> Sequence[bytes]:
    """Return the frames of one read, those about the account first.

    As they are if answers are among them, which change what the frames after them mean, or frames
    whose type cannot be read: each of those must stay where its loss is.
    """
    private: list[bytes] = []
    public: list[bytes] = []
    for frame in frames:
        found = _TYPE.search(frame, 0, _HEAD)
        if found is None or found[1] in _CONTROL:
            return frames
        kind = found[1]
        (private if kind in _PRIVATE else public).append(frame)
    return [*private, *public] if private and public else frames
