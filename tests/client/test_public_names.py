"""What ``import kalshi_async`` offers, and what it does not drag in."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kalshi_async
from kalshi_async import errors

# Everything that an embedding program must not pay for, or must not meet at all.
UNWANTED = ("starlette", "uvicorn", "kalshi_async.sandbox", "kalshi_async.__main__", "pytest")

LOADED = """
import sys
from kalshi_async import *
print(*sorted(sys.modules))
"""
QUIET = """
import logging, threading
from kalshi_async import *
print(logging.root.handlers, threading.active_count())
"""


@pytest.mark.parametrize("name", kalshi_async.__all__)
def test_every_public_name_is_there_and_explained(name: str) -> None:
    value = getattr(kalshi_async, name)
    if name.startswith("__"):
        assert isinstance(value, str)
    else:
        assert (value.__doc__ or "").strip()


def imported_for_type_checkers() -> set[str]:
    tree = ast.parse(Path(kalshi_async.__file__).read_text())
    [block] = [
        node for node in tree.body if isinstance(node, ast.If) and not isinstance(node.test, ast.UnaryOp)
    ]
    return {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_type_checkers_and_programs_see_the_same_names() -> None:
    # Names are looked up when they are used: two lists that could drift apart.
    assert len(set(kalshi_async.__all__)) == len(kalshi_async.__all__)
    assert imported_for_type_checkers() | {"__version__"} == set(kalshi_async.__all__)
    assert set(kalshi_async.__all__) <= set(dir(kalshi_async))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'kalshi_async' has no attribute 'Sesion'"):
        _ = kalshi_async.Sesion  # type: ignore[attr-defined]  # on purpose


def test_every_error_is_public() -> None:
    tree = {name for name, value in vars(errors).items() if isinstance(value, type) and name[0].isupper()}
    raised = {name for name in tree if issubclass(vars(errors)[name], kalshi_async.KalshiError)}
    assert raised <= set(kalshi_async.__all__)


def test_the_version_is_one_that_packaging_understands() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", kalshi_async.__version__)


def printed_by(program: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()


def test_the_client_comes_without_the_exchange() -> None:
    # The sandbox is an extra: without it installed, all names must import all the same.
    modules = printed_by(LOADED)
    assert "kalshi_async.session" in modules
    assert [name for name in modules if name.startswith(UNWANTED)] == []


def test_importing_configures_no_logging_and_starts_no_thread() -> None:
    assert printed_by(QUIET) == ["[]", "1"]


def test_a_module_is_found_through_the_package_too() -> None:
    # Loaded on demand: ``kalshi_async.retry`` need not be imported by its name first.
    assert kalshi_async.__getattr__("retry").RetryPolicy is kalshi_async.RetryPolicy
