"""Mistakes of the first hours: the error names the thing and the cure."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from kalshi_async import (
    DEMO,
    CreateOrder,
    Credentials,
    CredentialsError,
    InvalidRequest,
    KeySigner,
    RetryPolicy,
    Session,
)
from kalshi_async.clock import SystemClock
from kalshi_async.sandbox import RequestRecord, Sandbox
from tests.stages.keys import ed25519, pem
from tests.stages.served import TICKER

ED25519_PEM = pem(ed25519())
Ask = Callable[[Any], Awaitable[object]]
ORDER: dict[str, Any] = {"ticker": TICKER, "side": "bid", "count": 1, "price": "0.10"}

DICTS: list[tuple[Ask, str]] = [
    (lambda s: s.orders.create(ORDER), r"order must be of the type CreateOrder.*CreateOrder\(\*\*order\)"),
    (lambda s: s.orders.create_batch([ORDER]), r"CreateOrder\(\*\*order\)"),
    (lambda s: s.orders.create_batch(ORDER), "orders must be a list"),
    (lambda s: s.orders.create_batch(CreateOrder(**ORDER)), "orders must be a list, also of one item"),
    (lambda s: s.orders.cancel_batch("7c9e"), "orders must be a list, also of one item, was '7c9e'"),
    (lambda s: s.orders.cancel_batch([{"order_id": "7c9e"}]), "an order, the result of a create"),
    (lambda s: s.orders.cancel({"order_id": "7c9e"}), "an order, the result of a create or an order_id"),
    (lambda s: s.orders.amend({"order_id": "7c9e"}, count=1), "an order, the result of a create"),
    (lambda s: s.orders.decrease({"order_id": "7c9e"}, reduce_to=1), "an order, the result of a create"),
    (lambda s: s.orders.queue_position({"order_id": "7c9e"}), "an order, the result of a create"),
    (lambda s: s.orders.wait({"order_id": "7c9e"}), "an order, the result of a create"),
    (lambda s: s.orders.resolve({"client_order_id": "a"}), r"OutcomeUnknown\.from_record\(error\)"),
    (lambda s: s.subaccounts.transfer({}), r"SubaccountTransferOrder\(\*\*transfer\)"),
    (lambda s: s.transfers.create({}), r"TransferOrder\(\*\*transfer\)"),
    (lambda s: s.transfers.set_target_allocation({}), r"TargetAllocation\(\*\*target\)"),
]  # fmt: skip

FORGOTTEN: list[Callable[[Any, Any], Awaitable[object]]] = [
    lambda s, call: s.orders.create(call),
    lambda s, call: s.orders.create_batch(call),
    lambda s, call: s.orders.cancel(call),
    lambda s, call: s.orders.cancel_batch(call),
    lambda s, call: s.orders.cancel_batch([call]),
    lambda s, call: s.orders.amend(call, count=1),
    lambda s, call: s.orders.decrease(call, reduce_to=1),
    lambda s, call: s.orders.get(call),
    lambda s, call: s.orders.wait(call),
    lambda s, call: s.orders.queue_position(call),
    lambda s, call: s.order_groups.trigger(call),
    lambda s, call: s.markets.get(call),
]

QUOTED: list[Ask] = [
    lambda s: s.orders.get('"7c9e"'),
    lambda s: s.orders.cancel("'7c9e'"),
    lambda s: s.orders.cancel_batch(['"7c9e"']),
    lambda s: s.order_groups.trigger('"7c9e"'),
    lambda s: s.fills.list(order_id='"7c9e"').collect(),
    lambda s: s.fills.list(ticker=f'"{TICKER}"').collect(),
    lambda s: s.markets.get(f'"{TICKER}"'),
    lambda s: s.orders.create(CreateOrder(f"'{TICKER}'", "bid", 1, "0.10")),
    lambda s: s.orders.create(CreateOrder(TICKER, "bid", 1, "0.10", order_group_id='"7c9e"')),
]


@pytest.mark.parametrize(("ask", "says"), DICTS)
async def test_another_kind_of_object_is_refused_with_the_request_to_write(
    session: Session, ask: Ask, says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says) as caught:
        await ask(session)
    assert caught.value.sent is False


@pytest.mark.parametrize("ask", FORGOTTEN)
async def test_a_forgotten_await_is_named(
    session: Session, ask: Callable[[Any, Any], Awaitable[object]]
) -> None:
    unsent = session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    with pytest.raises(InvalidRequest, match="was not awaited: write 'await' before it"):
        await ask(session, unsent)
    unsent.close()


@pytest.mark.parametrize("ask", QUOTED)
async def test_an_id_in_quotes_is_refused(session: Session, ask: Ask) -> None:
    with pytest.raises(InvalidRequest, match=r"is in quotes, was .*: write it without them"):
        await ask(session)


TAKES_AN_ID: dict[str, Callable[[Any, Any], Awaitable[object]]] = {
    "find": lambda s, id_: s.orders.find(id_),
    "get": lambda s, id_: s.orders.get(id_),
    "cancel": lambda s, id_: s.orders.cancel(id_),
    "decrease": lambda s, id_: s.orders.decrease(id_, reduce_by=1),
    "wait": lambda s, id_: s.orders.wait(id_),
    "queue_position": lambda s, id_: s.orders.queue_position(id_),
    "cancel_batch": lambda s, id_: s.orders.cancel_batch([id_]),
    "group": lambda s, id_: s.order_groups.get(id_),
    "trigger": lambda s, id_: s.order_groups.trigger(id_),
    "dead_man": lambda s, id_: s.dead_man(order_group_id=id_).__aenter__(),
    "transfer": lambda s, id_: s.transfers.get(id_),
    "fills": lambda s, id_: s.fills.list(order_id=id_).collect(),
}
UNCLEAN: list[object] = [
    *('"7c9e"', "'7c9e'", "`7c9e`", '"7c9e', "7c9e'", "order_id=7c9e", "7c9e ", "\t7c9e", "7c\n9e", "7cé9e"),
    *("", " ", ".", "..", 5, b"7c9e", ["7c9e"], {"order_id": "7c9e"}),
]


@pytest.mark.parametrize("value", UNCLEAN, ids=repr)
@pytest.mark.parametrize("name", TAKES_AN_ID)
async def test_an_id_that_nothing_can_have_is_refused_and_never_not_found(
    session: Session, wire: list[RequestRecord], name: str, value: Any
) -> None:
    # "No such order" makes a program send its order again.
    before = len(wire)
    with pytest.raises(InvalidRequest) as caught:
        await TAKES_AN_ID[name](session, value)
    assert caught.value.sent is False
    assert len(wire) == before


@pytest.mark.parametrize(
    "value", [None, 7, b"k", '"k"', '"k', "`k`", "client_order_id=k", "k ", ""], ids=repr
)
async def test_no_answer_of_find_means_that_the_id_was_not_one(session: Session, value: Any) -> None:
    with pytest.raises(InvalidRequest, match="client_order_id"):
        await session.orders.find(value)


@pytest.mark.parametrize("value", ['"k"', '"k', "k'", "`k`", "key_id=k"])
@pytest.mark.parametrize("name", ["client_order_id", "order_group_id"])
def test_an_order_takes_no_unclean_id(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest, match=rf"{name} (is in quotes|must be the bare id), was"):
        CreateOrder(TICKER, "bid", 1, "0.10", **{name: value})


def test_the_padding_of_base64_is_no_name() -> None:
    for value in ("a2V5=", "a2V5MQ==", "a+b/c=", "it's-mine"):
        assert CreateOrder(TICKER, "bid", 1, "0.10", client_order_id=value).client_order_id == value


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (list, "write 'async for'"),
        (lambda listing: [row for row in listing], "write 'async for'"),  # noqa: C416  # the loop is the case
        (len, "has no length: write"),
        (bool, "to see whether it is empty"),
        (lambda listing: listing[0], "write 'await listing.first\\(\\)'"),
        (lambda listing: listing.__await__(), "write 'await listing.collect\\(\\)'"),
    ],
)
async def test_a_list_that_is_used_as_if_it_was_read_says_how_to_read_it(
    session: Session, use: Callable[[Any], object], says: str
) -> None:
    with pytest.raises(TypeError, match=says):
        use(session.orders.list())


def test_a_name_is_no_environment() -> None:
    with pytest.raises(InvalidRequest, match="environment must be an Environment, was 'demo': write DEMO"):
        Session("demo", Credentials("id", ED25519_PEM))  # type: ignore[arg-type]  # the case


@pytest.mark.parametrize("given", [ED25519_PEM, ("id", ED25519_PEM), None])
def test_what_is_given_for_credentials_is_not_shown(given: Any) -> None:
    with pytest.raises(InvalidRequest, match="credentials must be Credentials or a Signer") as caught:
        Session(DEMO, given)
    assert "PRIVATE KEY" not in "".join(traceback.format_exception(caught.value))


class Half:
    """A transport, a clock and a signer, each with a method too few."""

    handle_request = sleep = monotonic = print


PARTS: list[tuple[dict[str, Any], str]] = [
    ({"base_transport": httpx.AsyncClient()}, "an httpx.AsyncBaseTransport, was a value of the type"),
    ({"base_transport": httpx.AsyncClient()}, "type AsyncClient, which has no method handle_async_request"),
    ({"base_transport": httpx.HTTPTransport()}, "HTTPTransport, which has no method handle_async_request"),
    ({"base_transport": httpx.AsyncHTTPTransport}, "was the class AsyncHTTPTransport: make one of it"),
    ({"base_transport": "http://user:secret@proxy"}, "was a value of the type str"),
    ({"base_transport": 0}, "was a value of the type int"),
    ({"clock": time}, "clock must be a Clock, was a value of the type module, which has no method now_ms"),
    ({"clock": SystemClock}, "clock must be a Clock, was the class SystemClock"),
    ({"clock": Half()}, "which has no method now_ms"),
    ({"retry": 3}, "retry must be of the type RetryPolicy, was 3"),
    ({"retry": 0}, "retry must be of the type RetryPolicy, was 0"),
    ({"retry": RetryPolicy}, "retry must be of the type RetryPolicy, was <class"),
    ({"rate_limits": {}}, "rate_limits must be of the type RateLimits, was {}"),
    ({"timeouts": 5}, "timeouts must be of the type Timeouts, was 5"),
    ({"timeouts": httpx.Timeout(5)}, "timeouts must be of the type Timeouts, was Timeout"),
    ({"hooks": print}, "hooks must be of the type Hooks, was <built-in function print>"),
    ({"hooks": []}, "hooks must be of the type Hooks, was .."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "says"), PARTS)
def test_a_part_of_another_kind_is_refused_when_the_session_is_made(given: dict[str, Any], says: str) -> None:
    # A create over an httpx.AsyncClient ended as "may or may not have been executed".
    with pytest.raises(InvalidRequest, match=says) as caught:
        Session(DEMO, Credentials("id", ED25519_PEM), **given)
    assert next(iter(given)) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_class_is_no_signer() -> None:
    with pytest.raises(InvalidRequest, match="credentials must be Credentials or a Signer"):
        Session(DEMO, KeySigner)  # type: ignore[arg-type]  # the case


@pytest.mark.parametrize("headers", [{"A": "b"}, [(b"A", b"\xff")], [("A", "b")], None, 7], ids=repr)
async def test_headers_of_a_signer_that_cannot_be_sent_are_an_error_of_the_key(headers: Any) -> None:
    class Foreign:
        async def headers(self, method: str, path: str, now_ms: int) -> Any:
            return headers

    with pytest.raises(CredentialsError, match="the signer's headers cannot be sent"):
        await Session(DEMO, Foreign()).signer.websocket_headers()


def test_a_session_on_a_second_loop_is_refused() -> None:
    sandbox = Sandbox(accounts=["me"])
    base = httpx.ASGITransport(sandbox.app)
    session = Session(sandbox.environment, sandbox.credentials("me"), base_transport=base)
    with asyncio.Runner() as first:
        first.run(session.__aenter__())
        with asyncio.Runner() as second, pytest.raises(InvalidRequest, match="opened on another event loop"):
            second.run(_balance(session))
        first.run(session.aclose())


FORKED = """
import asyncio, os, httpx
from kalshi_async import Session
from kalshi_async.sandbox import RequestRecord, Sandbox

async def main():
    sandbox = Sandbox(accounts=["me"])
    base = httpx.ASGITransport(sandbox.app)
    async with Session(sandbox.environment, sandbox.credentials("me"), base_transport=base) as session:
        async def balance():
            await session.portfolio.balance()
        if child := os.fork():
            os.waitpid(child, 0)
            await balance()
            return
        try:
            asyncio.run(balance())
        except Exception as error:
            print(type(error).__name__, error, flush=True)
        os._exit(0)

asyncio.run(main())
"""


@pytest.mark.real_time
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
async def test_a_session_after_a_fork_is_refused() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c", FORKED, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0  # the parent goes on
    assert b"InvalidRequest the session was opened before a fork" in said
    assert b"open a session in the new process" in said


async def _balance(session: Session) -> object:
    return await session.portfolio.balance()
