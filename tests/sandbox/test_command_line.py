"""``python -m kalshi_async.sandbox``: what other programs rely on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from kalshi_async.clock import SystemClock
from kalshi_async.sandbox import SandboxAccount
from kalshi_async.sandbox.__main__ import main
from kalshi_async.sandbox.engine.state import Account
from tests.stages.members import BASE, Json, Member

COMMAND = (sys.executable, "-m", "kalshi_async.sandbox")
PATIENCE_S = 120


@asynccontextmanager
async def running(
    *arguments: str, command: Sequence[str] = COMMAND
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Json]]:
    process = await asyncio.create_subprocess_exec(*command, *arguments, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        # On a busy machine a start alone takes ten seconds and more.
        async with asyncio.timeout(PATIENCE_S):
            yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def client_of(line: Json) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=line["rest_url"].removesuffix(BASE), timeout=PATIENCE_S)


def member_of(http: httpx.AsyncClient, line: Json, name: str) -> Member:
    (row,) = [row for row in line["accounts"] if row["name"] == name]
    private_key_pem = Path(row["private_key_path"]).read_text()
    keys = SandboxAccount(name, row["key_id"], private_key_pem, Account(name, ""))
    return Member(http, keys, SystemClock())


@pytest.mark.real_time
async def test_one_line_tells_how_to_trade_and_a_signal_ends_it(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    arguments = ("--market", "A-26-1", "--account", "ann:rsa", "--account", "bea", "--keys", str(keys))
    async with running(*arguments, "--tier", "off", "--read-lag-ms", "0") as (process, line):
        assert set(line) == {"rest_url", "stream_url", "markets", "accounts"}
        assert line["markets"] == [{"ticker": "A-26-1"}]
        assert [row["balance"] for row in line["accounts"]] == ["10000.0000", "10000.0000"]
        for row in line["accounts"]:
            assert stat.S_IMODE(os.stat(row["private_key_path"]).st_mode) == 0o600
        async with httpx.AsyncClient(
            base_url=line["rest_url"].removesuffix(BASE), timeout=PATIENCE_S
        ) as http:
            for name in ("ann", "bea"):
                await member_of(http, line, name).rest(ticker="A-26-1")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.real_time
async def test_traders_make_a_market_and_an_interrupt_ends_it() -> None:
    async with running("--traders", "3", "--seed", "4") as (process, line):
        (row,) = line["accounts"]
        directory = Path(row["private_key_path"]).parent
        assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
        async with httpx.AsyncClient(
            base_url=line["rest_url"].removesuffix(BASE), timeout=PATIENCE_S
        ) as http:
            ticker = line["markets"][0]["ticker"]
            path = f"{BASE}/markets/{ticker}/orderbook"
            while not (await http.get(path)).json()["orderbook_fp"]["yes_dollars"]:
                pass
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        assert not directory.exists()


@pytest.mark.real_time
async def test_the_temporary_folder_goes_on_sigterm() -> None:
    async with running() as (process, line):
        directory = Path(line["accounts"][0]["private_key_path"]).parent
        assert {path.name for path in directory.iterdir()} == {"trader.pem", "trader.key_id"}
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert not directory.exists()


@pytest.mark.real_time
async def test_a_bot_finds_its_key_after_a_restart(tmp_path: Path) -> None:
    """The key was replaced, and the exchange keeps none: the old one was lost for good."""
    lines: list[Json] = []
    # Another seed, and another account before it: neither changes the key or its id.
    for arguments in (("--account", "ann"), ("--account", "bea", "--account", "ann", "--seed", "5")):
        async with running(*arguments, "--keys", str(tmp_path)) as (process, line):
            lines.append(next(row for row in line["accounts"] if row["name"] == "ann"))
            pem = (tmp_path / "ann.pem").read_bytes()
            async with httpx.AsyncClient(base_url=line["rest_url"].removesuffix(BASE)) as http:
                await member_of(http, line, "ann").rest(ticker=line["markets"][0]["ticker"])
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert (tmp_path / "ann.pem").read_bytes() == pem
    assert lines[0] == lines[1]


# Stands in for Windows: its event loops have no signal handlers.
WITHOUT_SIGNAL_HANDLERS = """
import asyncio, sys

def refuse(*_):
    raise NotImplementedError

asyncio.SelectorEventLoop.add_signal_handler = refuse
asyncio.SelectorEventLoop.remove_signal_handler = refuse
from kalshi_async.sandbox.__main__ import main
sys.exit(main())
"""


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_where_loops_have_no_signal_handlers(number: signal.Signals) -> None:
    async with running(command=(sys.executable, "-c", WITHOUT_SIGNAL_HANDLERS)) as (process, _):
        process.send_signal(number)
        assert await process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "70000"], "at most 65535"),
        (["--port", "99999"], "argument --port: must be a whole number of at least 0 and at most 65535, was"),
        (["--port", "80a"], "argument --port: must be a whole number"),
        (["--read-lag-ms", "-5"], "at least 0"),
        (["--read-lag-ms", "9" * 30], "argument --read-lag-ms: must be a whole number"),
        (["--traders", "-1"], "argument --traders: must be a whole number of at least 0"),
        (["--traders", "1000000000"], "at most 1000, was '1000000000'"),
        (["--seed", "x"], "argument --seed: must be a whole number"),
        (["--account", ""], "argument --account: a name has 1 to 64 ASCII letters"),
        (["--account", "é"], "was 'é'"),
        (["--account", "ann:"], "must be rsa or ed25519, was ''"),
        (["--account", "Ann", "--account", "ann"], "'Ann' is taken, was 'ann'"),
        (["--market", "A B"], "'A B'"),
        (["--market", ""], "was ''"),
        *[(["--market", ticker], f"was {ticker!r}") for ticker in ("A/B", "../x", "A,B", "abc", "A" * 201)],
        (["--host", "224.0.0.1"], "argument --host: must be an address of this machine, was '224.0.0.1'"),
        (["--host", "255.255.255.255"], "must be an address of this machine"),
        (["--host", "ff02::1"], "must be an address of this machine"),
        (["--host", ""], "argument --host: must be an address or a host name, was ''"),
        (["--keys", ""], "argument --keys: must be the path of a folder, was ''"),
        (["--account", "ann:dsa"], "must be rsa or ed25519, was 'dsa'"),
        (["--account", "../ann"], "letters, digits"),
        (["--account", "ann", "--account", "ann"], "'ann' is taken"),
        (["--profile", "2024"], "invalid choice: '2024'"),
        (["--tier", "gold"], "invalid choice: 'gold'"),
        (["--host", "192.0.2.1"], "192.0.2.1"),
    ],
)
def test_wrong_arguments_end_with_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--keys", str(tmp_path), *arguments])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} <= {"trader.pem", "trader.key_id"}
