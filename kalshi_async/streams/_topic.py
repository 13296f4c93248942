"""The subscription that the readers of one channel share: what they want, and what the exchange has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kalshi_async.contract.fields import JsonValue
from kalshi_async.contract.frames.channels import CHANNELS, Channel, Filter
from kalshi_async.contract.frames.control import StreamErrorMessage
from kalshi_async.contract.frames.envelope import FRAMES, Frame
from kalshi_async.contract.recording import RecordedSubscription
from kalshi_async.errors import InvalidRequest, KalshiError, SubscriptionRefused
from kalshi_async.streams.delivery import Sink
from kalshi_async.streams.events import Gap, GapReason, Refused, UnknownEvent
from kalshi_async.wire.frames import UnknownFrame

GOES_ON = frozenset((GapReason.SEQUENCE, GapReason.UNREADABLE))
"""Breaks after which the subscription goes on at once."""

MOST_MARKETS = 1_000
"""Markets in one command (ours: a frame of some 40 KB)."""


@dataclass(frozen=True, slots=True)
class Options:
    """A channel and the options of its subscription; readers with equal ones share it."""

    channel: str
    settings: tuple[tuple[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A command that a topic needs next."""

    cmd: str
    action: str = ""
    markets: frozenset[str] | None = None
    adds: bool = True
    """Whether readers wait for it, because it asks for more and not for less."""
    is_widening: bool = False
    """Whether readers miss something because of it."""

    def params(self, topic: Topic) -> dict[str, JsonValue]:
        """Return the arguments of the command."""
        if self.cmd == "unsubscribe":
            return {"sids": [topic.sid]}
        named: dict[str, JsonValue] = {}
        if self.markets is not None:
            named = {topic.names: sorted(self.markets)}
        if self.cmd == "subscribe":
            return {"channels": [topic.channel.name], **named, **dict(topic.options.settings)}
        return {"sids": [topic.sid], "action": self.action, **named}


_ACTIONS = {
    Filter.INDICES: ("subscribe_indices", "unsubscribe_indices"),
    Filter.UNDERLYINGS: ("subscribe_underlyings", "unsubscribe_underlyings"),
}
_MARKET_ACTIONS = ("add_markets", "delete_markets")


