"""``python -m tests.differential.migrating 2025|today``: what MIGRATING.md shows of a vendor's SDK.

Runs the blocks that are marked with that word, with the SDK that is installed, against an
exchange of its generation. Knows nothing of our client.
"""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from pathlib import Path
from types import FunctionType

from tests.differential.process import running_venue
from tests.differential.venue import MARKETS

GUIDE = Path(__file__).parents[2] / "MIGRATING.md"
PROFILES = {
    "2025": "2025",  # api2025
    "today": "current",
}


def main(word: str) -> int:
    """Run the blocks of one SDK; the first error ends it."""
    blocks = re.findall(rf"```python {word}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    if not blocks:
        raise SystemExit(f"{GUIDE.name} has no block marked {word}")
    with running_venue(PROFILES[word]) as venue:
        key = venue.announcement.accounts["alice"]
        given = {
            "rest_url": venue.announcement.rest_url,
            "key_id": key.key_id,
            "private_key_pem": key.private_key_pem,
            "ticker": MARKETS[0],
        }
        for block in blocks:
            asyncio.run(run(block, dict(given)))
    print(f"{GUIDE.name}: {len(blocks)} of the SDK of {word} ran")
    return 0


async def run(block: str, namespace: dict[str, object]) -> None:
    """Run a snippet that may await at its top level."""
    code = compile(block, GUIDE.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = FunctionType(code, namespace)()
    if outcome is not None:
        await outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
