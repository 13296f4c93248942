"""``python -m kalshi_async.sandbox``: what other programs rely on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
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
async def running(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Json]]:
    process = await asyncio.create_subprocess_exec(*COMMAND, *arguments, stdout=asyncio.subprocess.PIPE)
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


def remove(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()


@pytest.mark.real_time
async def test_one_line_tells_how_to_trade_and_a_signal_ends_it(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    arguments = ("--market", "A-26-1", "--account", "ann:rsa", "--account", "bea", "--keys", str(keys))
    async with running(*arguments, "--tier", "off", "--read-lag-ms", "0") as (process, line):
        assert set(line) == {"rest_url", "markets", "accounts"}
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
        remove(directory)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "70000"], "at most 65535"),
        (["--read-lag-ms", "-5"], "at least 0"),
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
        main([*arguments, "--keys", str(tmp_path)])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]
