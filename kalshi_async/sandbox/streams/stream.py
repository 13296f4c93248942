"""One client's stream: its subscriptions, its commands and its frames. It knows no socket.

A command is carried out as it arrives, and its answers precede what it causes. Every frame takes
its number (``seq``) when it is sent here. ``Hub`` hands over what happens on the exchange, ``Wire``
takes the texts. Faults are played on commands before they are carried out, on frames before they
are numbered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from kalshi_async.contract.frames.control import ERRORS
from kalshi_async.sandbox.access.signature_check import ApiKey
from kalshi_async.sandbox.faults.frames import Frame, StreamFault
from kalshi_async.sandbox.faults.script import Script
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.streams.commands import Command, Refused, decode
from kalshi_async.sandbox.streams.executing import Executor
from kalshi_async.sandbox.streams.hub import Hub
from kalshi_async.sandbox.streams.outbox import Outbox
from kalshi_async.sandbox.streams.subscription import Subscription

_ENCODER = msgspec.json.Encoder()


class Wire(Protocol):
    """The way to the client. Nothing may be called on it after ``cut`` or ``close``."""

    def write(self, texts: Sequence[bytes]) -> None:
        """Send texts, one frame each."""
        ...

    def ping(self) -> None:
        """Send the exchange's ping."""
        ...

    def cut(self) -> None:
        """End the connection without a close frame."""
        ...


