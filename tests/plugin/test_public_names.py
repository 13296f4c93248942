"""``kalshi_async`` loads its names when they are asked for; nobody else should notice."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kalshi_async


def imported_for_type_checkers() -> dict[str, str]:
    """Names and the modules that type checkers take them from."""
    tree = ast.parse(Path(kalshi_async.__file__).read_text())
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in imports for alias in node.names}


@pytest.mark.parametrize("name", kalshi_async.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(kalshi_async, name) is not None


def test_type_checkers_and_python_agree_on_where_names_live() -> None:
    homes = imported_for_type_checkers()
    assert sorted([*homes, "__version__"]) == sorted(kalshi_async.__all__)
    for name, module in homes.items():
        assert getattr(kalshi_async, name) is getattr(sys.modules[module], name)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'kalshi_async' has no attribute 'Sesion'"):
        _ = kalshi_async.Sesion  # type: ignore[attr-defined]  # misspelt on purpose


def test_all_names_are_listed() -> None:
    assert set(kalshi_async.__all__) <= set(dir(kalshi_async))


def test_a_module_is_an_attribute_without_being_imported() -> None:
    """As it was when the package imported all of itself."""
    program = "import kalshi_async, sys; print(kalshi_async.errors.NotFound.__name__, 'httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "NotFound False\n"
