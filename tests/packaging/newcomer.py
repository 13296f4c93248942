"""A newcomer's way, with a clock beside it: from a fresh clone to a filled order of one's own.

``python -m tests.packaging.newcomer`` clones what is committed, runs the commands that the
README's first screens show, writes its quickstart into a file, changes market, price and count
as anybody would, and runs that. Commands and program are taken from the README of the
clone, never typed again here. It prints the seconds of each step and asserts none.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What a first look at the quickstart invites to change; each must be there exactly once.
CHANGES = (
    (".collect(1))[0]", ".collect(2))[1]"),
    ('"bid", 10, "0.02"', '"bid", 25, "0.03"'),
    ('"bid", 2, book.best_ask', '"bid", 1, "0.95"'),
)
FILLED = re.compile(r"^bought 1\.00 YES at 0\.\d+", re.MULTILINE)
_NOT_CLONED = shutil.ignore_patterns(".*", "build", "dist", "__pycache__", "*.egg-info")


def first_commands(readme: str) -> list[str]:
    """Return the commands down to the end of the quickstart: the demo, and the shipped program."""
    screens = "\n## ".join(readme.split("\n## ")[:2])
    blocks: list[str] = re.findall(r"```bash\n(.*?)\n```", screens, re.DOTALL)
    return [*blocks, *re.findall(r"`(\.venv/bin/python -m examples\.[^`]*)`", screens)]


def changed_quickstart(readme: str) -> str:
    """Return the README's program with the changes of a person who tries it."""
    (program,) = re.findall(r"```python\n(.*?asyncio\.run\(main\(\)\)\n)```", readme, re.DOTALL)
    for shown, wanted in CHANGES:
        if program.count(shown) != 1:
            raise ValueError(
                f"the quickstart must hold {shown!r} once, holds it {program.count(shown)} times"
            )
        program = program.replace(shown, wanted)
    return str(program)


def clone(folder: Path) -> None:
    """Clone what is committed, or copy the tree where it is no repository."""
    if (ROOT / ".git").exists():
        run("git", "clone", "--quiet", str(ROOT), str(folder))
    else:
        shutil.copytree(ROOT, folder, ignore=_NOT_CLONED)


def run(*command: str, folder: Path | None = None) -> str:
    """Run a command, show what it prints, and return it; a failure ends the way."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, end="", flush=True)
    return done.stdout


@dataclass(slots=True)
class Stopwatch:
    """Owner of the seconds of every step, in order."""

    seconds: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say what is done, and count its seconds."""
        print(f"\n==> {name}", flush=True)
        began = time.monotonic()
        yield
        self.seconds.append((name, time.monotonic() - began))


def walk(folder: Path) -> Stopwatch:
    """Go the whole way in a folder."""
    watch = Stopwatch()
    home = folder / "kalshi_async"
    with watch.step("git clone"):
        clone(home)
    readme = (home / "README.md").read_text(encoding="utf-8")
    for command in first_commands(readme):
        with watch.step(command):
            run("bash", "-euo", "pipefail", "-c", command, folder=home)
    with watch.step(".venv/bin/python mine.py"):
        (home / "mine.py").write_text(changed_quickstart(readme), encoding="utf-8")
        printed = run(".venv/bin/python", "mine.py", folder=home)
    if not FILLED.search(printed):
        raise SystemExit("the newcomer's own order was not filled")
    return watch


def main() -> None:
    """Go, and print the table of times."""
    with tempfile.TemporaryDirectory() as folder:
        steps = walk(Path(folder)).seconds
    whole = ("all of it, up to the filled order", sum(seconds for _, seconds in steps))
    print("\nseconds  step", *(f"{seconds:7.1f}  {name}" for name, seconds in [*steps, whole]), sep="\n")


if __name__ == "__main__":
    main()