class Stream:
    """A client's stream. Made after the handshake; ``end`` must be called when the wire has ended."""

    def __init__(
        self,
        hub: Hub,
        key: ApiKey,
        wire: Wire,
        rules: StreamRules,
        faults: Script[StreamFault],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.key = key
        self.is_silent = False
        """Whether a fault keeps everything from being sent."""
        self._hub = hub
        self._wire = wire
        self._rules = rules
        self._faults = faults
        self._loop = loop
        self._executor = Executor(self, hub, rules)
        self._is_deaf = False
        self._has_ended = False
        self._postponed: list[bytes] = []
        self._is_playing = False
        # What is being sent: its subscription, and whether it takes a number there.
        self._sending: tuple[Subscription | None, bool] = (None, False)
        self._second, self._commands = 0, 0
        self.outbox = Outbox(loop, self._write, self._overflow, rules.buffer_bytes)
        self._pinging = loop.call_later(rules.ping_period_s, self._ping)
        hub.join(key.account, loop)

    def receive(self, raw: bytes | str) -> None:
        """Carry out one command. Errors are answered, and never raised."""
        if self._has_ended:
            return
        try:
            command = decode(raw)
            self._count_command(command)
        except Refused as refused:
            if not self._is_deaf:
                self.error(refused, refused.command_id)
            return
        frame: Frame = {"id": command.id, "cmd": command.cmd, "params": command.params}
        for _ in self._played(command.cmd, frame):
            if not self._is_deaf:
                self._executor.carry_out(command)

    def send(self, subscription: Subscription, kind: str, msg: object, *, command_id: int = 0) -> None:
        """Send a frame of a subscription's channel, unless it has ended meanwhile."""
        if subscription.has_ended:
            return
        frame: Frame = {"type": kind, "sid": subscription.sid, "msg": msg}
        if command_id:
            frame["id"] = command_id
        self._send(frame, subscription, is_numbered=subscription.channel.is_sequenced)

    def answer(
        self, kind: str, command_id: int, msg: object = None, *, subscription: Subscription | None = None
    ) -> None:
        """Send the answer to a command; that of a subscription has its number."""
        frame: Frame = {"type": kind}
        if command_id:
            frame["id"] = command_id
        if subscription is not None:
            frame["sid"] = subscription.sid
        if msg is not None:
            frame["msg"] = msg
        self._send(frame, subscription, is_numbered=subscription is not None)

    def error(self, refused: Refused, command_id: int, subscription: Subscription | None = None) -> None:
        """Send an error; one about a subscription has its id, and its number if it has numbers."""
        msg: Frame = {"code": refused.code, "msg": ERRORS[refused.code].text}
        if len(refused.markets) == 1:
            msg["market_ticker"] = refused.markets[0]
        elif refused.markets:
            msg["market_tickers"] = list(refused.markets)
        frame: Frame = {"type": "error", "msg": msg}
        if command_id:
            frame["id"] = command_id
        if subscription is not None:
            frame["sid"] = subscription.sid
        is_numbered = subscription is not None and subscription.channel.is_sequenced
        self._send(frame, subscription, is_numbered=is_numbered)

    def end(self) -> None:
        """Forget the client: the wire has ended, or is ending."""
        if not self._has_ended:
            self._has_ended = True
            self._pinging.cancel()
            self._executor.drop_all()
            self._hub.leave(self.key.account)
            self.outbox.close()

    # The link on which faults are played.

    def refuse(self, status: int) -> None:
        """End the connection: it is too late to refuse the handshake."""
        self.cut()

    def cut(self) -> None:
        """End the connection without a close frame."""
        if not self._has_ended:
            self.end()
            self._wire.cut()

    def silence(self) -> None:
        """Send nothing any more."""
        self.is_silent = True

    def deafen(self) -> None:
        """Ignore commands from now on."""
        self._is_deaf = True

    def hold(self, seconds: float) -> None:
        """Keep back what is sent from now on for some seconds."""
        self.outbox.hold(seconds)

    def postpone(self, frame: Frame) -> None:
        """Send a frame after the next one."""
        self._postponed.append(self.encode(frame))

    def jump(self, frame: Frame, by: int) -> None:
        """Raise or lower the numbers of the subscription of the frame."""
        subscription, _ = self._sending
        if subscription is not None:
            subscription.seq = max(0, subscription.seq + by)

    def fail(self, frame: Frame, code: int) -> None:
        """Answer a command with an error, or end the subscription of a frame with it."""
        command_id = frame.get("id", 0) if "cmd" in frame else 0
        subscription, _ = self._sending
        if subscription is not None:
            self._executor.drop(subscription)
        self.error(Refused(code), command_id if isinstance(command_id, int) else 0, subscription)

    def encode(self, frame: Frame) -> bytes:
        """Give a frame its number, and return its bytes."""
        subscription, is_numbered = self._sending
        if is_numbered and subscription is not None:
            frame["seq"] = subscription.next_seq()
        frame["sending_ts_ms"] = self._hub.now_ms()
        return _ENCODER.encode(frame) + b"\n"  # recorded: every frame ends so

    def _send(self, frame: Frame, subscription: Subscription | None, *, is_numbered: bool) -> None:
        if self._has_ended:
            return
        before, self._sending = self._sending, (subscription, is_numbered)
        postponed, self._postponed = self._postponed, []
        for one in (*self._played(str(frame["type"]), frame), *postponed):
            self.outbox.put(subscription, one if isinstance(one, bytes) else self.encode(one))
        self._sending = before

    def _played(self, name: str, frame: Frame) -> Sequence[Frame | bytes]:
        # What a fault sends itself, an error say, is not played upon.
        if self._faults.is_empty or self._is_playing:
            return [frame]
        self._is_playing = True
        frames: Sequence[Frame | bytes] = [frame]
        for fault in self._faults.draw(name):
            parts = [[one] if isinstance(one, bytes) else fault.play(self, one) for one in frames]
            frames = [one for part in parts for one in part]
        self._is_playing = False
        return frames

    def _count_command(self, command: Command) -> None:
        second = self._hub.now_ms() // 1_000
        if second != self._second:
            self._second, self._commands = second, 0
        self._commands += 1
        if self._commands > self._rules.commands_per_s:
            raise Refused(27, command_id=command.id)

    def _write(self, texts: Sequence[bytes]) -> None:
        if not self.is_silent:
            self._wire.write(texts)

    def _overflow(self, subscription: Subscription) -> None:
        self._executor.drop(subscription)
        self.error(Refused(25), 0, subscription)

    def _ping(self) -> None:
        self._pinging = self._loop.call_later(self._rules.ping_period_s, self._ping)
        if not self.is_silent:
            self._wire.ping()
