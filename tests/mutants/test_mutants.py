"""The mutation tester itself, on small modules; ``python -m tests.mutants`` runs it on the client."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.__main__ import ROOT, candidates
from tests.mutants.mutation import chosen, mutants_of
from tests.mutants.running import Outcome, copied, run_tests, try_all
from tests.mutants.subjects import SUBJECTS

MODULE = '''
"""A module."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 7

_log = logging.getLogger(__name__)


class Purse:
    """A class."""

    def __init__(self, coins: int = 3) -> None:
        self.coins = coins

    def __repr__(self) -> str:
        return "Purse" if self.coins > 5 else "poor"

    def pay(self, cost: int) -> int | None:
        """A method."""
        if not cost:
            raise ValueError(f"é: {self.coins + 1} coins, " + "never 2")
        if cost > self.coins and self.is_strict():
            _log.info("no %d coins", cost + 1)
            return None
        self.coins -= min(cost, 8)
        return self.coins

    def is_strict(self) -> bool:
        return self.coins == 4 or True
'''


def test_every_path_of_the_table_is_there() -> None:
    # pytest says nothing of a path to ignore that has moved: its tests would run.
    for subject in SUBJECTS.values():
        for path in (*subject.modules, *subject.tests):
            assert (ROOT / path.removeprefix("--ignore=")).exists(), path


def test_a_mutant_of_every_subject_compiles_and_is_another_program() -> None:
    for subject in SUBJECTS.values():
        for mutant in chosen(candidates(ROOT, subject), 20, seed=1):
            compile(mutant.source, mutant.path, "exec")
            assert mutant.source != (ROOT / mutant.path).read_text(encoding="utf-8"), str(mutant)


def test_texts_types_and_what_is_never_run_stay_as_they_are() -> None:
    changed = [mutant.was for mutant in mutants_of(MODULE, "purse.py")]
    for kept in ("LIMIT = 7", "_log.info", '"Purse"', '"""', "self.coins = coins"):
        assert not any(kept in line for line in changed)
    # The statement may be left out; its message is not changed.
    (raised,) = [mutant for mutant in mutants_of(MODULE, "purse.py") if "é" in mutant.was]
    assert raised.becomes == "pass"


def test_a_mutant_differs_in_one_place() -> None:
    mutants = {mutant.becomes: mutant for mutant in mutants_of(MODULE, "purse.py")}
    mutant = mutants["self.coins -= max(cost, 8)"]
    assert mutant.source == MODULE.replace("min(cost, 8)", "max(cost, 8)")
    assert str(mutant) == (
        f"purse.py:{mutant.line}  - self.coins -= min(cost, 8)  + self.coins -= max(cost, 8)"
    )


def test_a_choice_depends_on_the_seed_and_the_changes_alone() -> None:
    def keys(source: str, path: str, seed: int, renamed: dict[str, str] | None = None) -> list[str]:
        return [mutant.key for mutant in chosen(mutants_of(source, path), 8, seed, renamed)]

    first = keys(MODULE, "purse.py", 1)
    assert keys(MODULE, "purse.py", 1) == first
    assert keys(MODULE.replace("import logging", "import logging\n\n"), "elsewhere/wallet.py", 1) == first
    assert keys(MODULE, "purse.py", 2) != first
    moved = keys(MODULE.replace("Purse", "Wallet"), "purse.py", 1, {"Wallet": "Purse"})
    assert moved == [key.replace("Purse", "Wallet") for key in first]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project of one function and one test, which looks at positive numbers only."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "signs.py").write_text("def is_positive(number):\n    return number > 0\n")
    (project / "test_signs.py").write_text(
        "from signs import is_positive\n\n\ndef test_one():\n    assert is_positive(1)\n"
    )
    return project


def test_an_untouched_tree_is_a_survivor_and_a_broken_one_is_not(tree: Path, tmp_path: Path) -> None:
    source = (tree / "signs.py").read_text()
    (broken,) = (one for one in mutants_of(source, "signs.py") if one.becomes == "return None")
    copy = copied(tree, tmp_path / "copy")
    runs = try_all([broken, replace(broken, source=source)], ["test_signs.py"], [copy], limit_s=60)
    assert [run.outcome for _, run in runs] == [Outcome.FAILED, Outcome.PASSED]
    assert (copy / "signs.py").read_text() == (tree / "signs.py").read_text() == source


def test_a_mutant_that_never_ends_is_stopped(tree: Path, tmp_path: Path) -> None:
    (tree / "signs.py").write_text("while True: pass\n")
    copy = copied(tree, tmp_path / "copy")
    assert run_tests(copy, ["test_signs.py"], limit_s=1).outcome is Outcome.ENDLESS
