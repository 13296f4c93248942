"""The live view, the plain line, and the terminal that is left as it was found."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from kalshi_async.contract.operation import Priority
from kalshi_async.demo.canvas import BOLD, PLAIN, Screen, beside, cut, is_live, padded, painted, width_of
from kalshi_async.demo.display import QuoteView, TokensView, View, frame, plain_line
from kalshi_async.demo.pricing import Depth
from tests.demo.fills import fill

NOBODY = dict.fromkeys(Priority, 0)
VIEW = View(
    ticker="KXHIGHNY-26NOV23-B58.5",
    status="quoting",
    left_s=7.25,
    depth=Depth(
        [(Decimal("0.48"), Decimal(30)), (Decimal("0.47"), Decimal(55))], [(Decimal("0.53"), Decimal(40))]
    ),
    fair=Decimal("0.5050"),
    bid=QuoteView(Decimal("0.48"), Decimal(20), Decimal(30)),
    ask=QuoteView(Decimal("0.52"), Decimal(12), None),
    position=Decimal(-24),
    position_limit=Decimal(120),
    cash=Decimal("9987.1234"),
    profit=Decimal("1.2345"),
    realized=Decimal("1.0000"),
    fees=Decimal("0.1000"),
    read=TokensView(120.0, 200.0, {**NOBODY, Priority.BACKGROUND: 4}),
    write=TokensView(12.0, 100.0, {**NOBODY, Priority.RISK_REDUCING: 2, Priority.RISK_ADDING: 17}),
    fills=[fill("bid", "5", "0.48", "0.0218"), fill("ask", "7", "0.53", "0.0305")],
    fill_count=12,
    now_ms=1_795_348_801_500,
    counts="placed 3, amended 9, requests 120, 429s 0",
)
BARE = replace(VIEW, depth=Depth(), fair=None, bid=None, ask=None, fills=[], status="opening")


def text_of(view: View, width: int) -> list[str]:
    return [painted(cut(line, width), colour=False) for line in frame(view, width)]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class AsciiTerminal(Terminal):
    encoding = "ascii"


@pytest.mark.parametrize("width", [1, 20, 40, 77, 78, 120, 300])
@pytest.mark.parametrize("view", [VIEW, BARE], ids=["busy", "bare"])
def test_no_line_is_wider_than_the_terminal(view: View, width: int) -> None:
    """A wrapped line would push the rest of the view out of place."""
    assert all(len(line) <= width for line in text_of(view, width))


@pytest.mark.parametrize("width", [40, 120])
def test_everything_that_matters_is_shown(width: int) -> None:
    shown = "\n".join(text_of(VIEW, width))
    for expected in ("0.4800", "0.5050", "9,987.1234", "+1.2345", "-24", "12/100", "120/200", "12 fills"):
        assert expected in shown


@pytest.mark.parametrize("width", [40, 120])
def test_who_waits_for_tokens_is_told_by_class(width: int) -> None:
    assert any("2 cancels, 17 quotes, 4 reads" in line for line in text_of(VIEW, width))
    assert "queue 2/17/4" in plain_line(VIEW)


def test_an_own_quote_stands_in_the_ladder_with_its_place_in_the_queue() -> None:
    lines = text_of(VIEW, 40)
    assert any(line.split() == ["bid", "0.4800", "50", "20", "30"] for line in lines)
    assert any(line.split() == ["ask", "0.5200", "12", "12", "…"] for line in lines)


@pytest.mark.parametrize("width", [40, 120])
def test_the_view_keeps_its_height(width: int) -> None:
    """An emptier book must not make the lines below jump."""
    sides = frame(replace(VIEW, depth=Depth(), bid=None, ask=None), width)
    assert len(sides) == len(frame(VIEW, width))


def test_the_plain_line_is_one_line_of_ascii() -> None:
    """It goes into logs and pipes of any encoding."""
    for view in (VIEW, BARE):
        line = plain_line(view)
        assert line.isascii()
        assert line.isprintable()
    assert "bid 0.48x20 (ahead 30)" in plain_line(VIEW)
    assert "ask 0.52x12 (ahead ?)" in plain_line(VIEW)


def test_a_screen_gives_the_terminal_back_even_after_an_error() -> None:
    stream = Terminal()
    with suppress(ZeroDivisionError), Screen(stream, {}) as screen:
        screen.draw([[("hello", BOLD)]])
        raise ZeroDivisionError
    text = stream.getvalue()
    assert text.startswith("\x1b[?1049h\x1b[?25l")
    assert "\x1b[1mhello\x1b[0m" in text
    assert text.endswith("\x1b[?25h\x1b[?1049l")


def test_a_screen_draws_no_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    monkeypatch.setenv("LINES", "2")
    stream = Terminal()
    screen = Screen(stream, {"NO_COLOR": "1"})
    screen.draw([[("0123456789too wide", BOLD)], [("second", PLAIN)], [("third", PLAIN)]])
    assert screen.width == 10
    assert stream.getvalue() == "\x1b[H0123456789\x1b[K\nsecond\x1b[K\x1b[J"


@pytest.mark.parametrize(
    ("stream", "terminal", "live"),
    [
        (Terminal(), "xterm", True),
        (Terminal(), "dumb", False),
        (AsciiTerminal(), "xterm", False),
        (io.StringIO(), "xterm", False),
    ],
)
def test_only_a_capable_terminal_gets_the_live_view(stream: io.StringIO, terminal: str, live: bool) -> None:
    assert is_live(stream, {"TERM": terminal}) is live


def test_lines_are_cut_and_padded_by_columns() -> None:
    line = [("abc", BOLD), ("def", PLAIN)]
    assert cut(line, 4) == [("abc", BOLD), ("d", PLAIN)]
    assert cut(line, 3) == [("abc", BOLD)]
    assert width_of(padded(line, 9)) == 9
    assert width_of(padded(line, 5)) == 5


def test_blocks_of_different_height_stand_beside_each_other() -> None:
    one, two = [("a", PLAIN)], [("b", PLAIN)]
    rows = [painted(line, colour=False) for line in beside([one, one], [two, two, two], 3)]
    assert rows == ["a  b", "a  b", "   b"]
