"""The pytest plugin, as projects meet it that are not this one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.plugin.foreign_project import PLUGIN, SOMEBODY_ELSES_TESTS, documented_tests, run

TESTS_OF_ALL_KINDS = """
import asyncio
import pytest
from kalshi_async import CreateOrder, Session
from kalshi_async.sandbox import DEFAULT_MARKETS, Belief, assert_agreement

TICKER = DEFAULT_MARKETS[0]

@pytest.fixture
async def order(kalshi_session):
    order = await kalshi_session.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
    yield order
    await kalshi_session.orders.cancel(order)

@pytest.fixture
async def loop_of_fixture():
    return asyncio.get_running_loop()

async def test_an_async_fixture_shares_the_loop(order, loop_of_fixture, kalshi_session):
    assert asyncio.get_running_loop() is loop_of_fixture
    await kalshi_session.settled(after_ms=order.ts_ms)
    assert (await kalshi_session.orders.get(order.order_id)).status == "resting"

async def test_an_hour_takes_no_time(kalshi_exchange):
    assert kalshi_exchange.exchange.venue.rules.read_lag_ms == 400  # as everywhere
    before_ms = kalshi_exchange.clock.now_ms()
    await asyncio.sleep(3600)
    assert kalshi_exchange.clock.now_ms() - before_ms == 3_600_000

@pytest.mark.parametrize("price", ["0.10", "0.20"])
async def test_parameters(kalshi_session, price):
    await kalshi_session.orders.create(CreateOrder(TICKER, "bid", 1, price))

class TestInAClass:
    @pytest.fixture
    async def me(self, kalshi_session):
        self.session = kalshi_session
        return self

    async def test_a_method(self, me):
        assert me is self
        assert await self.session.portfolio.balance()

async def test_the_server_serves_the_same_exchange(kalshi_server, kalshi_exchange, kalshi_session):
    assert kalshi_server is kalshi_exchange
    credentials = kalshi_server.accounts["me"].credentials
    async with Session(kalshi_server.environment, credentials, clock=kalshi_server.clock) as other:
        order = await other.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
    await kalshi_session.settled(after_ms=order.ts_ms)
    assert await kalshi_session.orders.get(order.order_id)

@pytest.mark.kalshi(accounts=["ann", "bea"], tier="off", start_ms=1_800_000_000_000)
async def test_options(kalshi_exchange, kalshi_session):
    assert list(kalshi_exchange.accounts) == ["ann", "bea"]
    assert kalshi_exchange.clock.now_ms() == 1_800_000_000_000

def test_a_plain_test_may_run_things(kalshi_loop, kalshi_session):
    assert kalshi_loop.run(kalshi_session.portfolio.balance()).balance == 10_000
"""

MARKED_TEST = """
import asyncio
import pytest
pytestmark = pytest.mark.asyncio

async def test_marked_and_ours(kalshi_exchange):
    await asyncio.sleep(3600)

async def test_marked_and_not_ours():
    await asyncio.sleep(0)
"""

TESTS_OF_TRADERS_AND_TIME = """
import asyncio
import time
from datetime import timedelta
import pytest
from kalshi_async import CreateOrder
from kalshi_async.sandbox import DEFAULT_MARKETS

TICKER = DEFAULT_MARKETS[0]
pytestmark = pytest.mark.kalshi(traders=3)

async def test_traders_quote_for_a_session(kalshi_session):
    book = await kalshi_session.markets.orderbook(TICKER)
    assert book.best_bid is not None and book.best_ask is not None
    await asyncio.sleep(60)
    assert await kalshi_session.markets.orderbook(TICKER) != book

async def test_traders_quote_on_a_served_exchange(kalshi_server, kalshi_session):
    book = await kalshi_session.markets.orderbook(TICKER)
    await asyncio.sleep(60)
    assert await kalshi_session.markets.orderbook(TICKER) != book

async def test_traders_trade_beside_faults(kalshi_faults, kalshi_session):
    assert (await kalshi_session.markets.orderbook(TICKER)).best_ask is not None

