"""What is in the wheels: the package and nothing else, the same from the tree and from the sdist.

``python -m tests.packaging.archives FROM_SDIST.whl FROM_TREE.whl`` prints what is wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

MUST_HOLD = ("kalshi_async/py.typed", "kalshi_async/sandbox/__main__.py", "kalshi_async_pytest.py")


def contents(wheel: Path) -> dict[str, bytes]:
    """Return every file of a wheel by its name."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def faults(from_sdist: dict[str, bytes], from_tree: dict[str, bytes]) -> list[str]:
    """Return a line for everything that is wrong with two wheels of one version."""
    strays = [name for name in from_sdist if not name.startswith("kalshi_async")]
    missing = [name for name in MUST_HOLD if name not in from_sdist]
    differing = [name for name in from_sdist | from_tree if from_sdist.get(name) != from_tree.get(name)]
    return [
        *(f"{name} is no part of the package" for name in strays),
        *(f"{name} is missing" for name in missing),
        *(f"{name} is not the same from the sdist and from the tree" for name in differing),
    ]


def main() -> int:
    """Compare two wheels."""
    from_sdist, from_tree = (contents(Path(argument)) for argument in sys.argv[1:])
    found = faults(from_sdist, from_tree)
    print(*found or [f"{len(from_sdist)} files, the same from the sdist and from the tree"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
