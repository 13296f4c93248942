"""The recorder's command line: what it writes, shows and returns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from kalshi_async import RecordingFailed, Session, SubscriptionRefused
from kalshi_async.contract.recording import RecordedLine
from kalshi_async.record import __main__ as program
from kalshi_async.record.channels import ACCOUNT, MARKET_DATA
from kalshi_async.record.session import Figures, Wish, record
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from kalshi_async.sandbox.faults import Cut
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams._files import lines
from tests.stages.served import session_of

MARKET = DEFAULT_MARKETS[0]


def kinds(path: Path) -> set[str]:
    """The types of the frames in a file."""
    found = [msgspec.json.decode(line, type=RecordedLine).frame for line in lines(path)]
    return {msgspec.json.decode(frame)["type"] for frame in found if frame}


@pytest.fixture
async def session(sandbox: Sandbox, clock: VirtualClock) -> AsyncIterator[Session]:
    async with session_of(sandbox, sandbox.add_account("alice"), clock) as session:
        yield session


async def test_every_channel_is_recorded_and_the_figures_are_shown_each_second(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    shown: list[str] = []

    def show(figures: Figures) -> None:
        sandbox.market(MARKET).quote("ask", "0.60", 1)
        shown.append(figures.line(100.0 + figures.began_s))

    wish = Wish((MARKET,), (*MARKET_DATA, *ACCOUNT), tmp_path / "frames.jsonl")
    figures = await record(session, wish, 3.5, show)
    assert kinds(wish.out) >= {"subscribed", "orderbook_snapshot", "orderbook_delta", "ticker"}
    assert len(shown) == 5
    assert shown[-1].startswith("00:01:40  live ")
    assert f" {figures.recording.frames:,} frames " in shown[-1]
    assert shown[-1].endswith(" 0 gaps  frames.jsonl")


async def test_breaks_and_refused_markets_are_counted(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    def show(figures: Figures) -> None:
        sandbox.market(MARKET).quote("ask", "0.60", 1)

    sandbox.streams.faults.on("orderbook_delta", Cut())
    wish = Wish((MARKET, "NOPE"), ("orderbook_delta", "trade"), tmp_path / "frames.jsonl")
    figures = await record(session, wish, 20, show)
    assert figures.gaps == 2
    assert figures.refused == ["NOPE", "NOPE"]


async def test_a_market_that_does_not_exist_ends_the_recording(session: Session, tmp_path: Path) -> None:
    wish = Wish(("NOPE",), ("orderbook_delta",), tmp_path / "frames.jsonl")
    with pytest.raises(SubscriptionRefused, match="NOPE"):
        await record(session, wish, 5, lambda figures: None)


async def test_a_full_disk_ends_it(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kalshi_async.streams._files.os.write", full)
    wish = Wish((MARKET,), ("trade",), tmp_path / "frames.jsonl")
    with pytest.raises(RecordingFailed, match="No space left"):
        await record(session, wish, None, lambda figures: None)


# The program.


@pytest.mark.real_time
def test_the_program_records_an_embedded_exchange(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "frames.jsonl"
    arguments = ["--ticker", "KXA", "--out", str(out), "--seconds", "0.3", "--sandbox", "--account"]
    assert program.main(arguments) == 0
    assert "orderbook_snapshot" in kinds(out)
    printed = capsys.readouterr()
    assert printed.out.endswith(f"frames, 0 gaps: {out}\n")
    assert printed.err.startswith("00:00:00  live ")
    assert len(printed.err.splitlines()) == 1


@pytest.mark.real_time
def test_on_a_terminal_one_line_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    out = tmp_path / "frames.jsonl"
    assert program.main(["--out", str(out), "--channel", "fill", "--seconds", "0", "--sandbox"]) == 0
    shown = capsys.readouterr().err
    assert shown.startswith("\r\x1b[K00:00:00  live")
    assert shown.endswith("frames.jsonl\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name at least one market: --ticker KXBTC-26DEC31"),
        (["--channel", "trades"], "argument --channel: invalid choice: 'trades'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    arguments: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        program.main(["--out", str(tmp_path / "a"), *arguments])
    assert reason in capsys.readouterr().err


def test_without_a_key_it_says_which_variable_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KALSHI_ENVIRONMENT", raising=False)
    assert program.main(["--ticker", "KXA", "--out", str(tmp_path / "a")]) == 2
    assert capsys.readouterr().err.startswith("python -m kalshi_async.record: KALSHI_ENVIRONMENT must be")


@pytest.mark.real_time
def test_a_recording_with_holes_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The key of the environment is that of an embedded exchange, which knows one market only.
    @asynccontextmanager
    async def embedded() -> AsyncIterator[Session]:
        async with (
            Sandbox(accounts=["me"], markets=["KXA"]) as exchange,
            Session(exchange.environment, exchange.credentials("me")) as session,
        ):
            yield session

    monkeypatch.setattr(Session, "from_env", embedded)
    monkeypatch.setattr("kalshi_async.streams.recorder.MOST_WAITING", 0)
    arguments = ["--ticker", "KXA", "--ticker", "KXNO", "--out", str(tmp_path / "a"), "--seconds", "0.2"]
    assert program.main([*arguments, "--channel", "trade"]) == 1
    assert "KXNO: the exchange refused it" in capsys.readouterr().err
    assert program.main(["--ticker", "KXNO", "--out", str(tmp_path / "b"), "--channel", "trade"]) == 2
    monkeypatch.setattr("kalshi_async.streams._files.os.write", lambda *_: 1 / 0)
    assert program.main([*arguments, "--channel", "trade"]) == 1
    assert "the recording ended early: division by zero" in capsys.readouterr().err


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_whole_file(number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "frames.jsonl"
    command = [sys.executable, "-m", "kalshi_async.record", "--ticker", "KXA", "--out", str(out), "--sandbox"]
    with subprocess.Popen(
        [*command, "--compression", "gzip"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert " frames " in process.stderr.readline()
        process.send_signal(number)
        assert f"gaps: {out}.gz" in process.stdout.read()
        assert process.wait() == 0
    assert "subscribed" in kinds(tmp_path / "frames.jsonl.gz")
