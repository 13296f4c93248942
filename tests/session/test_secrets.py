"""No exception, repr or log line contains key material or a signature.

A lively session with every logger at DEBUG, those of httpx and httpcore included; then
all that was said is searched for the keys and for every signature that was sent.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from kalshi_async import ALL, CreateOrder, Credentials, KalshiError, Session
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.raw_server import http, resetting, saying, serving, silent
from tests.stages.scripted import Scripted
from tests.stages.served import TICKER, session_of

SIGNATURE = "kalshi-access-signature"


class Ears(logging.Handler):
    """Hears every line of every logger, formatted with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {self.format(record)} {record.args!r}")


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears, root = Ears(), logging.getLogger()
    level = root.level
    root.addHandler(ears)
    root.setLevel(logging.DEBUG)
    yield ears
    root.removeHandler(ears)
    root.setLevel(level)


def said_by(error: BaseException) -> Iterator[str]:
    """All that an error shows: text, arguments, attributes and the chain that led to it."""
    yield "".join(traceback.format_exception(error))
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield f"{link} {link!r} {link.args!r} {vars(link)!r}"
        link = link.__cause__ or link.__context__


def secrets_of(member: SandboxAccount) -> list[str]:
    """The lines of a PEM body: any one of them is too much."""
    return [line for line in member.private_key_pem.splitlines() if line and not line.startswith("-----")]


def leaks(said: list[str], secrets: list[str]) -> list[str]:
    return [text for text in said for secret in secrets if secret in text]


async def errors_of(*calls: Callable[[], Awaitable[object]]) -> list[str]:
    said: list[str] = []
    for call in calls:
        with pytest.raises((KalshiError, httpx.HTTPError)) as caught:
            await call()
        said.extend(said_by(caught.value))
    return said


def new_order() -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10")


async def trade(session: Session) -> list[str]:
    """Use a good deal of a session, and meet refusals."""
    order = await session.orders.create(new_order())
    said = [repr(order), repr(await session.orders.get(order.order_id))]
    batch = await session.orders.create_batch([new_order(), CreateOrder(TICKER, "bid", 1, "0.1005")])
    said += [repr(batch), *map(repr, batch)]
    said.append(repr(await session.orders.list().collect()))
    await session.orders.cancel(order)
    async with httpx.AsyncClient(
        transport=session.transport, base_url=session.environment.rest_url
    ) as client:
        response = await client.get("/series/KXHIGHNY")
        said += [repr(response), repr(response.request), repr(response.headers), repr(client)]
        said += await errors_of(lambda: client.get("https://elsewhere.example/"))
    said += await errors_of(
        lambda: session.orders.cancel(order),
        lambda: session.orders.create(CreateOrder(TICKER, "bid", 100_000, "0.99")),
    )
    await session.orders.cancel_all(subaccount=ALL)
    parts = (session, vars(session), session.transport, session.signer, session.rate_limits, session.orders)
    return said + [repr(part) for part in parts] + [repr(vars(session.with_options(subaccount=1)))]


async def fail_to_open(sandbox: Sandbox, member: SandboxAccount, other: SandboxAccount) -> list[str]:
    """Open with another's key, an unknown id, and a clock an hour off."""
    hour_off = VirtualClock(START_MS + 3_600_000)
    wrong = [
        session_of(sandbox, member, hour_off),
        Session(sandbox.environment, Credentials(member.key_id, other.private_key_pem)),
        Session(sandbox.environment, Credentials("no-such-id", member.private_key_pem)),
    ]
    return await errors_of(*(session.__aenter__ for session in wrong))


async def fail_on_the_wire(member: SandboxAccount, clock: VirtualClock) -> list[str]:
    """Talk to servers that hang up, stay silent or talk nonsense."""
    said: list[str] = []
    for handler in (resetting, silent, saying(http(200, b"<html>"))):
        async with serving(handler) as environment:
            credentials = Credentials(member.key_id, member.private_key_pem)
            async with Session(environment, credentials, clock=clock) as session:
                said += await errors_of(
                    lambda: session.orders.create(new_order()),
                    lambda: session.portfolio.balance(),
                )
    return said


@pytest.mark.parametrize("key_type", ["ed25519", "rsa"])
async def test_nothing_that_is_said_holds_a_key_or_a_signature(
    clock: VirtualClock, ears: Ears, key_type: str
) -> None:
    wire: list[RequestRecord] = []
    async with Sandbox(clock=clock, tier="advanced", read_lag_ms=0, observe=wire.append) as sandbox:
        member = sandbox.add_account("alice", key_type)  # type: ignore[arg-type]  # one of the two
        other = sandbox.add_account("bob")
        async with session_of(sandbox, member, clock) as session:
            said = await trade(session)
        async with (
            httpx.AsyncHTTPTransport() as stock,
            session_of(sandbox, member, clock, base_transport=stock) as session,
        ):
            said += await trade(session)
        said += await fail_to_open(sandbox, member, other)
    said += await fail_on_the_wire(member, clock)
    signatures = [record.headers[SIGNATURE] for record in wire if SIGNATURE in record.headers]
    secrets = [*secrets_of(member), *secrets_of(other), *signatures]
    assert len(set(signatures)) > 10
    assert any(line.startswith("httpcore.http11") for line in ears.lines), "httpcore was heard"
    assert any(line.startswith("httpx") for line in ears.lines), "httpx was heard"
    assert any(line.startswith("kalshi_async") for line in ears.lines), "and so were we"
    assert leaks([*said, signatures[0]], secrets), "the search finds what is there"
    assert leaks(said, secrets) == []
    assert leaks(ears.lines, secrets) == []


async def test_a_transport_that_blames_the_request_does_not_show_it(clock: VirtualClock, ears: Ears) -> None:
    # Some transports attach the request, headers and all, to what they raise.
    sandbox = Sandbox(clock=clock, read_lag_ms=0)
    member = sandbox.add_account("alice")
    sent: list[httpx.Request] = []

    async def blame(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ReadError(f"while sending {request!r}", request=request)

    network = Scripted(inner=httpx.ASGITransport(sandbox.app))
    async with session_of(sandbox, member, clock, base_transport=network) as session:
        network.play(ever=lambda: blame)
        said = await errors_of(lambda: session.orders.create(new_order()))
        network.play(ever=lambda: blame)
        async with httpx.AsyncClient(transport=session.transport, base_url=sandbox.rest_url) as client:
            said += await errors_of(lambda: client.get("/series/KXHIGHNY"))
    signatures = [request.headers[SIGNATURE] for request in sent if SIGNATURE in request.headers]
    assert len(signatures) > 8
    assert leaks([*said, *ears.lines], signatures) == []


async def test_asyncio_in_debug_mode_does_not_show_them_either(clock: VirtualClock, ears: Ears) -> None:
    # It logs slow callbacks and the tasks that nobody waited for, by their repr.
    wire: list[RequestRecord] = []
    asyncio.get_running_loop().set_debug(True)
    async with Sandbox(clock=clock, read_lag_ms=0, observe=wire.append) as sandbox:
        member = sandbox.add_account("alice")
        async with session_of(sandbox, member, clock) as session:
            task = asyncio.create_task(session.orders.create(new_order()))
            while not task.done():
                ears.lines += [repr(other) for other in asyncio.all_tasks()]
                await asyncio.sleep(0)
    assert (
        leaks(ears.lines, [record.headers[SIGNATURE] for record in wire if record.headers.get(SIGNATURE)])
        == []
    )
