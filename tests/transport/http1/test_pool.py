"""Connections are few, reused, bounded and fairly shared; and a place is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from kalshi_async.contract.operation import Priority
from kalshi_async.transport.progress import PRIORITY
from tests.transport.http1.asking import Reply, ask, is_right, progress_of, refusal, request
from tests.transport.http1.kinds import Kind
from tests.transport.http1.server import (
    Connection,
    answering,
    answering_once,
    breathe,
    echoing,
    plain,
    serving,
)


async def slow(connection: Connection) -> None:
    """Take a second for every answer."""
    while True:
        received = await connection.request()
        await asyncio.sleep(1)
        await connection.say(plain(received.first_line.split(b" ")[1]))


async def ask_all(transport: httpx.AsyncBaseTransport, url: str, count: int) -> list[Reply]:
    return await asyncio.gather(
        *(ask(transport, request(f"{url}/{number}", pool=60.0)) for number in range(count))
    )


def prioritised(url: str, priority: Priority) -> httpx.Request:
    asked = request(url, pool=60.0)
    asked.extensions[PRIORITY] = priority
    return asked


async def test_there_are_never_more_connections_than_allowed(kind: Kind) -> None:
    async with serving(slow) as server, kind.open(max_connections=3) as transport:
        replies = await ask_all(transport, server.url, 10)
        assert [reply.body for reply in replies] == [b"/%d" % number for number in range(10)]
        assert len(server.connections) == 3


async def test_a_connection_is_opened_only_when_none_rests(kind: Kind) -> None:
    async with serving(slow) as server, kind.open(max_connections=100) as transport:
        await ask_all(transport, server.url, 4)
        await ask_all(transport, server.url, 4)
        await ask_all(transport, server.url, 6)
        assert len(server.connections) == 6


async def test_the_connection_that_rested_last_is_used_first(kind: Kind) -> None:
    """The others may then expire, and this one is warm."""
    async with serving(echoing) as server, kind.open() as transport:
        await ask_all(transport, server.url, 3)
        counts = [len(connection.requests) for connection in server.connections]
        assert counts == [1, 1, 1]
        for _ in range(5):
            assert await is_right(transport, server.url)
        assert sorted(len(connection.requests) for connection in server.connections) == [1, 1, 6]
        assert len(server.connections[0].requests) == 1, "the first to rest is the last to be used"


async def test_an_idle_connection_expires(kind: Kind) -> None:
    async with serving(echoing) as server, kind.open(keepalive_expiry_s=20.0) as transport:
        await ask_all(transport, server.url, 3)
        await asyncio.sleep(19)
        assert await is_right(transport, server.url)
        assert len(server.connections) == 3
        await asyncio.sleep(2)
        assert len(server.open) == 1, "nobody asked, and yet it was closed"
        assert await is_right(transport, server.url)
        await asyncio.sleep(21)
        assert server.open == []
        assert await is_right(transport, server.url)
        assert len(server.connections) == 4


async def arrivals(kind: Kind, priorities: Sequence[Priority]) -> list[int]:
    """Let requests wait for the only connection; return their numbers in the order of service."""
    async with serving(slow) as server, kind.open(max_connections=1) as transport:
        first = asyncio.create_task(ask(transport, request(server.url + "/first", pool=60.0)))
        await asyncio.sleep(0.5)
        waiting = []
        for number, priority in enumerate(priorities):
            asked = prioritised(f"{server.url}/{number}", priority)
            waiting.append(asyncio.create_task(ask(transport, asked)))
            await breathe()
        await asyncio.gather(first, *waiting)
        assert len(server.connections) == 1
        return [int(received.first_line.split(b" ")[1][1:]) for received in server.requests[1:]]


async def test_equals_are_served_in_the_order_of_their_arrival(kind: Kind) -> None:
    assert await arrivals(kind, [Priority.RISK_ADDING] * 6) == [0, 1, 2, 3, 4, 5]


async def test_the_more_urgent_is_served_first(kind: Kind) -> None:
    """A cancel does not wait behind quotes."""
    order = await arrivals(
        kind,
        [
            Priority.BACKGROUND,
            Priority.RISK_ADDING,
            Priority.RISK_REDUCING,
            Priority.RISK_ADDING,
            Priority.RISK_REDUCING,
            Priority.BACKGROUND,
        ],
    )
    assert order == [2, 4, 1, 3, 0, 5]


async def test_a_newcomer_does_not_overtake_those_who_wait(kind: Kind) -> None:
    """It asks in the very step in which a connection becomes free."""
    async with serving(slow) as server, kind.open(max_connections=1) as transport:

        async def first_and_again() -> None:
            await ask(transport, request(server.url + "/first"))
            await ask(transport, request(server.url + "/again"))

        greedy = asyncio.create_task(first_and_again())
        await asyncio.sleep(0.5)
        patient = asyncio.create_task(ask(transport, request(server.url + "/patient")))
        await asyncio.gather(greedy, patient)
        targets = [received.first_line.split(b" ")[1] for received in server.requests]
        assert targets == [b"/first", b"/patient", b"/again"]


@pytest.mark.parametrize("steps", range(12))
async def test_a_waiter_that_is_canceled_leaves_no_place_lost(kind: Kind, steps: int) -> None:
    """However near it was to its turn: ``steps`` of the loop after the connection became free."""
    async with serving(slow) as server, kind.open(max_connections=1) as transport:
        first = asyncio.create_task(ask(transport, request(server.url)))
        await asyncio.sleep(0.5)
        asked = request(server.url + "/canceled")
        waiting = asyncio.create_task(ask(transport, asked))
        following = asyncio.create_task(ask(transport, request(server.url + "/following", pool=60.0)))
        await first
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await following).body == b"/following"
        assert (await ask(transport, request(server.url + "/last"))).body == b"/last"
        assert len(server.open) == 1


async def test_a_waiter_that_is_canceled_as_its_turn_comes_leaves_no_place_lost(kind: Kind) -> None:
    """In the very step of the loop in which the place is handed to it."""
    async with serving(slow) as server, kind.open(max_connections=1) as transport:

        async def first_and_then_cancel() -> None:
            await ask(transport, request(server.url))
            waiting.cancel()

        first = asyncio.create_task(first_and_then_cancel())
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(ask(transport, request(server.url + "/canceled")))
        await asyncio.gather(first, waiting, return_exceptions=True)
        assert waiting.cancelled()
        assert (await ask(transport, request(server.url + "/last"))).body == b"/last"


async def test_a_waiter_that_gave_up_leaves_no_place_lost(kind: Kind) -> None:
    async with serving(slow) as server, kind.open(max_connections=1) as transport:
        first = asyncio.create_task(ask(transport, request(server.url)))
        await asyncio.sleep(0.1)
        asked = request(server.url, pool=0.5)
        assert isinstance(await refusal(transport, asked), httpx.PoolTimeout)
        assert not progress_of(asked).sent
        await first
        for _ in range(2):
            assert (await ask(transport, request(server.url + "/last", pool=0.5))).body == b"/last"


async def test_a_waiter_that_is_canceled_as_it_gives_up_returns_no_place_that_it_never_had(
    kind: Kind,
) -> None:
    """Otherwise there would be more connections than allowed."""
    async with serving(slow) as server, kind.open(max_connections=1) as transport:
        first = asyncio.create_task(ask(transport, request(server.url)))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(ask(transport, request(server.url, pool=0.5)))
        await breathe()
        # Behind the timer of the pool, and in the same step of the loop.
        asyncio.get_running_loop().call_later(0.5, waiting.cancel)
        with pytest.raises((asyncio.CancelledError, httpx.PoolTimeout)):
            await waiting
        await asyncio.gather(first, ask(transport, request(server.url, pool=60.0)))
        assert len(server.connections) == 1


async def test_a_failure_to_connect_leaves_no_place_lost(kind: Kind) -> None:
    async with serving(echoing) as server:
        url = server.url
    async with kind.open(max_connections=1) as transport:
        for _ in range(3):
            assert isinstance(await refusal(transport, request(url, pool=0.5)), httpx.ConnectError)
        async with serving(echoing) as server:
            assert await is_right(transport, server.url)


async def test_a_failed_request_hands_its_place_on(kind: Kind) -> None:
    async with (
        serving(answering_once(b"nonsense\r\n\r\n"), echoing) as server,
        kind.open(max_connections=1) as transport,
    ):
        failing, waiting = await asyncio.gather(
            refusal(transport, request(server.url)), is_right(transport, server.url)
        )
        assert isinstance(failing, httpx.RemoteProtocolError)
        assert waiting


async def test_those_who_wait_are_served_though_the_idle_connection_has_ended(kind: Kind) -> None:
    async with serving(answering_once(plain(b"once"))) as server, kind.open(max_connections=1) as transport:
        replies = [await ask(transport, request(server.url, pool=0.5)) for _ in range(1)]
        for _ in range(4):
            await asyncio.sleep(0.1)
            replies.append(await ask(transport, request(server.url, pool=0.5)))
        assert [reply.body for reply in replies] == [b"once"] * 5


async def test_nobody_connects_through_a_pool_that_is_closed(kind: Kind) -> None:
    """Those who waited or were connecting would leave a connection that nobody owns."""
    async with serving(slow) as server, kind.open(max_connections=1) as transport:
        tasks = [asyncio.create_task(ask(transport, request(server.url, pool=60.0))) for _ in range(3)]
        await asyncio.sleep(0.5)
        await transport.aclose()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(5)
        assert server.open == []


async def test_who_is_connecting_while_the_transport_closes_leaves_no_connection(kind: Kind) -> None:
    async with serving(slow) as server, kind.open() as transport:
        task = asyncio.create_task(ask(transport, request(server.url)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await transport.aclose()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(5)
        assert server.open == []


async def test_one_transport_serves_two_servers(kind: Kind) -> None:
    async with (
        serving(echoing) as one,
        serving(answering(plain(b"two"))) as two,
        kind.open(max_connections=1) as transport,
    ):
        for _ in range(3):
            assert await is_right(transport, one.url)
            assert (await ask(transport, request(two.url))).body == b"two"
