"""Fixtures for the tests of trading programs: an exchange, a session, faults, virtual time.

pytest finds them by itself once ``kalshi-async[sandbox]`` is installed::

    from kalshi_async import CreateOrder, OutcomeUnknown
    from kalshi_async.sandbox import DEFAULT_MARKETS
    from kalshi_async.sandbox.faults import LoseReply

    TICKER = DEFAULT_MARKETS[0]

    async def test_a_partial_fill(kalshi_exchange, kalshi_session):
        async with kalshi_session.stream() as stream, stream.fills() as fills:
            order = await kalshi_session.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
            kalshi_exchange.market(TICKER).trade("ask", "0.44", 4)
            assert (await anext(fills)).count == 4
        await kalshi_session.settled(after_ms=kalshi_session.clock.now_ms())  # reads lag, as they do live
        seen = await kalshi_session.orders.get(order.order_id)
        assert (seen.fill_count, seen.remaining_count) == (4, 6)

    async def test_a_lost_acknowledgement(kalshi_exchange, kalshi_session, kalshi_faults):
        kalshi_faults.on("create_order", LoseReply())
        order = CreateOrder(TICKER, "bid", 10, "0.44")
        try:
            await kalshi_session.orders.create(order)
        except OutcomeUnknown as error:
            assert (await kalshi_session.orders.resolve(error, timeout_s=60)).order
        assert len(kalshi_exchange.accounts["me"].account.orders) == 1

    async def test_a_group_trigger(kalshi_exchange, kalshi_session):
        group = await kalshi_session.order_groups.create(contracts_limit=5)
        for price in ("0.44", "0.43"):
            quote = CreateOrder(TICKER, "bid", 10, price, order_group_id=group.order_group_id)
            await kalshi_session.orders.create(quote)
        kalshi_exchange.market(TICKER).trade("ask", "0.44", 6)
        await kalshi_session.settled(after_ms=kalshi_session.clock.now_ms())
        statuses = [order.status async for order in kalshi_session.orders.list()]
        assert statuses == ["canceled", "canceled"]

* ``kalshi_exchange``: a ``Sandbox`` in this process with an account "me"; every run has the same identifiers
* ``kalshi_session``: an open ``Session`` of its first account; it and its streams use no sockets
* ``kalshi_clock``: the time of the exchange, as a datetime (now) or in milliseconds (now_ms)
* ``kalshi_faults``, ``kalshi_stream_faults``: the scripts of its faults (``kalshi_async.sandbox.faults``)
* ``kalshi_server``: the same exchange, served on loopback while the test runs, for other clients
* ``kalshi_loop``: the ``asyncio.Runner`` of exchange and session, for coroutines in a plain ``def`` test

Reads lag behind writes by 400 ms, and waiting for them costs no time: await ``settled`` or
``orders.wait``, or use what ``create`` returned. With ``read_lag_ms=0`` reads show every write at once.

``@pytest.mark.kalshi(seed=3, tier="off", read_lag_ms=0, start_ms=…)`` passes its arguments to
``Sandbox``, except ``start_ms``, the Unix time at which the clock starts. With ``traders=`` they trade
whichever of the fixtures a test uses.

Time in a test is the exchange's. The system's time is days away from it: as ``min_ts`` of a list it hides
every fill, and the session warns of that. Take the time from ``session.clock`` in the program, so that it is
right here and live, and from ``kalshi_clock`` in the test.

An ``async def`` test that uses one of these fixtures runs on the exchange's event loop, in virtual
time (``kalshi_async.sandbox.virtual_time``), with any asyncio plugin or none. The async fixtures of
function scope of such a test run there too. A strategy that sleeps for an hour takes no real time.
A test that talks to another process, or blocks the loop, needs an ordinary loop and a process for the
exchange: ``python -m kalshi_async.sandbox``. Without a fixture nothing is changed or imported.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kalshi_async import Session
    from kalshi_async.clock import ExchangeTime
    from kalshi_async.sandbox import Sandbox
    from kalshi_async.sandbox.faults import StreamFault
    from kalshi_async.sandbox.faults.layer import Faults
    from kalshi_async.sandbox.faults.script import Script

# 2026-11-22 12:00:00 UTC, a Sunday: the venue's weekly pause is on Thursdays.
START_MS = 1_795_348_800_000
# A filter may be a little ahead on purpose; the time of the system is days off.
_FAR_OFF_S = 3_600

_FIXTURES = frozenset(
    f"kalshi_{name}" for name in ("exchange", "session", "clock", "faults", "stream_faults", "server", "loop")
)
_RUNNER = pytest.StashKey[asyncio.Runner]()
_IS_ADOPTED = pytest.StashKey[bool]()


@pytest.fixture
def kalshi_loop(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """Run coroutines on the test's event loop, in virtual time."""
    from kalshi_async.sandbox.virtual_time import VirtualTimeLoop

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        request.node.stash[_RUNNER] = runner
        yield runner


