"""The way in: who may open a stream, and what a refused client is answered.

The same key, signature and timestamp as for a request: the signed message is the timestamp, "GET"
and the path. A refusal has the body that a refused request has. The handshake costs no tokens
(``settings.CHOICES``: ``handshake_cost``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

import msgspec

from kalshi_async.sandbox.access.signature_check import ApiKey, Authenticator
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.faults.frames import HANDSHAKE, Frame, StreamFault
from kalshi_async.sandbox.faults.replies import html
from kalshi_async.sandbox.faults.script import Script
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.streams.hub import Hub
from kalshi_async.sandbox.streams.stream import Stream, Wire

STREAM_PATH = "/trade-api/ws/v2"
"""The path of the streams. AsyncAPI of 2026-10-26."""
PING = b"heartbeat"
"""What a ping of the exchange says. Recorded (demo, 2026-06)."""

# By HTTP status, RFC 9110.
_REJECTIONS_BY_STATUS = {
    401: Rejected("authentication_error", "INCORRECT_API_KEY_SIGNATURE"),
    429: Rejected("too_many_requests"),
    503: Rejected("service_unavailable"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a refused handshake. Status 0: a fault ends the connection; -1: it says nothing."""

    status: int
    content_type: str = ""
    body: bytes = b""
    date: str = ""
    """The time of the exchange, by which a client corrects its clock."""


CUT = Refusal(0)
SILENCE = Refusal(-1)


class Handshakes:
    """Admits clients and makes their streams. ``error_body`` renders refusals as the REST API does."""

    def __init__(
        self,
        hub: Hub,
        authenticator: Authenticator,
        rules: StreamRules,
        faults: Script[StreamFault],
        error_body: Callable[[Rejected], Json],
    ) -> None:
        self.rules = rules
        self._hub = hub
        self._authenticator = authenticator
        self._faults = faults
        self._error_body = error_body

    def admit(self, method: str, target: str, headers: Mapping[str, str]) -> ApiKey | Refusal:
        """Return the key that signed a handshake, or the answer that refuses it.

        ``headers`` has names in lower case.
        """
        refusal = self._play()
        if refusal is not None:
            return refusal
        path = target.partition("?")[0]
        try:
            if path != STREAM_PATH:
                raise Rejected("not_found")
            key = self._authenticator.authenticate(method, path.encode(), headers)
            if self._hub.open_streams(key.account) >= self.rules.connections_per_user:
                raise Rejected("too_many_requests")
        except Rejected as rejected:
            return self._refusal(rejected)
        return key

    def open(self, key: ApiKey, wire: Wire, loop: asyncio.AbstractEventLoop) -> Stream:
        """Return the stream of an admitted client."""
        return Stream(self._hub, key, wire, self.rules, self._faults, loop)

    def _play(self) -> Refusal | None:
        if self._faults.is_empty:
            return None
        link = _HandshakeLink()
        for fault in self._faults.draw(HANDSHAKE):
            fault.play(link, {"type": HANDSHAKE})
        if link.status is None or link.status <= 0:
            return {None: None, 0: CUT, -1: SILENCE}[link.status]
        rejected = _REJECTIONS_BY_STATUS.get(link.status)
        if rejected is not None:
            return self._refusal(rejected)
        page = html(link.status)
        return Refusal(page.status, "text/html", page.body, self._date())

    def _date(self) -> str:
        return formatdate(self._hub.now_ms() / 1_000, usegmt=True)

    def _refusal(self, rejected: Rejected) -> Refusal:
        body = msgspec.json.encode(self._error_body(rejected))
        return Refusal(REJECTIONS[rejected.code].status, "application/json", body, self._date())


class _HandshakeLink:
    # What a fault can do before there is a stream; the rest does nothing.

    status: int | None = None

    def refuse(self, status: int) -> None:
        self.status = status

    def cut(self) -> None:
        self.status = 0

    def silence(self) -> None:
        self.status = -1

    def deafen(self) -> None: ...
    def hold(self, seconds: float) -> None: ...
    def postpone(self, frame: Frame) -> None: ...
    def jump(self, frame: Frame, by: int) -> None: ...
    def fail(self, frame: Frame, code: int) -> None: ...

    def encode(self, frame: Frame) -> bytes:
        return b""
