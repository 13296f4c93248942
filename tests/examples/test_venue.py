"""Where the examples run: nothing reaches demo or production unless somebody types its name."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

import pytest

from examples.flags import new_file, port
from examples.venue import arguments, venue
from kalshi_async import CredentialsError


def answer(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    """Be the one at the keyboard; None is a keyboard that is not there, ^C the key that ends programs."""

    def ask(_: str) -> str:
        if text is None:
            raise EOFError
        if text == "^C":
            signal.raise_signal(signal.SIGINT)
        return text

    monkeypatch.setattr("builtins.input", ask)
    for name in ("KALSHI_API_KEY_ID", "KALSHI_PRIVATE_KEY", "KALSHI_PRIVATE_KEY_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("environment", ["demo", "production"])
@pytest.mark.parametrize("text", ["", "yes", "y", None, "^C"])
async def test_nothing_is_opened_without_the_word(
    monkeypatch: pytest.MonkeyPatch, environment: str, text: str | None
) -> None:
    answer(monkeypatch, text)
    with pytest.raises(SystemExit, match="nothing was sent"):
        async with venue(environment):
            pass


async def test_the_word_is_followed_by_a_look_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "production")
    with pytest.raises(CredentialsError, match="KALSHI_API_KEY_ID"):
        async with venue("production"):
            pass


def test_the_sandbox_is_the_default() -> None:
    assert arguments("What it does.\n\nMore.").parse_args([]).environment == "sandbox"


def test_no_other_environment_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(None).parse_args(["--environment", "prod"])
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.real_time
async def test_the_sandbox_hands_out_its_exchange() -> None:
    async with venue("sandbox") as (session, exchange):
        assert exchange is not None
        assert session.environment == exchange.environment


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--seconds", "nan"], "must be a number of seconds, 0 or more, was 'nan'"),
        (["--seconds", "inf"], "was 'inf'"),
        (["--seconds", "-1"], "was '-1'"),
        (["--seconds", "soon"], "was 'soon'"),
        (["--ticker", "A", "--ticker", "B"], "argument --ticker: this example trades in one market"),
    ],
)
def test_a_flag_without_sense_is_refused(
    capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    """``nan`` went on for ever, and of two tickers the last was taken without a word."""
    with pytest.raises(SystemExit):
        arguments(None, "ticker", "seconds").parse_args(given)
    assert said in capsys.readouterr().err


def test_flags_with_sense_are_taken() -> None:
    taken = arguments(None, "ticker", "seconds").parse_args(["--seconds", "0", "--ticker", "A"])
    assert (taken.seconds, taken.ticker) == (0, ["A"])
    assert arguments(None, "tickers").parse_args(["--ticker", "A", "--ticker", "B"]).ticker == ["A", "B"]


@pytest.mark.parametrize("text", ["65536", "99999", "-1", "80a", "", "9" * 30])
def test_a_port_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="from 0 to 65535"):
        port(text)


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "x.csv"):
        with pytest.raises(argparse.ArgumentTypeError, match="can be written"):
            new_file(str(path))
    assert new_file(str(tmp_path / "x.csv")) == tmp_path / "x.csv"