@dataclass(eq=False, slots=True)
class Topic:
    """The state of one subscription."""

    options: Options
    inboxes: list[Sink] = field(default_factory=list)
    sid: int | None = None
    told: frozenset[str] | None = frozenset()
    """What the exchange sends: markets, or None for all of them."""
    asked: bool = False
    """Whether a command is under way: the next waits for its answer."""
    is_paused: bool = False
    """Whether the next command waits for ``StreamProtocol.retry``."""
    is_careful: bool = False
    """Whether markets are asked for one reader at a time, so that a refusal hits the right one."""
    next_seq: int = 1
    newest: bytes = b""
    """The last frame that had a number: a double is equal to it."""
    events: frozenset[type[Frame]] = field(init=False)
    """The frames that hold events of the channel."""
    last_ms: int | None = None
    """When the last frame was sent, or came if that is not told, in Unix milliseconds."""
    anew: frozenset[str] = frozenset()
    """Markets that are taken from the subscription, to be added again."""

    def __post_init__(self) -> None:
        self.events = frozenset(FRAMES[kind] for kind in self.channel.frames)

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.options.channel]

    @property
    def minds_any_loss(self) -> bool:
        """Whether a frame that cannot be told apart may have been one that nothing else misses."""
        return not self.channel.is_sequenced or self.channel.name == "orderbook_delta"

    @property
    def names(self) -> str:
        """Name of the argument that lists markets, indices or feeds."""
        kind = self.channel.filter
        return kind.value if kind in _ACTIONS else Filter.MARKETS.value

    def wanted(self) -> frozenset[str] | None:
        """Return the markets that readers want; None for all.

        Private channels are never narrowed: they are quiet, and each reader filters its own.
        """
        wishes = [inbox.markets for inbox in self.inboxes if not inbox.has_ended]
        if self.channel.is_private or self.channel.filter is Filter.NONE or None in wishes:
            return None if wishes else frozenset()
        return frozenset().union(*(wish for wish in wishes if wish is not None))

    @property
    def is_settled(self) -> bool:
        """Whether the exchange has confirmed all that readers want."""
        wish = self.next_wish()
        return not self.asked and not self.is_paused and (wish is None or not wish.adds)

    @property
    def is_leaving(self) -> bool:
        """Whether the command that ends it has been sent and nobody wants it back."""
        return not self.inboxes and self.asked and self.sid is not None and self.told == frozenset()

    def next_wish(self) -> Wish | None:
        """Return the next command, or None if there is nothing to do or an answer is awaited."""
        if self.asked or self.is_paused:
            return None
        wanted = self.wanted()
        has_readers = wanted is None or bool(wanted)
        if self.sid is None:
            return Wish("subscribe", markets=self._part(wanted)) if has_readers else None
        if not has_readers:
            return Wish("unsubscribe", adds=False)
        if self.told is None:
            return None  # it sends all: readers filter
        if wanted is None:
            return Wish("unsubscribe", is_widening=True)
        adding, deleting = _ACTIONS.get(self.channel.filter, _MARKET_ACTIONS)
        if gone := self.anew & self.told:
            return Wish("update_subscription", deleting, self._part(gone), adds=False)
        if missing := wanted - self.told:
            return Wish("update_subscription", adding, self._part(missing))
        if surplus := self.told - wanted:
            return Wish("update_subscription", deleting, self._part(surplus), adds=False)
        return None

    def _part(self, markets: frozenset[str] | None) -> frozenset[str] | None:
        """Return the markets of one command: of one reader, if a refusal must be told apart."""
        if markets is None:
            return None
        if self.is_careful:
            each = ((inbox.markets or frozenset()) & markets for inbox in self.inboxes)
            markets = next(filter(None, each))
        return frozenset(sorted(markets)[:MOST_MARKETS])

    def ask(self, wish: Wish) -> None:
        """Take note of a command that is sent; what it takes away is not relied upon any longer."""
        self.asked = True
        if wish.cmd == "unsubscribe":
            self.told = frozenset()
        elif not wish.adds and self.told is not None and wish.markets is not None:
            self.told -= wish.markets
            self.anew -= wish.markets

    # Answers.

    def subscribed(self, sid: int, wish: Wish, sent_ms: int) -> None:
        """Take note of a subscription; its frames are counted from 1."""
        self.sid, self.told, self.asked = sid, wish.markets, False
        self.next_seq, self.last_ms = 1, sent_ms

    def updated(self, wish: Wish) -> None:
        """Take note of an update."""
        self.asked = False
        if wish.adds and self.told is not None and wish.markets is not None:
            self.told |= wish.markets

    def unasked(self, wish: Wish | None) -> None:
        """Take note that a command had no effect."""
        self.asked = self.asked and wish is None

    def recorded(self, sid: int) -> RecordedSubscription:
        """Return the subscription as a recording tells it."""
        settings = dict(self.options.settings)
        return RecordedSubscription(sid=sid, channel=self.channel.name, settings=settings)

    def forget(self) -> None:
        """Start anew: the exchange has no subscription."""
        self.sid, self.told, self.asked = None, frozenset(), False
        self.is_paused = False
        self.anew = frozenset()

    def refuse(self, wish: Wish | None, error: StreamErrorMessage) -> None:
        """Tell the readers whose wish was refused, and nobody else.

        Without a wish it was met in part: the error names the markets that were left out.
        """
        refused = error.markets or (None if wish is None else wish.markets)
        if self.told is not None:
            self.told -= error.markets
        concerned = [
            inbox
            for inbox in self.inboxes
            if not inbox.has_ended and (refused is None or inbox.markets is None or inbox.markets & refused)
        ]
        if len(concerned) > 1 and not error.markets and not self.is_careful and refused is not None:
            self.is_careful = True  # whose market it was shows when each asks for its own
            return
        for inbox in concerned:
            own = None if refused is None or inbox.markets is None else inbox.markets & refused
            if own is None or own == inbox.markets:
                inbox.end(_refusal(self.channel.name, own, error))
            else:
                inbox.markets = (inbox.markets or frozenset()) - own
                inbox.note(Refused(self.channel.name, own, error.code, error.msg))

    def tell_unknown(self, frame: Frame, data: bytes) -> None:
        """Tell of a frame that is no event of the channel: of an unknown type, or of another channel."""
        kind = frame.kind if isinstance(frame, UnknownFrame) else str(type(frame).__struct_config__.tag)
        for inbox in self.inboxes:
            inbox.note(UnknownEvent(self.channel.name, kind, data))

    @property
    def served(self) -> frozenset[str]:
        """The markets that the exchange sends."""
        return self.told or frozenset()

    def subscribe_anew(self, markets: frozenset[str], *, by: Sink) -> None:
        """Make the subscription of some markets anew, for a sink that knows of it; tell the others."""
        self.anew |= markets & self.served
        gap = Gap(self.channel.name, GapReason.RENEWED, self.last_ms)
        for inbox in self.inboxes:
            if inbox is not by and (inbox.markets is None or inbox.markets & markets):
                inbox.interrupt(gap, goes_on=False)

    # Breaks.

    def interrupt(self, reason: GapReason, dropped: int, raw: bytes | None) -> bool:
        """Tell readers of a break; one that has been told already is not told again."""
        gap = Gap(self.channel.name, reason, self.last_ms, dropped, raw)
        told = [inbox.interrupt(gap, goes_on=reason in GOES_ON) for inbox in self.inboxes]
        return any(told)

    def resume(self, now_ms: int) -> None:
        """Tell readers whose markets are all confirmed that events come again."""
        for inbox in self.inboxes:
            is_covered = self.told is None or (inbox.markets is not None and inbox.markets <= self.told)
            if is_covered and not inbox.is_current:
                inbox.resume(now_ms)


def _refusal(channel: str, markets: frozenset[str] | None, error: StreamErrorMessage) -> KalshiError:
    names = "" if markets is None else f" of {', '.join(sorted(markets)[:5])}"
    text = error.msg or "no text"
    refusal = SubscriptionRefused(
        f"the exchange refused {channel}{names}: {error.code}: {text}", code=error.code
    )
    advice = Refused(channel, markets or frozenset(), error.code, text).advice
    return refusal.with_advice(advice) if advice else refusal


def refuse_rival(topics: Iterable[Topic], options: Options) -> None:
    """Raise InvalidRequest if a topic has the channel with other settings.

    The exchange has one subscription of a channel on a connection: the two would take each other's frames.
    """
    for topic in topics:
        if topic.options.channel == options.channel and not topic.is_leaving:
            raise InvalidRequest(
                f"{options.channel} is read with the settings {dict(topic.options.settings)} on this stream, "
                f"not with {dict(options.settings)}: open another stream for those"
            )


def listed(message: JsonValue) -> dict[int, str]:
    """Return the channels by sid that ``list_subscriptions`` tells; what is none is left out."""
    rows = message if isinstance(message, list) else []
    return {
        row["sid"]: row["channel"]
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("sid"), int) and row.get("channel") in CHANNELS
    }