@pytest.fixture
def kalshi_exchange(kalshi_loop: asyncio.Runner, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Return a new exchange for each test: in this process, deterministic, in virtual time."""
    from kalshi_async.sandbox import Sandbox
    from kalshi_async.sandbox.virtual_time import VirtualClock

    options: dict[str, Any] = {"accounts": ["me"], "start_ms": START_MS}
    for mark in reversed(list(request.node.iter_markers("kalshi"))):
        if mark.args:
            given = ", ".join(map(repr, mark.args))
            pytest.fail(f"@pytest.mark.kalshi takes named arguments only, was given {given}", pytrace=False)
        options |= mark.kwargs
    clock = VirtualClock(options.pop("start_ms"), kalshi_loop.get_loop())
    exchange = Sandbox(clock=clock, **options)
    kalshi_loop.run(exchange.start_traders())
    yield exchange
    kalshi_loop.run(exchange.stop())


@pytest.fixture
def kalshi_session(kalshi_loop: asyncio.Runner, kalshi_exchange: Sandbox) -> Iterator[Session]:
    """Return an open session of the exchange's first account; it uses no sockets."""
    import random

    import httpx

    from kalshi_async import RetryPolicy, Session
    from kalshi_async.calls.retry import jittered

    account = next(iter(kalshi_exchange.accounts.values()), None)
    if account is None:
        pytest.fail(
            "kalshi_session needs an account: accounts= of @pytest.mark.kalshi is empty", pytrace=False
        )
    session = Session(
        kalshi_exchange.environment,
        account.credentials,
        retry=RetryPolicy(wait=jittered(0.1, 2.0, random.Random(0))),
        base_transport=httpx.ASGITransport(_watched(kalshi_exchange)),
        clock=kalshi_exchange.clock,
    )
    kalshi_loop.run(session.__aenter__())
    yield session
    kalshi_loop.run(session.aclose())


@pytest.fixture
def kalshi_clock(kalshi_exchange: Sandbox) -> ExchangeTime:
    """Return the time of the exchange, as a datetime or in milliseconds."""
    from kalshi_async.clock import ExchangeTime

    return ExchangeTime(kalshi_exchange.clock.now_ms)


@pytest.fixture
def kalshi_faults(kalshi_exchange: Sandbox) -> Faults:
    """Return the script of the faults between session and exchange."""
    return kalshi_exchange.faults


@pytest.fixture
def kalshi_stream_faults(kalshi_exchange: Sandbox) -> Script[StreamFault]:
    """Return the script of the faults of the exchange's streams."""
    return kalshi_exchange.streams.faults


@pytest.fixture
def kalshi_server(
    kalshi_loop: asyncio.Runner, kalshi_exchange: Sandbox, request: pytest.FixtureRequest
) -> Iterator[Sandbox]:
    """Serve the exchange on loopback at its ``rest_url``, and return it."""
    if not request.node.stash.get(_IS_ADOPTED, False):
        pytest.fail(
            "kalshi_server answers only while an 'async def' test runs; for blocking clients and other "
            "processes, start 'python -m kalshi_async.sandbox'",
            pytrace=False,
        )
    kalshi_loop.run(kalshi_exchange.start())
    yield kalshi_exchange
    kalshi_loop.run(kalshi_exchange.stop())


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", "kalshi(**options): arguments of the Sandbox behind kalshi_exchange, and start_ms"
    )


