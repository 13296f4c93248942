"""The code in docstrings runs: every block of every docstring, in order, against the exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

import kalshi_async
from kalshi_async import session
from kalshi_async.sandbox import Sandbox
from tests.docs.code_blocks import begin, blocks, compiled, docstrings, is_code
from tests.docs.stage import stage

PACKAGE = Path(kalshi_async.__file__).parent
SOURCES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
SHOWN = {
    module: [block for docstring in docstrings(path) for block in blocks(docstring)]
    for module, path in SOURCES.items()
}
# Lines that are laid out as a block and are no Python: how many each module has.
DRAWINGS = {
    "kalshi_async.demo": 1,
    "kalshi_async.dead_man": 1,
    "kalshi_async.mirror._keeper": 1,
    "kalshi_async.mirror.state": 1,
    "kalshi_async.resources._pieces": 1,
    "kalshi_async.contract.recording": 1,
    "kalshi_async.timeouts": 1,
    "kalshi_async.errors": 1,
    "kalshi_async.transport.http1": 1,
    "kalshi_async.calls.pipeline": 1,
    "kalshi_async.sandbox.edge.app": 1,
    "kalshi_async.sandbox.exchange": 1,
    "kalshi_async.sandbox.faults.layer": 1,
    "kalshi_async.signing.source": 1,
    "kalshi_async.streams.books.keeper": 1,
    "kalshi_async.streams.books.ladder": 1,
    "kalshi_async.streams.delivery": 1,
    "kalshi_async.streams.link": 1,
    "kalshi_async.streams.protocol": 1,
    "kalshi_async.streams.recorded._venue": 1,
    "kalshi_async.wire.decoding": 1,
}
RUN_ELSEWHERE = {
    "kalshi_async_pytest": "a test module, which tests/plugin hands to a pytest of its own",
    "kalshi_async.pagination.tables": "pandas and polars weigh 300 MB: the session frames has them",
    "kalshi_async.mirror": "it reads for ever: tests/mirror runs the like, and ends it",
    "kalshi_async.streams.books.live": "it reads for ever: tests/streams/books runs the like, and ends it",
    "kalshi_async.streams.replay": "it plays a file: tests/streams/replay makes some",
    "kalshi_async.streams": "it reads for ever: test_readme.py runs the like, and ends it",
}
ENDS_WITHIN_S = 60.0
"""Code that reads for ever must fail, and not keep the whole run waiting."""
PROFILES: dict[str, str] = {}
"""Modules whose code needs an exchange of another generation."""
PROFILES["kalshi_async.api2025.requests"] = "2025"  # api2025


@pytest.mark.parametrize("module", [module for module, shown in SHOWN.items() if shown])
def test_a_block_is_code_unless_it_is_a_drawing(module: str) -> None:
    # A mistake in its syntax would make a drawing of a program.
    drawings = [block for block in SHOWN[module] if not is_code(block)]
    assert len(drawings) == DRAWINGS.get(module, 0), drawings


@pytest.mark.parametrize("module", list(SOURCES))
def test_code_is_indented_and_nothing_else(module: str) -> None:
    # One way to show it, and one that is run: no prompts, no fences.
    text = "\n".join(docstrings(SOURCES[module]))
    assert ">>>" not in text
    assert "```" not in text


@pytest.mark.parametrize(
    "module",
    [
        module
        for module, shown in SHOWN.items()
        if module not in RUN_ELSEWHERE and any(is_code(block) for block in shown)
    ],
)
def test_the_code_of_a_module_runs(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = [compiled(block, f"<{module}, block {number}>") for number, block in shown_code(module)]
    # Not a test of anyio's: a block may bring an event loop of its own, which must not be nested.
    with asyncio.Runner() as runner:
        setting = stage(module, PROFILES.get(module, "current"))
        namespace = runner.run(setting.__aenter__())
        try:
            be_the_demo_exchange(namespace, monkeypatch)
            opened = {name: namespace[name] for name in ("exchange", "relay", "session")}
            for block in code:
                namespace |= opened  # a block may have closed those of its own
                unfinished = begin(block, namespace)
                if unfinished is not None:
                    runner.run(finished(unfinished))
        finally:
            runner.run(setting.__aexit__(None, None, None))


def shown_code(module: str) -> list[tuple[int, str]]:
    return [(number, block) for number, block in enumerate(SHOWN[module], 1) if is_code(block)]


async def finished(unfinished: Awaitable[None]) -> None:
    async with asyncio.timeout(ENDS_WITHIN_S):
        await unfinished


def be_the_demo_exchange(namespace: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables that a reader has set, and let the venue's test exchange be the sandbox."""
    exchange = namespace["sandbox"]
    assert isinstance(exchange, Sandbox)
    me = exchange.accounts["me"]
    monkeypatch.setattr(kalshi_async, "DEMO", exchange.environment)
    monkeypatch.setitem(session.ENVIRONMENTS, "demo", exchange.environment)
    monkeypatch.setenv("KALSHI_ENVIRONMENT", "demo")
    monkeypatch.setenv("KALSHI_API_KEY_ID", me.key_id)
    monkeypatch.setenv("KALSHI_PRIVATE_KEY", me.private_key_pem)
    monkeypatch.delenv("KALSHI_PRIVATE_KEY_PATH", raising=False)
