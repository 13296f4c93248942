"""The event loop that all other tests stand on."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import anyio
import anyio.to_thread
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kalshi_async.clock import Clock
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop, VirtualTimeStuck
from tests.conftest import START_MS, NetworkRefused

MINUTE_S = 60.0
HOUR_S = 60 * MINUTE_S


def virtual_loop() -> VirtualTimeLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop


@pytest.fixture
async def silent_server() -> AsyncIterator[int]:
    """The port of a server that accepts and never answers."""

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never_answer, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def uvicorn_url() -> AsyncIterator[str]:
    """A real uvicorn in the test's own loop; ``/slow`` answers after a minute."""

    async def quick(request: Request) -> PlainTextResponse:
        return PlainTextResponse((await request.body()).decode() or "nothing")

    async def slow(_: Request) -> PlainTextResponse:
        await asyncio.sleep(MINUTE_S)
        return PlainTextResponse("at last")

    app = Starlette(routes=[Route("/quick", quick, methods=["POST"]), Route("/slow", slow)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None))
        serving = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_an_hour_passes_at_once() -> None:
    started_s, really_started_s = virtual_loop().time(), time.monotonic()
    await asyncio.sleep(HOUR_S)
    assert virtual_loop().time() - started_s == pytest.approx(HOUR_S)
    assert time.monotonic() - really_started_s < 1


async def test_ten_years_pass_at_once() -> None:
    # Where floats are coarser than a nanosecond, a timer could be due and never fire.
    loop = virtual_loop()
    for _ in range(2):
        await asyncio.sleep(5 * 365 * 24 * HOUR_S)
        fired = loop.create_future()
        loop.call_at(loop.time(), fired.set_result, None)
        await fired


async def test_timers_fire_in_the_order_of_their_times() -> None:
    fired: list[tuple[str, float]] = []

    async def fire(name: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        fired.append((name, virtual_loop().time()))

    started_s = virtual_loop().time()
    async with asyncio.TaskGroup() as tasks:
        for name, after_s in [("late", HOUR_S), ("first", 0.001), ("second", 0.002), ("later", HOUR_S + 1)]:
            tasks.create_task(fire(name, after_s))
    assert [name for name, _ in fired] == ["first", "second", "late", "later"]
    assert [at_s - started_s for _, at_s in fired] == pytest.approx([0.001, 0.002, HOUR_S, HOUR_S + 1])


async def test_the_deadlines_of_anyio_follow_virtual_time() -> None:
    with anyio.move_on_after(HOUR_S) as scope:
        await asyncio.Event().wait()
    assert scope.cancelled_caught


async def test_httpx_meets_its_read_timeout_without_waiting(silent_server: int) -> None:
    started_s, really_started_s = virtual_loop().time(), time.monotonic()
    async with httpx.AsyncClient(timeout=5.0) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"http://127.0.0.1:{silent_server}/")
    assert virtual_loop().time() - started_s == pytest.approx(5.0)
    assert time.monotonic() - really_started_s < 2


async def test_uvicorn_and_httpx_share_the_loop(uvicorn_url: str) -> None:
    # Large bodies take several turns of the loop; none of them may cost virtual time.
    body = "x" * 3_000_000
    async with httpx.AsyncClient(timeout=0.05) as client:
        replies = await asyncio.gather(*(client.post(f"{uvicorn_url}/quick", content=body) for _ in range(5)))
    assert [reply.text == body for reply in replies] == [True] * 5


async def test_a_slow_reply_arrives_in_virtual_time(uvicorn_url: str) -> None:
    started_s = virtual_loop().time()
    async with httpx.AsyncClient(timeout=HOUR_S) as client:
        assert (await client.get(f"{uvicorn_url}/slow")).text == "at last"
    assert virtual_loop().time() - started_s == pytest.approx(MINUTE_S)


async def test_time_stands_still_while_an_executor_works() -> None:
    started_s = virtual_loop().time()
    async with asyncio.timeout(0.01):
        assert await asyncio.to_thread(threading.Event().wait, 0.05) is False
    assert virtual_loop().time() == started_s


