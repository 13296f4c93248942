"""A cancel does not wait for connections that quotes hold: the last few are kept for it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kalshi_async.contract.operation import Priority
from kalshi_async.http1 import Http1Transport
from kalshi_async.transport.progress import PRIORITY
from tests.transport.http1.asking import ask, progress_of, refusal, request
from tests.transport.http1.server import breathe, serving, silent
from tests.transport.http1.test_pool import slow


def asking(url: str, priority: Priority) -> httpx.Request:
    asked = request(url + f"/{priority.name}", pool=60.0, read=60.0)
    asked.extensions[PRIORITY] = priority
    return asked


async def test_quotes_leave_the_reserved_connections_to_cancels() -> None:
    async with (
        serving(silent) as server,
        Http1Transport(max_connections=5, reserved_connections=2) as transport,
    ):
        quotes = [asking(server.url, Priority.RISK_ADDING) for _ in range(9)]
        tasks = [asyncio.create_task(ask(transport, quote)) for quote in quotes]
        await asyncio.sleep(0.1)
        assert [progress_of(quote).sent for quote in quotes] == [True] * 3 + [False] * 6
        cancels = [asking(server.url, Priority.RISK_REDUCING) for _ in range(3)]
        tasks += [asyncio.create_task(ask(transport, cancel)) for cancel in cancels]
        await asyncio.sleep(0.1)
        assert [progress_of(cancel).sent for cancel in cancels] == [True, True, False]
        assert len(server.connections) == transport.in_use == 5
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert transport.in_use == 0


async def test_a_place_that_a_cancel_leaves_is_no_place_for_a_quote_until_the_reserve_is_whole() -> None:
    async with (
        serving(slow) as server,
        Http1Transport(max_connections=3, reserved_connections=2) as transport,
    ):
        served: list[str] = []

        async def serve(name: str, priority: Priority) -> None:
            await ask(transport, asking(server.url, priority))
            served.append(name)

        tasks = []
        for name, priority in (
            ("cancel 1", Priority.RISK_REDUCING),
            ("cancel 2", Priority.RISK_REDUCING),
            ("quote", Priority.RISK_ADDING),
        ):
            tasks.append(asyncio.create_task(serve(name, priority)))
            await asyncio.sleep(0.4)
        tasks.append(asyncio.create_task(serve("cancel 3", Priority.RISK_REDUCING)))
        await asyncio.gather(*tasks)
        assert served == ["cancel 1", "cancel 2", "cancel 3", "quote"]


async def test_a_wait_without_a_limit_lasts_until_a_connection_is_free() -> None:
    async with (
        serving(slow) as server,
        Http1Transport(max_connections=1, reserved_connections=0) as transport,
    ):
        first = asyncio.create_task(ask(transport, request(server.url)))
        await breathe()
        asked = request(server.url)
        asked.extensions["timeout"] = {"pool": None}
        assert (await ask(transport, asked)).status == 200
        await first


async def test_whoever_gives_up_in_the_step_of_its_turn_hands_the_place_on() -> None:
    """The place is granted, and the limit is over, before the one who waits has heard of either."""
    async with (
        serving(silent) as server,
        Http1Transport(max_connections=1, reserved_connections=0) as transport,
    ):
        first = asyncio.create_task(ask(transport, request(server.url, read=60.0)))
        await asyncio.sleep(0.1)
        # One step on, the first begins to end and the other to wait; in the next, both are over.
        asyncio.get_running_loop().call_soon(first.cancel)
        waiting = asyncio.create_task(refusal(transport, request(server.url, pool=0.0)))
        assert isinstance(await waiting, httpx.PoolTimeout)
        assert first.cancelled()
        assert transport.in_use == 0


@pytest.mark.parametrize(("most", "reserved"), [(0, 0), (5, 5), (5, -1)])
def test_a_reserve_that_leaves_no_connection_to_quotes_is_refused(most: int, reserved: int) -> None:
    with pytest.raises(ValueError, match=f"were {most} and {reserved}"):
        Http1Transport(max_connections=most, reserved_connections=reserved)
