"""MIGRATING.md says nothing that does not run.

Its blocks are one program, in order. Those marked with the year or the day of another
SDK need that SDK: the nox session ``differential`` runs them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kalshi_async import CreateOrder, Session
from kalshi_async.api2025 import direction
from kalshi_async.api2025.successors import SUCCESSORS
from kalshi_async.requests.direction import ON_THE_YES_BOOK
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from tests.docs.code_blocks import begin, compiled

GUIDE = (Path(__file__).parents[2] / "MIGRATING.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
FOREIGN: list[str] = re.findall(r"```python (\w+)\n", GUIDE)
TICKER = DEFAULT_MARKETS[0]


@pytest.mark.real_time
async def test_the_snippets_run_in_order() -> None:
    # One namespace: who reads from top to bottom has what the lines above have made.
    async with Sandbox(tier="off", accounts=["me", "crowd"], read_lag_ms=0) as sandbox:
        me = sandbox.accounts["me"]
        environment = sandbox.environment
        async with (
            Session(environment, sandbox.credentials("crowd")) as crowd,
            Session(environment, me.credentials) as session,
        ):
            for price in ("0.45", "0.50"):
                await crowd.orders.create(CreateOrder(TICKER, "ask", 100, price))
            namespace: dict[str, object] = {
                "ticker": TICKER,
                "environment": environment,
                "key_id": me.key_id,
                "private_key_pem": me.private_key_pem,
                "session": session,
            }
            for number, block in enumerate(BLOCKS, 1):
                # The first block opens a session of its own, and closes it.
                namespace["session"] = session
                unfinished = begin(compiled(block, f"MIGRATING.md, block {number}"), namespace)
                if unfinished is not None:
                    await unfinished


def test_every_block_is_run_by_somebody() -> None:
    assert len(BLOCKS) > 15
    assert sorted(FOREIGN) == ["2025", "today"]
    assert GUIDE.count("```python") == len(BLOCKS) + len(FOREIGN)


def test_the_twenty_rows_name_the_methods_that_do_it() -> None:
    rows = re.findall(r"^\| (\w+) \| .* \| (`session\.[^|]*) \|$", GUIDE, re.MULTILINE)
    named = {name: re.findall(r"session\.\w+\.\w+", cell)[0] for name, cell in rows}
    assert named == dict(SUCCESSORS)


def test_the_table_of_directions_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| (buy|sell) (yes|no) \| `(yes|no)_price` (\d+) \| `(bid|ask)` \| (.*?) \| (YES|NO) \|$",
        GUIDE,
        re.MULTILINE,
    )
    assert len(rows) == len(ON_THE_YES_BOOK) == 8
    for action, outcome, leg, cents, side, price, gains in rows:
        assert ON_THE_YES_BOOK[action, outcome, leg] == (side, leg)
        assert price == (f"0.{cents}" if leg == "yes" else f"1 - 0.{cents}")
        assert direction.Direction(ON_THE_YES_BOOK[action, outcome, leg][0]).exposure == gains.lower()