async def test_faults_of_streams_are_those_of_the_exchange(kalshi_stream_faults, kalshi_exchange):
    assert kalshi_stream_faults is kalshi_exchange.streams.faults

def test_a_plain_test_finds_quotes(kalshi_loop, kalshi_session):
    assert kalshi_loop.run(kalshi_session.markets.orderbook(TICKER)).best_ask is not None

async def test_time_is_the_exchanges(kalshi_session, kalshi_clock):
    begun = kalshi_session.clock.now()
    assert begun == kalshi_clock.now() and kalshi_clock.now_ms() == kalshi_session.clock.now_ms()
    assert begun.tzinfo is not None
    await kalshi_session.orders.create(CreateOrder(TICKER, "bid", 1, "0.99"))
    await asyncio.sleep(2)
    assert kalshi_clock.now() - begun >= timedelta(seconds=2)
    assert await kalshi_session.fills.list(min_ts=begun - timedelta(minutes=1)).collect()

async def test_the_systems_time_is_warned_of(kalshi_session, kalshi_clock):
    for wrong in ({"min_ts": int(time.time()) + 10**7}, {"max_ts": int(time.time()) - 10**8}):
        with pytest.warns(pytest.PytestWarning, match="it hides every row. Take .* kalshi_clock.now"):
            assert not await kalshi_session.fills.list(**wrong).collect()
    for right in (kalshi_clock.now(), kalshi_clock.now() + timedelta(minutes=50)):  # warnings are errors here
        await kalshi_session.fills.list(min_ts=right - timedelta(days=300), max_ts=right).collect()
        await kalshi_session.orders.list(min_ts=right).collect()
"""

WATCHFUL_CONFTEST = """
import sys

def pytest_sessionfinish(session):
    ours = {name for name in sys.modules if name.startswith("kalshi_async")}
    heavy = {"httpx", "msgspec", "cryptography", "tenacity"} & sys.modules.keys()
    print("LOADED", sorted(ours | heavy))
"""

needs_pytest_asyncio = pytest.mark.skipif(
    importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed"
)


def pytest_asyncio_in(mode: str) -> list[str]:
    scope = "asyncio_default_fixture_loop_scope=function"
    return ["-p", "pytest_asyncio.plugin", "-o", f"asyncio_mode={mode}", "-o", scope]


ASYNC_PLUGINS = [
    pytest.param([], id="no async plugin"),
    pytest.param(["-p", "anyio.pytest_plugin", "-o", "anyio_mode=auto"], id="anyio, auto"),
    pytest.param(pytest_asyncio_in("strict"), id="pytest-asyncio, strict", marks=needs_pytest_asyncio),
    pytest.param(pytest_asyncio_in("auto"), id="pytest-asyncio, auto", marks=needs_pytest_asyncio),
]


@pytest.mark.parametrize("has_extra", [True, False])
def test_a_foreign_run_is_unchanged(tmp_path: Path, has_extra: bool) -> None:
    (tmp_path / "test_theirs.py").write_text(SOMEBODY_ELSES_TESTS + "def test_wrong(): assert 1 == 2")
    without = run(tmp_path, "-rA", has_extra=has_extra)
    with_plugin = run(tmp_path, "-rA", *PLUGIN, has_extra=has_extra)
    assert with_plugin == without
    assert without.counts == {"failed": 1, "passed": 1, "skipped": 1}


def test_nothing_of_ours_is_loaded_until_a_fixture_is_used(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_plain(): pass")
    (tmp_path / "conftest.py").write_text(WATCHFUL_CONFTEST)
    outcome = run(tmp_path, "-s", *PLUGIN)
    assert "LOADED ['kalshi_async_pytest']" in outcome.text


def test_without_the_extra_the_fixture_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text("async def test_bot(kalshi_session): pass")
    outcome = run(tmp_path, *PLUGIN, has_extra=False)
    assert outcome.counts == {"error": 1}
    assert 'pip install "kalshi-async[sandbox]"' in outcome.text


def test_the_documented_tests_pass(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(documented_tests())
    outcome = run(tmp_path, *PLUGIN)
    assert outcome.counts == {"passed": 3}, outcome.text


@pytest.mark.parametrize("plugins", ASYNC_PLUGINS)
def test_tests_of_all_kinds_run_beside_any_async_plugin(tmp_path: Path, plugins: list[str]) -> None:
    (tmp_path / "test_bot.py").write_text(TESTS_OF_ALL_KINDS)
    outcome = run(tmp_path, *plugins, *PLUGIN)
    assert outcome.counts == {"passed": 8}, outcome.text


def test_traders_and_time_work_with_every_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(TESTS_OF_TRADERS_AND_TIME)
    outcome = run(tmp_path, *PLUGIN)
    assert outcome.counts == {"passed": 7}, outcome.text


THE_SYSTEMS_TIME = """
from datetime import UTC, datetime, timedelta

