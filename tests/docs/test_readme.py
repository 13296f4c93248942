"""The README says nothing that does not run."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx
import pytest

from kalshi_async import CreateOrder, InvalidRequest, Order, Session, cents, rows
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.docs.code_blocks import begin, compiled
from tests.docs.promises import PROMISES
from tests.docs.stage import stage

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def block_with(text: str) -> str:
    (block,) = (block for block in BLOCKS if text in block)
    return block


def test_the_quickstart_is_the_program_in_examples() -> None:
    example = (ROOT / "examples" / "quickstart.py").read_text(encoding="utf-8")
    shown = block_with("async def main()")
    trading = shown[shown.index("        book = ") : shown.index("asyncio.run")].strip()
    assert trading in example


@pytest.mark.real_time
async def test_the_quickstart_runs(capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, object] = {}
    exec(
        compile(block_with("async def main()").replace("asyncio.run(main())", ""), "README", "exec"),
        namespace,
    )
    await cast(Callable[[], Awaitable[None]], namespace["main"])()
    printed = capsys.readouterr().out
    assert "resting, with" in printed
    assert "canceled 10.00 contracts" in printed


# Each block, by a text that no other holds, and the test that runs it.
RUN_BY = {
    "async def main()": "test_the_quickstart_runs",
    ">>> CreateOrder(": "test_the_error_that_is_shown_is_the_error_that_comes",
    "prefetch(2)": "test_the_conveniences_that_are_shown_work",
    "transport=session.transport": "test_a_fragment_runs",
    "session.orders.resolve(error": "test_a_fragment_runs",
    "session.dead_man(": "test_a_fragment_runs",
    "kalshi_faults.on": "test_the_test_that_is_shown_passes",
}


def test_every_block_is_run_by_somebody() -> None:
    assert len(RUN_BY) == len(BLOCKS) == README.count("```python")
    assert {block_with(text) for text in RUN_BY} == set(BLOCKS)
    assert set(RUN_BY.values()) <= set(globals())


@pytest.mark.real_time
@pytest.mark.parametrize("text", [text for text, test in RUN_BY.items() if test == "test_a_fragment_runs"])
async def test_a_fragment_runs(text: str) -> None:
    async with stage("kalshi_async", "current") as namespace:
        unfinished = begin(compiled(block_with(text), "README.md"), namespace)
        assert unfinished is not None
        await unfinished


def test_the_error_that_is_shown_is_the_error_that_comes() -> None:
    shown = re.search(r"InvalidRequest: (price must .*)", README)
    assert shown is not None
    with pytest.raises(InvalidRequest) as caught:
        CreateOrder("KXHIGHNY-26NOV23-B52.5", "bid", 10, "0.12345")
    assert str(caught.value) == shown[1]
    assert cents(44) == CreateOrder("T", "bid", 1, "0.44").price


async def test_every_method_of_the_table_exists(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock, accounts=["me"])
    session = Session(sandbox.environment, sandbox.credentials("me"), clock=clock)
    named = re.findall(r"`session\.(\w+)\.(\w+)\(", README)
    assert len(set(named)) >= 20
    for namespace, method in named:
        assert callable(getattr(getattr(session, namespace), method)), f"{namespace}.{method}"
    for method in ("settled", "dead_man", "with_options"):
        assert callable(getattr(session, method))


async def test_the_conveniences_that_are_shown_work(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock, accounts=["me"])
    transport = httpx.ASGITransport(app=sandbox.app)
    async with Session(
        sandbox.environment, sandbox.credentials("me"), clock=clock, base_transport=transport
    ) as session:
        sandbox.market(DEFAULT_MARKETS[0]).quote("ask", "0.44", 5)
        order = await session.orders.create(CreateOrder(DEFAULT_MARKETS[0], "bid", 2, "0.44"))
        await session.settled(after_ms=order.ts_ms)
        namespace: dict[str, object] = {"session": session, "order": order, "rows": rows}
        unfinished = begin(compiled(block_with("prefetch(2)"), "README.md"), namespace)
        assert unfinished is not None
        await unfinished
    assert [row["order_id"] for row in cast(list[dict[str, object]], namespace["table"])] == [order.order_id]
    assert cast(Order, namespace["done"]).fill_count == 2


async def test_the_test_that_is_shown_passes(clock: VirtualClock) -> None:
    # Run by hand with what the plugin's fixtures would hand in.
    namespace: dict[str, object] = {}
    exec(compile(block_with("kalshi_faults.on"), "README", "exec"), namespace)
    sandbox = Sandbox(clock=clock, accounts=["me"])
    async with Session(
        sandbox.environment,
        sandbox.credentials("me"),
        clock=clock,
        base_transport=httpx.ASGITransport(app=sandbox.app),
    ) as session:
        shown = cast(Callable[..., Awaitable[None]], namespace["test_a_lost_acknowledgement_is_one_order"])
        await shown(sandbox, session, sandbox.faults)


def test_a_promise_that_does_not_hold_is_marked_and_kept() -> None:
    # Whoever makes one true takes both marks away: that on the page, and ``missing`` in the table.
    unshown = [promise.sentence for promise in PROMISES if promise.missing is not None]
    assert README.count("**Not yet true:**") == len(unshown), unshown
