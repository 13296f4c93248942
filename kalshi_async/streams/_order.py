"""In which order the frames of one read are handed out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kalshi_async.contract.frames.channels import CHANNELS

_TYPE = re.compile(rb'"type"\s*:\s*"(\w+)"')
_IS_PRIVATE = {kind.encode(): channel.is_private for channel in CHANNELS.values() for kind in channel.frames}
_CONTROL = frozenset((b"subscribed", b"unsubscribed", b"ok", b"error"))
_HEAD = 96
"""Bytes of a frame in which its type stands, as the exchange writes it."""
_FIRST = b'{"type":"'
"""How the exchange begins the frames of channels. Others are searched, which takes longer."""


def in_order(frames: Sequence[bytes]) -> Sequence[bytes]:
    """Return the frames of one read, those about the account first.

    As they are if answers are among them, which change what the frames after them mean, or frames
    whose type cannot be read: each of those must stay where its loss is.
    """
    private: list[bytes] = []
    public: list[bytes] = []
    for frame in frames:
        is_private = None
        if frame.startswith(_FIRST):
            is_private = _IS_PRIVATE.get(frame[len(_FIRST) : frame.find(b'"', len(_FIRST), _HEAD)])
        if is_private is None:
            found = _TYPE.search(frame, 0, _HEAD)
            if found is None or found[1] in _CONTROL:
                return frames
            is_private = _IS_PRIVATE.get(found[1], False)
        (private if is_private else public).append(frame)
    return [*private, *public] if private and public else frames