async def test_bot(kalshi_session):
    # Days ahead, as the system's time is at any later date.
    assert await kalshi_session.fills.list(min_ts=datetime.now(UTC) + timedelta(days=900)).collect()
"""


@pytest.mark.parametrize("arguments", [["-W", "default"], []], ids=["warnings", "warnings as errors"])
def test_a_list_that_the_systems_time_leaves_empty_says_so(tmp_path: Path, arguments: list[str]) -> None:
    """It was silently empty."""
    (tmp_path / "test_bot.py").write_text(THE_SYSTEMS_TIME)
    outcome = run(tmp_path, *PLUGIN, *arguments)
    assert outcome.code == 1
    assert "hours ahead of the exchange's time" in outcome.text
    assert "kalshi_clock.now()" in outcome.text


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("accounts=[]", "kalshi_session needs an account: accounts= of @pytest.mark.kalshi is empty"),
        ("3", "@pytest.mark.kalshi takes named arguments only, was given 3"),
        ("traders=-1", "traders must be at least 0"),
    ],
)
def test_a_wrong_marker_says_what_is_wrong(tmp_path: Path, mark: str, said: str) -> None:
    (tmp_path / "test_bot.py").write_text(
        f"import pytest\n@pytest.mark.kalshi({mark})\nasync def test_bot(kalshi_session): pass\n"
    )
    outcome = run(tmp_path, *PLUGIN)
    assert outcome.counts == {"error": 1}, outcome.text
    assert said in outcome.text


@needs_pytest_asyncio
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_a_mark_of_pytest_asyncio_does_no_harm(tmp_path: Path, mode: str) -> None:
    """Projects that use it mark their whole modules."""
    (tmp_path / "test_bot.py").write_text(MARKED_TEST)
    outcome = run(tmp_path, *pytest_asyncio_in(mode), *PLUGIN)
    assert outcome.counts == {"passed": 2}, outcome.text


@needs_pytest_asyncio
def test_the_order_of_the_plugins_does_not_matter(tmp_path: Path) -> None:
    """Entry points are loaded in any order."""
    (tmp_path / "test_bot.py").write_text(TESTS_OF_ALL_KINDS + MARKED_TEST.partition("asyncio\n\n")[2])
    outcome = run(tmp_path, *PLUGIN, *pytest_asyncio_in("auto"))
    assert outcome.counts == {"passed": 10}, outcome.text


def test_the_server_refuses_a_test_that_would_block_it(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text("def test_bot(kalshi_server): pass")
    outcome = run(tmp_path, *PLUGIN)
    assert outcome.counts == {"error": 1}
    assert "python -m kalshi_async.sandbox" in outcome.text


def test_a_fixture_that_yields_twice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_bot.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "async def twice():\n"
        "    yield 1\n"
        "    yield 2\n"
        "async def test_bot(kalshi_loop, twice): pass\n"
    )
    outcome = run(tmp_path, *PLUGIN)
    assert outcome.counts == {"passed": 1, "error": 1}
    assert "yielded more than once" in outcome.text
