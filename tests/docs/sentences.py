"""Split a page of Markdown into its sentences, each with the heading above it.

A row of a table is a sentence, and so is a block of code. The head of a table is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"(?<=[.:])\s+(?=[A-Z`*])")
_RULE = re.compile(r"\|[-| ]+\|")


def sentences(page: str) -> Iterator[tuple[str, str]]:
    """Yield heading and sentence, in the order of the page."""
    heading = ""
    for block in _blocks(page):
        if block.startswith("#"):
            heading = block.lstrip("# ")
        elif block.startswith("```"):
            yield heading, "\n".join(block.splitlines()[1:-1])
        elif block.startswith("|"):
            rows = block.splitlines()
            assert _RULE.fullmatch(rows[1]), "a table has a rule below its head"
            yield from ((heading, row) for row in rows[2:])
        else:
            yield from ((heading, sentence) for sentence in _END.split(" ".join(block.splitlines())))


def _blocks(page: str) -> Iterator[str]:
    # Code may hold blank lines; nothing else does.
    for part in re.split(r"(```.*?```)", page, flags=re.DOTALL):
        if part.startswith("```"):
            yield part
        else:
            yield from (block.strip() for block in re.split(r"\n\s*\n", part) if block.strip())
