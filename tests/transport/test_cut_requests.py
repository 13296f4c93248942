"""A 408 that comes before the request has left whole: certainly not executed, so it is sent again.

Only our own transport knows what has not left. Any other 408 leaves the outcome open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from kalshi_async import (
    ApiError,
    Http1Transport,
    IncompleteRequest,
    OutcomeUnknown,
    RateLimits,
    Session,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.transport.http1._connection import Connection
from kalshi_async.transport.http1.message import Message
from kalshi_async.transport.progress import PROGRESS
from tests.stages.raw_server import Anybody, Handler, http, read_request, serving
from tests.stages.scene import Scene, new_order
from tests.stages.scripted import Line
from tests.transport.http1.asking import ask, progress_of, request
from tests.transport.http1.server import BEYOND_EVERY_BUFFER

LASTS_S = 3.0
UNREAD = bytes(BEYOND_EVERY_BUFFER)
TIMEOUT = http(408, b'{"error":"request timeout"}')


class Deaf:
    """Reads the head of a request, answers, and later tells how much of the body came after all."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.received: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        await asyncio.sleep(60)
        received = 0
        try:
            while part := await reader.read(1 << 20):
                received += len(part)
        except ConnectionError:
            pass
        self.received.set_result(received)


class Full(asyncio.Transport):
    """A socket that takes no more bytes."""

    is_aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.kept = bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0 if self.is_aborted else len(self.kept)

    def abort(self) -> None:
        self.is_aborted = True


async def test_what_has_not_left_is_dropped_in_the_step_in_which_the_408_arrives() -> None:
    """A step later the loop might write it, and the server might take it after all."""
    connection, socket = Connection(asyncio.get_running_loop(), lambda _: None), Full()
    connection.connection_made(socket)
    answer = asyncio.create_task(connection.exchange(Message(b"POST / HTTP/1.1\r\n\r\n"), 5.0, 5.0))
    await asyncio.sleep(0)
    connection.data_received(TIMEOUT)
    assert socket.is_aborted
    assert connection.is_cut_short
    assert (await answer).status == 408


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        sent = await read_request(reader)
        writer.write(http(200, b"%d" % len(sent.partition(b"\r\n\r\n")[2])))


@pytest.mark.parametrize(
    ("answer", "body", "is_whole"),
    [(TIMEOUT, UNREAD, False), (TIMEOUT, b"short", True), (http(413, b"large"), UNREAD, True)],
    ids=["408 in the middle", "408 after the whole", "another refusal in the middle"],
)
async def test_a_request_is_cut_if_a_408_comes_before_its_end(
    answer: bytes, body: bytes, is_whole: bool
) -> None:
    deaf = Deaf(answer)
    async with serving(deaf.serve, echo) as environment, Http1Transport() as transport:
        asked = request(environment.rest_url, "POST", body)
        await ask(transport, asked)
        assert progress_of(asked).is_whole is is_whole
        assert progress_of(asked).sent
        if not is_whole:  # and its end never leaves
            assert await deaf.received < len(body)


async def test_a_request_that_was_cut_is_sent_again_though_it_must_not_be_executed_twice(
    clock: VirtualClock,
) -> None:
    deaf = Deaf(TIMEOUT)
    handlers: list[Handler] = [deaf.serve, echo]
    limits = RateLimits(clock.monotonic)
    async with (
        serving(*handlers) as environment,
        Http1Transport() as base,
        Session(environment, Anybody(), base_transport=base, rate_limits=limits, clock=clock) as session,
        httpx.AsyncClient(transport=session.transport, base_url=environment.rest_url) as client,
    ):
        reply = await client.post("/something/new", content=UNREAD)
        assert (reply.status_code, reply.content) == (200, b"%d" % len(UNREAD))


def cut() -> Line:
    """What our transport reports of such a request."""

    async def answer(request: httpx.Request) -> httpx.Response:
        request.extensions[PROGRESS].report()
        request.extensions[PROGRESS].leave()
        request.extensions[PROGRESS].is_whole = False
        return httpx.Response(408)

    return answer


async def create(scene: Scene) -> None:
    await scene.session.orders.create(new_order())
    assert len(scene.account.orders) == 1


async def create_group(scene: Scene) -> None:
    await scene.session.order_groups.create(contracts_limit=5)
    assert len(scene.account.groups) == 1


async def create_batch(scene: Scene) -> None:
    (await scene.session.orders.create_batch([new_order(), new_order()])).raise_for_errors()
    assert len(scene.account.orders) == 2


every_write = pytest.mark.parametrize(
    "write", [create, create_group, create_batch], ids=lambda write: write.__name__
)


@every_write
async def test_what_was_cut_is_done_once_the_trouble_is_over(
    scene: Scene, write: Callable[[Scene], Awaitable[None]]
) -> None:
    ends_s = scene.clock.monotonic() + LASTS_S
    scene.play(ever=lambda: cut() if scene.clock.monotonic() < ends_s else None)
    await write(scene)
    assert ends_s <= scene.clock.monotonic() < ends_s + 1
    assert scene.reads == []


async def test_what_is_cut_for_ever_is_certainly_not_executed(scene: Scene) -> None:
    scene.play(ever=cut)
    with pytest.raises(IncompleteRequest) as caught:
        await scene.session.orders.create(new_order())
    assert scene.clock.monotonic() == 5
    assert caught.value.sent is True
    assert "nothing was executed" in str(caught.value)


async def test_any_other_408_leaves_the_outcome_open(scene: Scene) -> None:
    """A transport that reports nothing cannot say that the request was cut."""
    scene.play(scene.landed(httpx.Response(408)))
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.order_groups.create(contracts_limit=5)
    cause = caught.value.__cause__
    assert isinstance(cause, ApiError)
    assert not isinstance(cause, IncompleteRequest)
    assert "may have been executed" in str(cause)
    assert len(scene.account.groups) == len(scene.writes) == 1


async def test_a_408_is_tried_again_for_other_clients_too(scene: Scene) -> None:
    async with httpx.AsyncClient(
        transport=scene.session.transport, base_url=scene.sandbox.rest_url
    ) as client:
        scene.play(httpx.Response(408))
        assert (await client.get("/portfolio/balance")).status_code == 200
        scene.play(ever=lambda: httpx.Response(408))
        assert (await client.get("/portfolio/balance")).status_code == 408
    assert len(scene.reads) > 5
