"""The envelope of every frame of the exchange, and one decoder for all of them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import cast

import msgspec

from kalshi_async.contract.fields import JsonValue, ReplyStruct, fixed_point
from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.contract.frames.control import StreamErrorMessage, Subscribed
from kalshi_async.contract.frames.index_feeds import IndexList, UnderlyingList


class Frame(ReplyStruct, frozen=True, kw_only=True, tag_field="type", tag="frame"):
    """A frame of the exchange; ``msg`` is the event, or the content of an acknowledgement.

    ``sid`` and ``seq`` are 0 where the exchange sends none: its own begin at 1.
    """

    msg: object = None
    """The content: for the frame of a channel the event."""
    sid: int = 0
    """Id of the subscription on this connection."""
    seq: int = 0
    """Number of the frame within its subscription."""
    id: int = 0
    """Number of the command that the frame answers."""
    sending_ts_ms: int | None = None
    """When the exchange sent the frame, in Unix milliseconds."""


class SubscribedFrame(Frame, frozen=True, kw_only=True, tag="subscribed"):
    """A subscription was made."""

    msg: Subscribed


class UnsubscribedFrame(Frame, frozen=True, kw_only=True, tag="unsubscribed"):
    """A subscription was ended by a command."""


class OkFrame(Frame, frozen=True, kw_only=True, tag="ok"):
    """An update was carried out, or the answer to ``list_subscriptions``.

    ``msg`` is a list of ``{"channel", "sid"}`` for the list, else an object or None.
    """

    msg: JsonValue = None


class ErrorFrame(Frame, frozen=True, kw_only=True, tag="error"):
    """A command was refused, or a subscription failed."""

    msg: StreamErrorMessage


CONTROL = (SubscribedFrame, UnsubscribedFrame, OkFrame, ErrorFrame)
"""Frames that are no event of a channel."""

LISTS: dict[str, type[ReplyStruct]] = {
    "cfbenchmarks_value_indexlist": IndexList,
    "cfbenchmarks_value_5hz_indexlist": IndexList,
    "pyth_value_underlying_list": UnderlyingList,
}
"""Answers to the actions ``indexlist`` and ``underlying_list``, which the stream does not send by itself."""

EVENTS: dict[str, type[ReplyStruct]] = {
    **{kind: event for channel in CHANNELS.values() for kind, event in channel.frames.items()},
    **LISTS,
}
"""Type of a frame -> what its ``msg`` holds."""


def _frame_of(kind: str, event: type[ReplyStruct]) -> type[Frame]:
    fields = [("msg", event)]
    made = msgspec.defstruct(
        f"{event.__name__}Frame", fields, bases=(Frame,), frozen=True, kw_only=True, tag=kind
    )
    return cast(type[Frame], made)


FRAMES: dict[str, type[Frame]] = {
    "subscribed": SubscribedFrame,
    "unsubscribed": UnsubscribedFrame,
    "ok": OkFrame,
    "error": ErrorFrame,
    **{kind: _frame_of(kind, event) for kind, event in EVENTS.items()},
}
"""Type of a frame -> its struct."""

DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(
    reduce(or_, FRAMES.values()), dec_hook=fixed_point
)
"""Decodes a frame of any known type in one pass."""
