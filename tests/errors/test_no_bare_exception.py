"""Nothing but a KalshiError escapes: of a session in the wrong place, a key, a signer, a clock, a hook."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kalshi_async import (
    AttemptEvent,
    CreateOrder,
    Credentials,
    CredentialsError,
    Hooks,
    InvalidRequest,
    KalshiError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    ReplyLost,
    Session,
    SubaccountTransferOrder,
    cents,
)
from kalshi_async.requests import OrderGroupLimit
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.session_transport import as_httpx
from tests.conftest import START_MS
from tests.errors.asks import KEY, TICKER, Network, answering, refused, reset, venue, wanted

# openssl genrsa 512, made for this test.
TOO_SMALL = """-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAsklWDiOdQrS2r36t
5zHV5vSmhsWrHoAo63z2GzwohRaEM1Jrn0Xkd3wi2Vatoi9P0GG90GTq8Ire1LOf
9ZYsDQIDAQABAkEAoXVGyME6DwoHk8EejoyUUXdoRA9JW/Lmm/TsEFgXvgXWHiJe
KIOKezr/32JKahR+s2TLmqp7ADtQ+CyQ9aztBQIhANq+F14v7GgtpNsi/T1Ss88o
uD8CGrxbwqmqrk2+b+/fAiEA0Kc5a7hrJO6EZ0wPTVzCXN4mcHmXz20cbtyA9kNS
cZMCIHUOarTlkm5BlsoKFFi/rCd80/Qr7SDFPgvLodFKyt4jAiA/n75SqpmBWXnm
Rbsky/Q4fUUbZvhzt8HDzFlGvqCVIQIgK2TWyp/QilGMtMdQPTD1cdD/eiJ9rt2c
xzZyNQ4BdgE=
-----END PRIVATE KEY-----"""

CREATED = {"order_id": "o", "fill_count": "0.00", "remaining_count": "12.50", "ts_ms": START_MS}


def test_closing_on_another_loop_is_refused_with_the_cure() -> None:
    sandbox = Sandbox(accounts=["me"])
    base = httpx.ASGITransport(sandbox.app)
    session = Session(sandbox.environment, sandbox.credentials("me"), base_transport=base)
    with asyncio.Runner() as first:
        first.run(session.__aenter__())
        with asyncio.Runner() as second, pytest.raises(InvalidRequest, match="open a session in each"):
            second.run(session.aclose())
        first.run(session.aclose())


def test_closing_after_its_loop_has_ended_is_refused_too() -> None:
    # A program that opens a session in one asyncio.run and closes it in the next.
    sandbox = Sandbox(accounts=["me"])
    base = httpx.ASGITransport(sandbox.app)
    session = Session(sandbox.environment, sandbox.credentials("me"), base_transport=base)

    async def opened() -> None:
        session._transport.open()

    asyncio.run(opened())
    with pytest.raises(InvalidRequest, match=r"keep to one 'asyncio.run' for all of it"):
        asyncio.run(session.aclose())


async def test_closing_twice_does_no_harm(clock: VirtualClock) -> None:
    async with venue(clock, Network(refused)) as session:
        await session.aclose()


@pytest.mark.parametrize("load", [str, lambda pem: load_pem_private_key(pem.encode(), None)])
def test_a_key_too_small_to_sign_is_refused_when_it_is_loaded(load: Callable[[str], Any]) -> None:
    with pytest.raises(CredentialsError, match=r"an RSA key of 512 bits, too small.*2048 bits or more"):
        Credentials("id", load(TOO_SMALL))


class Failing:
    """A signer that fails, or returns what cannot be sent."""

    def __init__(self, returned: object = None) -> None:
        self.returned = returned

    async def headers(self, method: str, path: str, now_ms: int) -> Any:
        if self.returned is None:
            raise OSError("the secret is 12345")
        return self.returned


@pytest.mark.parametrize("returned", [None, 7, [("a", "b")], [(b"\xff", b"b")], [(b"one",)]], ids=repr)
async def test_a_signer_that_fails_for_a_handshake_raises_an_error_of_ours(
    clock: VirtualClock, returned: object
) -> None:
    async with venue(clock, Network(refused), credentials=Failing(returned)) as session:
        with pytest.raises(CredentialsError, match="the signer") as caught:
            await session.signer.websocket_headers()
    assert "12345" not in str(caught.value)


async def test_a_signer_that_raises_an_error_of_ours_is_left_as_it_is(clock: VirtualClock) -> None:
    class Refusing:
        async def headers(self, method: str, path: str, now_ms: int) -> Any:
            raise CredentialsError("the module is locked: unlock it")

    async with venue(clock, Network(refused), credentials=Refusing()) as session:
        with pytest.raises(CredentialsError, match="unlock it"):
            await session.signer.websocket_headers()


class FailingClock(VirtualClock):
    """A clock that fails at the ``fails_at``-th question, and at every later one."""

    fails_at = 10**9
    asked = 0

    def _asked(self) -> None:
        self.asked += 1
        if self.asked >= self.fails_at:
            raise RuntimeError("no time")

    def monotonic(self) -> float:
        self._asked()
        return super().monotonic()

    def now_ms(self) -> int:
        self._asked()
        return super().now_ms()


@pytest.mark.parametrize(
    "lines", [(), (reset,), (refused,)], ids=["answered", "reset first", "refused first"]
)
@pytest.mark.parametrize("fails_at", range(1, 9))
async def test_a_clock_that_fails_ends_a_call_with_what_is_certain(
    fails_at: int, lines: tuple[Any, ...]
) -> None:
    clock = FailingClock(START_MS)
    network = Network(answering(lambda: httpx.Response(201, json=CREATED)), lines)
    async with venue(clock, network, hooks=Hooks(on_reply=lambda event: None)) as session:
        clock.asked, clock.fails_at = 0, fails_at
        error = await met(session)
        clock.fails_at = 10**9
    if error is None:
        assert network.count > 0
    elif isinstance(error, OutcomeUnknown):
        assert network.count > 0
        assert error.sent is True
        assert error.client_order_id == KEY
    else:
        assert error.sent is False
        assert network.count == 0 or lines == (refused,)
        assert "create_order failed within this program: RuntimeError" in str(error)
        assert isinstance(error.__cause__, RuntimeError)


async def met(session: Session) -> KalshiError | None:
    try:
        await session.orders.create(wanted())
    except KalshiError as error:
        return error
    return None


async def test_a_hook_that_raises_a_cancellation_cancels_nothing(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    # Such as one that asks a future that was canceled.
    def hook(event: AttemptEvent) -> None:
        raise asyncio.CancelledError

    network = Network(answering(lambda: httpx.Response(201, json=CREATED)))
    async with venue(clock, network, hooks=Hooks(on_attempt=hook)) as session:
        assert (await session.orders.create(wanted())).order_id == "o"
    assert "a hook failed on AttemptEvent" in caplog.text


def test_a_hook_that_would_have_to_be_awaited_is_refused() -> None:
    async def hook(event: AttemptEvent) -> None:
        raise AssertionError("never called")

    with pytest.raises(InvalidRequest, match="on_attempt must be a plain function"):
        Hooks(on_attempt=hook)  # type: ignore[arg-type]  # the case


HEADERS: list[dict[str, str]] = [
    {"date": "yesterday, if I remember"},
    {"date": "Mon, 99 Nov 99999 99:99:99 GMT"},
    {"content-encoding": "rot13"},
    {"content-length": "many"},
    {"location": "\N{LATIN SMALL LETTER E WITH ACUTE}"},
    {"retry-after": "-1"},
]


@pytest.mark.parametrize("status", [200, 302, 401, 429, 503])
@pytest.mark.parametrize("headers", HEADERS, ids=str)
async def test_a_reply_with_a_broken_header_is_an_error_of_ours(
    clock: VirtualClock, status: int, headers: dict[str, str]
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    body = b'{"error":{"code":"header_timestamp_expired"}}'
    network = Network(answering(lambda: httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))))
    async with venue(clock, network) as session:
        for ask in (session.orders.create(wanted()), session.portfolio.balance()):
            with pytest.raises(KalshiError) as caught:
                await ask
            assert str(caught.value).isprintable()


MISTAKES: list[Callable[[], object]] = [
    lambda: cents(10**5_000),
    lambda: OrderGroupLimit(10**5_000),
    lambda: CreateOrder.from_direction([], "yes", TICKER, 1, yes_price="0.1"),  # type: ignore[arg-type]
    lambda: CreateOrder.from_direction("buy", {}, TICKER, 1, yes_price="0.1"),  # type: ignore[arg-type]
    lambda: CreateOrder(TICKER + "\n", "bid", 1, "0.1"),
    lambda: CreateOrder(TICKER, "bid", 1, "0.1", post_only=10**5_000),  # type: ignore[arg-type]
    lambda: SubaccountTransferOrder(0, 1, 5, client_transfer_id="\n" * 10_000),
]


@pytest.mark.parametrize("make", MISTAKES)
def test_a_mistake_in_a_request_is_told_on_one_short_line(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        make()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700


# Copies.


async def some_error(clock: VirtualClock) -> OutcomeUnknown:
    async with venue(clock, Network(reset)) as session:
        with pytest.raises(OutcomeUnknown) as caught:
            await session.orders.create(wanted())
    return caught.value


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
async def test_a_copy_says_all_that_the_error_says(clock: VirtualClock, copied: Callable[[Any], Any]) -> None:
    error = await some_error(clock)
    error.add_note("seen at noon")
    twin = copied(error)
    assert type(twin) is OutcomeUnknown
    assert str(twin) == str(error)
    assert (twin.subject, twin.advice, twin.sent) == (error.subject, error.advice, True)
    assert twin.__notes__ == ["seen at noon"]
    assert isinstance(twin.__cause__, ReplyLost)


async def test_a_replaced_error_keeps_all_but_what_is_replaced(clock: VirtualClock) -> None:
    error = await some_error(clock)
    error.add_note("one")
    twin = error.replace(ticker="OTHER")
    twin.add_note("two")
    assert error.__notes__ == ["one"]
    assert (twin.ticker, twin.client_order_id, twin.subject) == ("OTHER", KEY, error.subject)
    assert (twin.__cause__, twin.__context__, twin.__traceback__) == (
        error.__cause__,
        error.__context__,
        error.__traceback__,
    )
    bare = NotSent("x")
    assert bare.replace().__suppress_context__ is False, "what was not raised from None shows its context"


@pytest.mark.parametrize("kind", [NotSent, NotFound])
def test_an_error_for_httpx_is_copied_as_what_it_is(kind: type[KalshiError]) -> None:
    error = NotSent("refused") if kind is NotSent else NotFound(404, code="not_found")
    ours = as_httpx(error, httpx.Request("GET", "https://elsewhere.example/"))
    for twin in (copy.copy(ours), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert isinstance(twin, kind)
        assert isinstance(twin, httpx.TransportError)
        assert str(twin) == str(error)
        assert twin.sent is error.sent


def test_an_error_that_was_made_of_nothing_has_an_empty_text() -> None:
    assert str(KalshiError.__new__(KalshiError).replace(sent=None, subject=None, advice=None)) == ""
