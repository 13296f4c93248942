"""Subscriptions, sequence numbers and breaks, without I/O and without a clock.

    protocol.add(topic options, inbox)     a reader comes
    protocol.opened()                      a connection is there: subscribe to everything
    protocol.feed(frame, now_ms)           a frame came: events go into inboxes
    protocol.closed(now_ms)                the connection is gone
    protocol.commands                      what to send now; the connection empties it

A *topic* (``_topic``) is a channel with its options: its readers share one subscription of the exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

from kalshi_async.contract.fields import JsonValue
from kalshi_async.contract.frames import control, envelope
from kalshi_async.contract.frames.channels import CHANNEL_OF
from kalshi_async.contract.recording import RecordedSubscription
from kalshi_async.streams._topic import Options, Topic, Wish, listed, refuse_rival
from kalshi_async.streams.delivery import Sink
from kalshi_async.streams.events import GapReason
from kalshi_async.wire.frames import UnreadableFrame, decode


class StreamProtocol:
    """Turns frames into events for readers, and wishes of readers into commands."""

    def __init__(self) -> None:
        self.commands: list[control.Command] = []
        """Commands to send, in order."""
        self.is_open = False
        """Whether a connection is there."""
        self.gaps = self.overflows = self.answers = 0
        """So far: breaks of topics; ends for reading too slowly; acknowledgements and errors."""
        self.errors: list[control.StreamErrorMessage] = []
        """Errors that concern no reader, for the log; the connection empties it."""
        self._topics: dict[Options, Topic] = {}
        self._by_sid: dict[int, Topic] = {}
        self._waiting: dict[int, tuple[Topic, Wish]] = {}
        self._listing: dict[int, Callable[[], None] | None] = {}
        self._ids = count(1)

    # Readers.

    def add(self, options: Options, inbox: Sink) -> None:
        """Register a reader; commands follow if its markets are not subscribed yet."""
        topic = self._topics.get(options)
        if topic is None:
            refuse_rival(self._topics.values(), options)
            topic = self._topics[options] = Topic(options)
        topic.inboxes.append(inbox)
        self.sync(topic)
        if self.is_open and topic.sid is not None:
            topic.resume(topic.last_ms or 0)  # a subscription that is there may do

    def remove(self, options: Options, inbox: Sink) -> None:
        """Forget a reader; the subscription shrinks, or ends with its last reader."""
        topic = self._topics[options]
        topic.inboxes.remove(inbox)
        self.sync(topic)

    def topic(self, options: Options) -> Topic | None:
        """Return the subscription with these options, if anybody reads it."""
        return self._topics.get(options)

    def subscriptions(self) -> list[RecordedSubscription]:
        """Return what the exchange sends on this connection."""
        return [topic.recorded(sid) for sid, topic in self._by_sid.items()]

    @property
    def is_live(self) -> bool:
        """Whether the connection is there and every subscription is confirmed."""
        return self.is_open and all(topic.is_settled for topic in self._topics.values())

    @property
    def is_waiting(self) -> bool:
        """Whether a command has no answer yet."""
        return bool(self._waiting or self._listing)

    # The connection.

    def opened(self) -> None:
        """Subscribe to everything that readers want, on a new connection."""
        self.is_open = True
        self._ids = count(1)
        for topic in list(self._topics.values()):
            self.sync(topic)

    def closed(self, now_ms: int) -> None:
        """Tell all readers that the connection is gone."""
        self.is_open = False
        for pending in (self.commands, self._waiting, self._listing, self._by_sid):
            pending.clear()
        for topic in self._topics.values():
            self._break(topic, GapReason.LINK_LOST)
            topic.forget()

    def end(self, error: BaseException) -> None:
        """End all readers with an error: no connection will come again."""
        for topic in self._topics.values():
            for inbox in topic.inboxes:
                inbox.end(error)

    def check(self, then: Callable[[], None] | None = None) -> None:
        """Ask for the list of subscriptions: the answer proves both directions, and every subscription.

        ``then`` is called when it has come, and what was sent before it: never if the connection is lost.
        """
        self._listing[self.send("list_subscriptions", None)] = then

    def retry(self) -> None:
        """Send again what was refused for a reason that has passed."""
        for topic in list(self._topics.values()):
            if topic.is_paused:
                topic.is_paused = False
                self.sync(topic)

    @property
    def is_paused(self) -> bool:
        """Whether something waits for ``retry``."""
        return any(topic.is_paused for topic in self._topics.values())

    def feed(self, data: bytes, now_ms: int) -> envelope.Frame | None:
        """Hand one frame to the readers that it concerns; return it, or None if it is unreadable."""
        try:
            frame = decode(data)
        except UnreadableFrame as broken:
            self._on_unreadable(broken, data, now_ms)
            return None
        topic = self._by_sid.get(frame.sid)
        if topic is None:
            self._on_control(frame, data, None, now_ms)
            return frame  # data of a subscription that has ended, or of none
        if frame.seq and frame.seq == topic.next_seq:  # nearly always: no call
            topic.next_seq, topic.newest = frame.seq + 1, data
        elif frame.seq and not self._is_next(topic, frame.seq, data):
            return frame
        sent_ms = frame.sending_ts_ms
        topic.last_ms = now_ms if sent_ms is None or sent_ms > now_ms else sent_ms
        if frame.__class__ in topic.events:
            for inbox in topic.inboxes:
                inbox.put(frame, data, now_ms)
        else:
            self._on_control(frame, data, topic, now_ms)
        return frame

    # Sequence numbers.

    def _is_next(self, topic: Topic, seq: int, data: bytes) -> bool:
        """Whether a numbered frame counts; a jump is a gap, and a step back makes a new subscription."""
        if seq < topic.next_seq:
            # A double is equal to the last frame. What else is lost, doubled or only late cannot be told:
            # nothing of this sid counts any longer.
            if seq != topic.next_seq - 1 or data != topic.newest:
                self.renew(topic, GapReason.DISORDER)
            return False
        if seq > topic.next_seq:
            self._break(topic, GapReason.SEQUENCE, dropped=seq - topic.next_seq)
        topic.next_seq, topic.newest = seq + 1, data
        return True

    # What is not an event.

    def _on_control(self, frame: envelope.Frame, data: bytes, topic: Topic | None, now_ms: int) -> None:
        self.answers += isinstance(frame, envelope.CONTROL)
        if isinstance(frame, envelope.SubscribedFrame):
            self._on_subscribed(frame, now_ms)
        elif isinstance(frame, envelope.OkFrame):
            self._on_ok(frame, now_ms)
        elif isinstance(frame, envelope.ErrorFrame):
            self._on_error(frame, topic)
        elif isinstance(frame, envelope.UnsubscribedFrame):
            waiting, _ = self._waiting.pop(frame.id, (topic, None))
            if waiting is not None:
                self._ended(waiting)
                self.sync(waiting)
        elif topic is not None:
            topic.tell_unknown(frame, data)

    def _on_subscribed(self, frame: envelope.SubscribedFrame, now_ms: int) -> None:
        topic, wish = self._waiting.pop(frame.id, (None, None))
        if topic is None or wish is None or topic.channel.name != frame.msg.channel:
            if frame.msg.sid not in self._by_sid:  # of a command that was given up: nobody reads it
                self.send("unsubscribe", {"sids": [frame.msg.sid]})
            return
        self._by_sid[frame.msg.sid] = topic
        topic.subscribed(frame.msg.sid, wish, min(now_ms, frame.sending_ts_ms or now_ms))
        topic.resume(now_ms)
        self.sync(topic)

    def _on_ok(self, frame: envelope.OkFrame, now_ms: int) -> None:
        if frame.id in self._listing:
            then = self._listing.pop(frame.id)
            self._compare(listed(frame.msg))
            if then is not None:
                then()
            return
        topic, wish = self._waiting.pop(frame.id, (None, None))
        if topic is not None and wish is not None:
            topic.updated(wish)
            topic.resume(now_ms)
            self.sync(topic)

    def _on_error(self, frame: envelope.ErrorFrame, topic: Topic | None) -> None:
        error = frame.msg
        asked, wish = self._waiting.pop(frame.id, (None, None))
        topic = asked or topic
        if topic is None:
            self._listing.pop(frame.id, None)
            self.errors.append(error)
            return
        after = control.after_error(error.code)
        if after is control.AfterError.SUBSCRIBE_AGAIN:
            self.overflows += error.code == control.OVERFLOW
            self.renew(
                topic, GapReason.OVERFLOW if error.code == control.OVERFLOW else GapReason.SUBSCRIPTION_LOST
            )
        elif after is control.AfterError.SEND_AGAIN:
            topic.unasked(wish)
            topic.is_paused = True
        elif error.code == control.UNKNOWN_SID:
            self._ended(topic)
            self._break(topic, GapReason.SUBSCRIPTION_LOST)
            self.sync(topic)
        elif wish is None and not error.markets:
            self.errors.append(error)
        else:
            topic.unasked(wish)
            topic.refuse(wish, error)
            self.sync(topic)

    def _on_unreadable(self, broken: UnreadableFrame, data: bytes, now_ms: int) -> None:
        """Count the frame if its number can be read, and tell those whom it may have concerned."""
        topic = self._by_sid.get(broken.sid)
        if topic is not None and broken.seq and not self._is_next(topic, broken.seq, data):
            return
        if topic is not None:
            concerned: Iterable[Topic] = (topic,)
        elif name := CHANNEL_OF.get(broken.kind):
            concerned = [topic for topic in self._by_sid.values() if topic.channel.name == name]
        else:
            # Nothing can be read. Channels with numbers notice it at the next one; a book may not wait.
            concerned = [topic for topic in self._by_sid.values() if topic.minds_any_loss]
        for each in concerned:
            self._break(each, GapReason.UNREADABLE, raw=data)

    def _compare(self, listed: dict[int, str]) -> None:
        """Find subscriptions that the exchange no longer has."""
        for sid, topic in list(self._by_sid.items()):
            if listed.get(sid) != topic.channel.name and topic.sid == sid:
                self._ended(topic)
                self._break(topic, GapReason.SUBSCRIPTION_LOST)
                self.sync(topic)

    # Subscriptions.

    def sync(self, topic: Topic) -> None:
        """Send the next command that brings the exchange nearer to what readers want."""
        if not self.is_open:
            if not topic.inboxes:
                self._topics.pop(topic.options, None)
            return
        wish = topic.next_wish()
        if wish is None:
            if not topic.inboxes and topic.sid is None and not topic.asked:
                self._topics.pop(topic.options, None)
            return
        if wish.is_widening:
            self._break(topic, GapReason.WIDENED)
        self._waiting[self.send(wish.cmd, wish.params(topic))] = (topic, wish)
        topic.ask(wish)
        if wish.cmd == "unsubscribe":
            self._by_sid.pop(topic.sid or 0, None)  # what still comes concerns nobody

    def renew(self, topic: Topic, reason: GapReason) -> None:
        """Make a subscription anew: what still comes under the old id concerns nobody."""
        self._break(topic, reason)
        sid = topic.sid
        self._ended(topic)
        if sid is not None and reason in (GapReason.DISORDER, GapReason.RENEWED):
            self.send("unsubscribe", {"sids": [sid]})
        topic.is_paused = True  # subscribed again by ``retry``, which the connection paces

    def _ended(self, topic: Topic) -> None:
        self._by_sid.pop(topic.sid or 0, None)
        for number in [number for number, (waiting, _) in self._waiting.items() if waiting is topic]:
            del self._waiting[number]
        topic.forget()

    def _break(self, topic: Topic, reason: GapReason, *, dropped: int = 0, raw: bytes | None = None) -> None:
        self.gaps += topic.interrupt(reason, dropped, raw)

    def send(self, cmd: str, params: dict[str, JsonValue] | None) -> int:
        """Add a command; return its number."""
        number = next(self._ids)
        self.commands.append(control.Command(number, cmd, params))
        return number
