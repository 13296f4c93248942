"""What ``import kalshi_async`` offers, and what it does not drag in."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import kalshi_async
from kalshi_async import errors

# Everything that an embedding program must not pay for, or must not meet at all.
UNWANTED = ("starlette", "uvicorn", "kalshi_async.sandbox", "kalshi_async.__main__", "pytest")

# Type checkers do not see the list: they take each "name as name" for public.
PUBLIC: list[str] = import_module("kalshi_async").__all__

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


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_explained(name: str) -> None:
    value = getattr(kalshi_async, name)
    if name.startswith("__"):
        assert isinstance(value, str)
    else:
        assert (value.__doc__ or "").strip()


def test_all_public_names_are_those_that_are_imported() -> None:
    # Each stands once, as "name as name", which type checkers take for public.
    tree = ast.parse(Path(kalshi_async.__file__).read_text())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    listed = [alias.asname for node in imports for alias in node.names]
    assert len(set(listed)) == len(listed)
    assert {"__version__", *listed} == set(PUBLIC)


def test_a_star_gives_the_public_names_and_no_module() -> None:
    # What a type checker takes it for: tests/typing/star_import.py.
    given: dict[str, object] = {}
    exec("from kalshi_async import *", given)
    assert given.keys() - {"__builtins__"} == set(PUBLIC)
    assert [name for name, value in given.items() if inspect.ismodule(value)] == []


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'kalshi_async' has no attribute 'Sesion'"):
        _ = kalshi_async.Sesion  # type: ignore[attr-defined]  # on purpose


def test_every_error_is_public() -> None:
    tree = {name for name, value in vars(errors).items() if isinstance(value, type) and name[0].isupper()}
    raised = {name for name in tree if issubclass(vars(errors)[name], kalshi_async.KalshiError)}
    assert raised <= set(PUBLIC)


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