async def test_time_stands_still_while_a_thread_of_anyio_works() -> None:
    started_s = virtual_loop().time()
    with anyio.fail_after(0.01):
        await anyio.to_thread.run_sync(threading.Event().wait, 0.05)
    assert virtual_loop().time() == started_s


async def test_time_stands_still_while_announced_work_goes_on() -> None:
    loop = virtual_loop()
    done = loop.create_future()
    thread = threading.Timer(0.05, lambda: loop.call_soon_threadsafe(done.set_result, None))
    thread.start()
    with loop.real_work():
        async with asyncio.timeout(0.01):
            await done
    thread.join()


async def test_time_moves_again_after_executor_work() -> None:
    await asyncio.to_thread(int)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(HOUR_S):
            await asyncio.Event().wait()


def test_threads_of_anyio_are_seen_outside_of_its_runner_too() -> None:
    async def work_in_a_thread() -> float:
        await anyio.to_thread.run_sync(threading.Event().wait, 0.05)
        return virtual_loop().time()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(asyncio.wait_for(work_in_a_thread(), 0.01)) == 0.0


def test_a_deadlock_is_an_error_and_not_a_hang() -> None:
    loop = VirtualTimeLoop(patience_s=0.01)
    with (
        asyncio.Runner(loop_factory=lambda: loop) as runner,
        pytest.raises(VirtualTimeStuck, match="never comes"),
    ):
        runner.run(asyncio.Event().wait())


def test_a_thread_that_waits_for_a_timer_is_an_error_and_not_a_hang() -> None:
    # The timer cannot fire, because time stands still for the thread.
    released = threading.Event()

    async def wait_for_a_thread() -> None:
        asyncio.get_running_loop().call_later(1.0, released.set)
        await asyncio.to_thread(released.wait)

    # Without asyncio.Runner, which would wait for the thread's end on this impatient loop.
    with closing(VirtualTimeLoop(patience_s=0.01)) as loop:
        with ThreadPoolExecutor(1) as threads:
            loop.set_default_executor(threads)
            task = loop.create_task(wait_for_a_thread())
            try:
                with pytest.raises(VirtualTimeStuck, match="a thread"):
                    loop.run_until_complete(task)
            finally:
                released.set()
        loop.run_until_complete(task)


def test_a_timer_that_leads_nowhere_is_an_error_and_not_a_hang() -> None:
    async def tick_for_ever() -> None:
        loop.call_soon(tick)
        await asyncio.Event().wait()

    def tick() -> None:
        loop.call_later(0.1, tick)

    loop = VirtualTimeLoop(max_jumps=100)
    with (
        asyncio.Runner(loop_factory=lambda: loop) as runner,
        pytest.raises(VirtualTimeStuck, match="100 timers"),
    ):
        runner.run(tick_for_ever())


async def test_the_clock_moves_with_the_loop(clock: VirtualClock) -> None:
    replaceable: Clock = clock
    assert replaceable.now_ms() == START_MS
    before_s = replaceable.monotonic()
    await replaceable.sleep(HOUR_S)
    await replaceable.sleep(-1.0)
    assert replaceable.now_ms() == START_MS + 3_600_000
    assert replaceable.monotonic() == pytest.approx(before_s + HOUR_S)


async def test_the_clock_counts_whole_milliseconds(clock: VirtualClock) -> None:
    # 0.1 + 0.2 is a little more than 0.3, and ten times 0.1 a little less than 1.
    for _ in range(10):
        await clock.sleep(0.1)
    assert clock.now_ms() == START_MS + 1_000


async def test_a_test_cannot_leave_the_machine() -> None:
    with pytest.raises(NetworkRefused):
        await asyncio.open_connection("192.0.2.1", 80)
    with pytest.raises(NetworkRefused):
        await asyncio.open_connection("example.com", 80)


@pytest.mark.real_time
async def test_the_ordinary_loop_is_there_for_other_processes() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    process = await asyncio.create_subprocess_exec("true")
    assert await process.wait() == 0
