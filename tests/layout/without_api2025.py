"""A copy of the tree without the API of 2025: its folders deleted, and every line that is marked for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.layout.house import ROOT

FOLDERS = (
    "kalshi_async/api2025",
    "kalshi_async/contract/api2025",
    "kalshi_async/sandbox/api2025",
    "tests/api2025",
)
COPIED = (
    *("kalshi_async", "kalshi_async_pytest.py", "tests", "examples", "benchmarks", "noxfile.py"),
    *("pyproject.toml", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "docs"),
    *(".ci", ".gitignore", ".pre-commit-config.yaml"),
)
"""What is copied; MIGRATING.md goes with the API that it migrates from."""

UNMARKED_LINES = (
    *("* ``session.legacy``", "* ``api2025``", "``legacy`` is for", 'or "2025" with'),
    "api2025/    ",
)
"""How lines of docstrings and of the drawing of folders begin that go too: a mark would be shown there."""

SHORTENED = {
    "docs/architecture.md": ("`api2025` → ", ""),
    "kalshi_async/environment.py": ('"current", "2025"', '"current"'),
}
"""Lines of which a part stays: the chain of imports, and the names of the generations."""

MARKED = ("*.py", "pyproject.toml", "CONTRIBUTING.md")

MARK, FROM, TO = "# api2025", "# api2025: from here", "# api2025: to here"


def copy_without_api2025(target: Path) -> None:
    """Copy the tree to ``target``; what is of 2025 and the text of the tests that make copies stay behind."""
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, target / name)
    for folder in FOLDERS:
        shutil.rmtree(target / folder)
    for deletion in ("without_api2025.py", "test_without_api2025.py", "test_adding_an_endpoint.py"):
        # Not unlinked: CONTRIBUTING names them.
        (target / "tests" / "layout" / deletion).write_text('"""Not for copies."""\n', encoding="utf-8")
    for path in sorted(path for pattern in MARKED for path in target.rglob(pattern)):
        text = path.read_text(encoding="utf-8")
        path.write_text(unmarked(text, str(path.relative_to(target))), encoding="utf-8")
    for name, (old, new) in SHORTENED.items():
        text = (target / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} must hold {old!r} once"
        (target / name).write_text(text.replace(old, new), encoding="utf-8")


def unmarked(text: str, name: str) -> str:
    """Return a source without its marked lines and blocks; ``name`` is for the errors."""
    kept: list[str] = []
    is_inside = False
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped in (FROM, TO):
            assert is_inside is (stripped == TO), f"{name}: {stripped} out of place"
            is_inside = not is_inside
        elif not is_inside and not stripped.endswith(MARK) and not stripped.startswith(UNMARKED_LINES):
            kept.append(line)
    assert not is_inside, f"{name}: a block has no end"
    return "".join(kept)
