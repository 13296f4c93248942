"""Every flag that an example's ``--help`` shows is obeyed, and no other is accepted.

Each example is a process of its own here, on the exchange that it starts itself. The flags are read
from ``--help``: a new flag needs a row in ``CHECKS``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from examples.venue import MARKETS

ROOT = Path(__file__).parents[2]
CHOSEN, OTHERS = MARKETS[1], {MARKETS[0], MARKETS[2]}  # the first is the default of the examples
PIPE, NOWHERE = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL

pytestmark = pytest.mark.real_time


class Program(NamedTuple):
    """An example: the flags and paths that its ``--help`` must show, and an extra that it needs."""

    name: str
    flags: frozenset[str]
    needs: str | None = None
    path: str | None = None


def program(name: str, *flags: str, needs: str | None = None, path: str | None = None) -> Program:
    return Program(name, frozenset({"help", "environment", *flags}), needs, path)


PROGRAMS = [
    program("quickstart", "ticker"),
    program("market_maker", "ticker", "seconds"),
    program("trading_engine", "ticker", "seconds"),
    program("export_fills", "seconds", path="path"),
    program("risk_watch", "seconds", needs="matplotlib"),
    program("kill_switch"),
    program("watch", "ticker", "seconds"),
    program("fastapi_backend", "ticker", "seconds", "port", needs="fastapi"),
]
ONLY_READS = {"watch"}
"""Examples that ask nothing before they go to a live environment, because they send no order."""
ALL_FLAGS = frozenset[str]().union(*(each.flags for each in PROGRAMS))
ENDING = {"seconds": "2", "port": "0"}  # what makes a program end, where it has such flags


async def started(each: Program, folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    """Start an example without a keyboard."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"examples.{each.name}", *arguments),
        cwd=folder, env={"PYTHONPATH": str(ROOT), "COLUMNS": "200"}, stdin=NOWHERE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def run(each: Program, folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run an example to its end, without a keyboard; return its exit status and its two outputs."""
    process = await started(each, folder, *arguments)
    try:
        async with asyncio.timeout(120):
            out, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), complaints.decode()


def ending(each: Program) -> list[str]:
    return [text for flag in sorted(each.flags & ENDING.keys()) for text in (f"--{flag}", ENDING[flag])]


async def markets_of_the_page(each: Program, folder: Path, *arguments: str) -> set[str]:
    """Start the backend, log a guest in, and return the tickers of the first event with markets."""
    process = await started(each, folder, *arguments, "--port", "0")
    assert process.stdout is not None
    where = (await process.stdout.readline()).decode().removeprefix("open ").strip()
    shown: set[str] = set()
    async with httpx.AsyncClient(base_url=where) as client:
        assert (await client.post("/api/login", json={})).status_code == 204
        async with client.stream("GET", "/api/events") as stream:
            lines = stream.aiter_lines()
            async for line in lines:
                if line == "event: markets":
                    shown = {row["ticker"] for row in json.loads((await anext(lines)).partition(": ")[2])}
                    break
    process.terminate()
    await process.communicate()
    return shown


async def ticker_is_obeyed(each: Program, folder: Path) -> None:
    if each.name == "fastapi_backend":
        assert await markets_of_the_page(each, folder, "--ticker", CHOSEN) == {CHOSEN}
        return
    code, out, complaints = await run(each, folder, "--ticker", CHOSEN, *ending(each))
    assert code == 0
    assert "Traceback" not in complaints
    assert CHOSEN in out
    assert not any(other in out for other in OTHERS)


async def ticker_is_refused_with_a_hint(each: Program, folder: Path) -> None:
    for ticker, hint in (("KX-NONE", f"open are {MARKETS[2]}"), (CHOSEN.lower(), f"did you mean '{CHOSEN}'")):
        code, out, complaints = await run(each, folder, "--ticker", ticker, *ending(each))
        assert code > 0
        assert hint in complaints
        assert "IndexError" not in complaints
        assert "bought" not in out


async def ticker(each: Program, folder: Path) -> None:
    await ticker_is_obeyed(each, folder)
    await ticker_is_refused_with_a_hint(each, folder)


async def seconds(each: Program, folder: Path) -> None:
    # Without the flag these programs go on until Ctrl-C: ``run`` would kill them.
    code, _, complaints = await run(each, folder, *ending(each))
    assert code == 0
    assert "Traceback" not in complaints


async def port(each: Program, folder: Path) -> None:
    _, out, _ = await run(each, folder, *ending(each))
    opened = re.search(r"open http://127\.0\.0\.1:(\d+)", out)
    assert opened is not None
    _, out, _ = await run(each, folder, "--seconds", "0.1", "--port", opened[1])
    assert f"http://127.0.0.1:{opened[1]}\n" in out


async def environment(each: Program, folder: Path) -> None:
    for name in ("demo", "production"):
        code, asked, complaints = await run(each, folder, "--environment", name, *ending(each))
        assert code == 1
        if each.name in ONLY_READS:
            assert "KALSHI_API_KEY_ID is not set" in complaints
        else:
            assert f"This trades on {name}" in asked
            assert "nothing was sent" in complaints


async def no_argument(each: Program, folder: Path) -> None:
    pass


CHECKS: dict[str, Callable[[Program, Path], Awaitable[None]]] = {
    "help": no_argument,
    "environment": environment,
    "ticker": ticker,
    "seconds": seconds,
    "port": port,
}


@pytest.fixture(params=PROGRAMS, ids=lambda each: each.name)
def each(request: pytest.FixtureRequest) -> Program:
    chosen: Program = request.param
    if chosen.needs is not None and find_spec(chosen.needs) is None:
        pytest.skip(f"{chosen.needs} is not installed")
    return chosen


def test_all_eight_examples_are_driven() -> None:
    files = {path.stem for path in (ROOT / "examples").glob("*.py") if "__main__" in path.read_text()}
    folders = {path.parent.name for path in (ROOT / "examples").glob("*/__main__.py")}
    assert {each.name for each in PROGRAMS} == files | folders
    assert len(PROGRAMS) == 8


async def test_help_shows_the_flags_and_each_is_obeyed(each: Program, tmp_path: Path) -> None:
    code, shown, _ = await run(each, tmp_path, "--help")
    flags = frozenset(re.findall(r"^\s+(?:-h, )?--([a-z]+)", shown, re.MULTILINE))
    assert (code, flags) == (0, each.flags)
    assert ("positional arguments:" in shown) == (each.path is not None)
    for flag in sorted(flags):
        await CHECKS[flag](each, tmp_path)


async def test_a_flag_that_help_does_not_show_is_refused(each: Program, tmp_path: Path) -> None:
    # kill_switch accepted --ticker, and canceled in every market.
    for flag in sorted(ALL_FLAGS - each.flags):
        code, _, complaints = await run(each, tmp_path, f"--{flag}", "1")
        assert code == 2
        assert f"unrecognized arguments: --{flag}" in complaints


async def refused(each: Program, folder: Path, *arguments: str) -> None:
    code, out, complaints = await run(each, folder, *arguments)
    assert (code, out) == (2, "")
    assert f"error: argument {arguments[0]}: " in complaints.splitlines()[-1]


async def test_flags_without_sense_end_a_program_before_it_begins(each: Program, tmp_path: Path) -> None:
    """99999 gave 132 lines; an export to a folder that is not there traded first, and then failed."""
    if "seconds" in each.flags:
        for text in ("nan", "inf", "-1"):
            await refused(each, tmp_path, "--seconds", text)
    if "port" in each.flags:
        await refused(each, tmp_path, "--port", "99999")
    if each.path:
        for path in ("/none/x.csv", str(tmp_path)):
            code, out, complaints = await run(each, tmp_path, path, *ending(each))
            assert (code, out) == (2, "")
            assert f"argument path: must be a file that can be written, was '{path}'" in complaints


async def test_the_path_of_an_export_is_obeyed(tmp_path: Path) -> None:
    (export,) = (each for each in PROGRAMS if each.path)
    code, out, _ = await run(export, tmp_path, "mine.csv")
    assert code == 0
    assert "mine.csv is complete" in out
    assert os.listdir(tmp_path) == ["mine.csv"]  # pathlib is not for coroutines
