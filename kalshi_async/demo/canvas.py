"""Styled lines on a terminal, cut to its width; the terminal is restored afterwards.

Uses plain ANSI sequences and does not know the contents of the lines.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, TextIO

PLAIN, BOLD, DIM, RED, GREEN, YELLOW, CYAN = "", "1", "2", "31", "32", "33", "36"

Span = tuple[str, str]
"""A text and its style: ``PLAIN``, ``BOLD`` or another of these constants."""

Line = Sequence[Span]

# The alternate screen: when it is left, the terminal shows its previous contents again.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME = "\x1b[H"
_REST_OF_LINE = "\x1b[K"
_REST_OF_SCREEN = "\x1b[J"


def width_of(line: Line) -> int:
    """Return the width of a line in columns; all characters of the demo are one column wide."""
    return sum(len(text) for text, _ in line)


def cut(line: Line, width: int) -> list[Span]:
    """Return the part of a line that fits into ``width`` columns."""
    left = width
    kept: list[Span] = []
    for text, style in line:
        if left <= 0:
            break
        kept.append((text[:left], style))
        left -= len(text)
    return kept


def padded(line: Line, width: int) -> list[Span]:
    """Return a line cut or filled to exactly ``width`` columns."""
    kept = cut(line, width)
    return [*kept, (" " * (width - width_of(kept)), PLAIN)]


def beside(left: Sequence[Line], right: Sequence[Line], left_width: int) -> list[Line]:
    """Return the lines of two blocks side by side, the left one ``left_width`` columns wide."""
    rows = max(len(left), len(right))
    blank: Line = ()
    return [
        [
            *padded(left[row] if row < len(left) else blank, left_width),
            *(right[row] if row < len(right) else blank),
        ]
        for row in range(rows)
    ]


def painted(line: Line, *, colour: bool) -> str:
    """Return a line as text, with ANSI styles if ``colour``."""
    if not colour:
        return "".join(text for text, _ in line)
    return "".join(f"\x1b[{style}m{text}\x1b[0m" if style else text for text, style in line)


def is_live(stream: TextIO, environ: Mapping[str, str] | None = None) -> bool:
    """Return whether a stream can show the live view: a terminal with cursor movement and Unicode."""
    variables = os.environ if environ is None else environ
    has_blocks = (stream.encoding or "").lower().startswith("utf")
    return stream.isatty() and has_blocks and variables.get("TERM", "") != "dumb"


class Screen:
    """A terminal in full-screen mode while the block runs, restored when the block ends or fails."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str] | None = None) -> None:
        self._stream = stream
        # no-color.org: any value but an empty one switches colours off.
        self._colour = not (os.environ if environ is None else environ).get("NO_COLOR")

    def __enter__(self) -> Self:
        self._write(_ENTER)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._write(_LEAVE)

    @property
    def width(self) -> int:
        """The current width of the terminal in columns."""
        return shutil.get_terminal_size().columns

    def draw(self, lines: Sequence[Line]) -> None:
        """Replace the contents of the screen by these lines, cut to its size."""
        columns, rows = shutil.get_terminal_size()
        shown = [painted(cut(line, columns), colour=self._colour) for line in lines[:rows]]
        separator = _REST_OF_LINE + "\n"
        self._write(_HOME + separator.join(shown) + _REST_OF_LINE + _REST_OF_SCREEN)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