# The innermost wrapper: pytest-asyncio wraps it and turns coroutine functions into items of its
# own. It must find plain functions.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """Make the async tests that use a fixture of this plugin plain functions."""
    made = yield
    for item in made if isinstance(made, list) else [made]:
        _adopt(item)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Make an async test a plain function again if a plugin runs it again."""
    _adopt(item)


# The outermost wrapper: it replaces an async fixture before pytest-asyncio sees it.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Run the async fixtures of such tests on the exchange's loop."""
    function = fixturedef.func
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if not is_async or fixturedef.scope != "function" or _FIXTURES.isdisjoint(request.fixturenames):
        return (yield)
    runner = request.getfixturevalue("kalshi_loop")
    fixturedef.func = _on(runner, _bound(function, request.instance))  # type: ignore[misc]  # undone below
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc]  # the original


def _watched(exchange: Sandbox) -> ASGIApp:
    started_s = exchange.clock.now_ms() // 1_000

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        now_s = exchange.clock.now_ms() // 1_000
        for name, value in parse_qsl(scope["query_string"].decode("latin-1")):
            off_s = _off_s(name, value, started_s, now_s)
            if off_s > _FAR_OFF_S:
                where = "ahead of" if name == "min_ts" else "before the start of"
                warnings.warn(
                    f"{name}={value} is {off_s / 3_600:.1f} hours {where} the exchange's time ({now_s} s): "
                    "it hides every row. Take the time from kalshi_clock.now() or session.clock.now()",
                    pytest.PytestWarning,
                    stacklevel=2,
                )
        await exchange.app(scope, receive, send)

    return app


def _off_s(name: str, value: str, started_s: int, now_s: int) -> int:
    """Return by how many seconds a filter hides everything; 0 or less if it does not."""
    if name not in ("min_ts", "max_ts") or not (value.isascii() and value.isdigit() and len(value) < 20):
        return 0
    return int(value) - now_s if name == "min_ts" else started_s - int(value)


def _adopt(item: object) -> None:
    if not isinstance(item, pytest.Function) or _FIXTURES.isdisjoint(item.fixturenames):
        return
    test = item.obj
    if not inspect.iscoroutinefunction(test):
        return

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        item.stash[_RUNNER].run(test(*args, **kwargs))

    item.obj = run
    item.stash[_IS_ADOPTED] = True
    # pytest-asyncio warns of a marked test that is not a coroutine function.
    item.add_marker(pytest.mark.filterwarnings("ignore:.*is marked with '@pytest.mark.asyncio'"))


def _bound(function: Callable[..., object], instance: object) -> Callable[..., object]:
    # pytest gives each test an instance of its own; a fixture that is a method must use that one.
    if inspect.ismethod(function) and isinstance(instance, type(function.__self__)):
        bound: Callable[..., object] = function.__func__.__get__(instance)
        return bound
    return function


def _on(runner: asyncio.Runner, function: Callable[..., object]) -> Callable[..., object]:
    async def finish(awaitable: Awaitable[object]) -> object:
        return await awaitable

    def run(**kwargs: object) -> object:
        return runner.run(finish(function(**kwargs)))  # type: ignore[arg-type]  # a coroutine function

    def run_and_clean_up(**kwargs: object) -> Iterator[object]:
        values: AsyncIterator[object] = function(**kwargs)  # type: ignore[assignment]  # an async generator
        yield runner.run(finish(anext(values)))
        try:
            runner.run(finish(anext(values)))
        except StopAsyncIteration:
            return
        raise RuntimeError(f"the fixture {function!r} yielded more than once")

    return run_and_clean_up if inspect.isasyncgenfunction(function) else run
