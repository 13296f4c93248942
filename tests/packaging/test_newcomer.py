"""The newcomer's commands and program are those of the README; the session ``newcomer`` runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.newcomer import CHANGES, changed_quickstart, first_commands

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_first_screens_install_and_then_run_the_quickstart() -> None:
    install, quickstart = first_commands(README)
    assert install.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert install.endswith("-m kalshi_async")
    assert quickstart == ".venv/bin/python -m examples.quickstart"


def test_the_program_that_is_tried_is_a_program_and_another_one() -> None:
    program = changed_quickstart(README)
    compile(program, "mine.py", "exec")
    assert all(wanted in program for _, wanted in CHANGES)


def test_a_quickstart_that_has_moved_on_is_noticed() -> None:
    # Else the newcomer would run the shipped program and call it his own.
    with pytest.raises(ValueError, match="must hold"):
        changed_quickstart(README.replace(CHANGES[0][0], ""))
