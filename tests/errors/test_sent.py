"""``sent`` has one meaning: whether bytes of the request have left, in an attempt that still counts.

Every operation meets every kind of trouble, and what its error says is held against what
the network saw. Attempts that were refused with 429 had no effect and are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from kalshi_async import DeadlineExceeded, KalshiError, OutcomeUnknown, RateLimits, Session
from kalshi_async.contract import Operation
from kalshi_async.contract.operation import Idempotency
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.transport.progress import PROGRESS
from tests.errors.asks import ASKS, Line, Network, answering, kind_of, mute, refused, reset, venue
from tests.stages.scripted import silence

EVERY = pytest.mark.parametrize("operation", ASKS, ids=kind_of)


def answer(status: int, body: bytes = b"") -> Line:
    return answering(lambda: httpx.Response(status, content=body))


async def silent(request: httpx.Request) -> httpx.Response:
    """The bytes leave and no answer comes."""
    request.extensions[PROGRESS].report()
    request.extensions[PROGRESS].leave()
    return await silence(request)


async def hanging(request: httpx.Request) -> httpx.Response:
    """The connection is never made."""
    request.extensions[PROGRESS].report()
    return await silence(request)


@dataclass(frozen=True)
class Trouble:
    """What the network does: ``first`` once each, then ``always``; and what ``sent`` then says."""

    always: Line
    read: bool | None
    write: bool | None
    first: tuple[Line, ...] = ()
    once: bool | str | None = "write"
    """Of a write that is not sent again; by default as another write."""

    def expected(self, operation: Operation[object]) -> bool | None:
        if operation.idempotency is Idempotency.SAFE:
            return self.read
        if operation.idempotency is Idempotency.ONCE and not isinstance(self.once, str):
            return self.once
        return self.write


TROUBLES: dict[str, Trouble] = {
    "no connection": Trouble(refused, False, False),
    "a connection that hangs": Trouble(hanging, False, False),
    "reset after bytes": Trouble(reset, True, True),
    "silence after bytes": Trouble(silent, True, True),
    "a transport that does not tell": Trouble(mute, None, None),
    "a transport that does not tell, then hangs": Trouble(silence, None, None),
    "refused by the exchange": Trouble(answer(400), True, True),
    "not found": Trouble(answer(404), True, True),
    "paused": Trouble(answer(409, b'{"error":{"code":"trading_is_paused"}}'), True, True),
    "retired": Trouble(answer(410), True, True),
    "broken at the exchange": Trouble(answer(500), True, True),
    "an answer that is no JSON": Trouble(answer(200, b"<html>"), True, True),
    "no connection, then refused by the exchange": Trouble(answer(400), True, True, (refused, refused)),
    "429, then no connection": Trouble(refused, False, False, (answer(429),)),
    "reset after bytes, then no connection": Trouble(refused, False, True, (reset,), once=True),
    "broken, then no connection": Trouble(refused, False, True, (answer(502),), once=True),
    "reset after bytes, then refused by the exchange": Trouble(answer(400), True, True, (reset,)),
}


async def error_of(operation: Operation[object], session: Session) -> KalshiError:
    with pytest.raises(KalshiError) as caught:
        await ASKS[operation][0](session)
    return caught.value


@EVERY
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_sent_says_whether_bytes_have_left(
    clock: VirtualClock, operation: Operation[object], trouble: str
) -> None:
    met = TROUBLES[trouble]
    async with venue(clock, Network(met.always, met.first)) as session:
        error = await error_of(operation, session)
    assert error.sent is met.expected(operation)
    if isinstance(error, OutcomeUnknown):
        assert error.sent is not False, "a write that never left is not in doubt"


@EVERY
async def test_a_request_that_waited_for_tokens_until_its_deadline_was_not_sent(
    clock: VirtualClock, operation: Operation[object]
) -> None:
    network = Network(answer(500))
    limits = RateLimits(clock.monotonic)
    async with venue(clock, network, rate_limits=limits) as session:
        bucket = limits.bucket(operation.bucket, None)
        while bucket.take_now(1, operation.priority) is not None:
            pass
        hurried = session.with_options(deadline_s=0.001)
        with pytest.raises(DeadlineExceeded) as caught:
            await ASKS[operation][0](hurried)  # type: ignore[arg-type]  # a view has the same methods
    assert caught.value.sent is False
    assert network.count == 0


def closed_before(session: Session) -> None:
    session._transport._deliver = None


def broken_signer(session: Session) -> None:
    class Broken:
        async def headers(self, method: str, path: str, now_ms: int) -> object:
            raise OSError("the module is gone")

    session._context.pipeline.signatures._signer = Broken()  # type: ignore[assignment]  # the case
    session._context.pipeline.signatures._key = None


@EVERY
@pytest.mark.parametrize("spoil", [closed_before, broken_signer])
async def test_trouble_before_sending_says_that_nothing_left(
    clock: VirtualClock, operation: Operation[object], spoil: Callable[[Session], None]
) -> None:
    if spoil is broken_signer and not operation.signed:
        pytest.skip("a public read is not signed")
    network = Network(answer(500))
    async with venue(clock, network) as session:
        tokens = session.rate_limits.write.tokens()
        spoil(session)
        error = await error_of(operation, session)
        assert session.rate_limits.write.tokens() == tokens, "and its tokens are given back"
    assert error.sent is False
    assert error.subject is not None
    assert network.count == 0
