"""No room imports what its list does not allow; each kind of trespass, planted, is found."""

from __future__ import annotations

import pytest

from tests.layout.house import circles, imports, modules
from tests.layout.walls import FOREIGN, FOREIGN_TYPES, FRONT, PLUGIN, room_of, rooms, trespassers

ENGINE = "kalshi_async.sandbox.engine.book"
ACCESS = "kalshi_async.sandbox.access.keys"
MARKETS = "kalshi_async.sandbox.markets.grid"
EMBEDDED = "kalshi_async.sandbox.embedded"
SESSION = "kalshi_async.session"
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "

# Module, line, what is found.
TRESPASSES = (
    # The sandbox takes the client through its front.
    (ENGINE, "from kalshi_async import Session", "kalshi_async.Session"),
    (ACCESS, "from kalshi_async import KeySigner", "kalshi_async.KeySigner"),
    (MARKETS, "from kalshi_async import Http1Transport", "kalshi_async.Http1Transport"),
    (ENGINE, "import kalshi_async", "kalshi_async"),
    (ENGINE, "from kalshi_async import *", "kalshi_async.*"),
    (ENGINE, "from kalshi_async import __version__", "kalshi_async.__version__"),
    (ENGINE, f"{FOR_TYPES}from kalshi_async import Session", "kalshi_async.Session"),
    (ENGINE, "def late():\n    from kalshi_async.session import Session", "kalshi_async.session.Session"),
    (ENGINE, "from ...calls import retry", "kalshi_async.calls.retry"),
    (ENGINE, "from ... import Session", "kalshi_async.Session"),
    # Its parts take what stands above them.
    (ENGINE, "from kalshi_async.sandbox import Sandbox", "kalshi_async.sandbox.Sandbox"),
    (MARKETS, "from kalshi_async.sandbox.edge import app", "kalshi_async.sandbox.edge.app"),
    (
        "kalshi_async.sandbox.control.market_control",
        "import kalshi_async.sandbox.exchange",
        "kalshi_async.sandbox.exchange",
    ),
    # A package of others where none, or another, is meant.
    (SESSION, "import httpx", "httpx"),
    ("kalshi_async.calls.retry", f"{FOR_TYPES}import httpx", "httpx"),
    (ENGINE, "import httptools", "httptools"),
    (ENGINE, "from http import HTTPStatus", "http.HTTPStatus"),
    (ENGINE, "import asyncio", "asyncio"),
    ("kalshi_async.sandbox.reads.reads", "from starlette.types import Send", "starlette.types.Send"),
    (SESSION, "import kalshi_async_pytest", "kalshi_async_pytest"),
    (EMBEDDED, "import kalshi_async_pytest", "kalshi_async_pytest"),
    # The client takes the sandbox.
    (FRONT, "from kalshi_async.sandbox import Sandbox", "kalshi_async.sandbox.Sandbox"),
    (FRONT, "import kalshi_async.demo.runner", "kalshi_async.demo.runner"),
    ("kalshi_async.errors", "import kalshi_async.sandbox.settings", "kalshi_async.sandbox.settings"),
    # The client takes what stands above.
    ("kalshi_async.wire.outgoing", "from kalshi_async.calls import call", "kalshi_async.calls.call"),
    ("kalshi_async.signing.skew", "from kalshi_async.wire import outgoing", "kalshi_async.wire.outgoing"),
)


def test_no_room_imports_what_its_list_does_not_allow() -> None:
    assert trespassers() == []


@pytest.mark.parametrize(("module", "line", "name"), TRESPASSES)
def test_a_trespass_would_be_found(module: str, line: str, name: str) -> None:
    assert module in modules()
    assert trespassers({module: line}) == [f"{module} imports {name}"]


def test_a_new_folder_at_the_top_needs_its_list() -> None:
    new = {"kalshi_async.novelties.books": "from kalshi_async.sandbox.engine.book import Book"}
    assert trespassers(new) == ["kalshi_async.novelties.books: no list says what it may import"]
    used = {**new, ENGINE: "from kalshi_async.novelties.books import Books"}
    assert f"{ENGINE} imports kalshi_async.novelties.books.Books" in trespassers(used)


def test_a_new_folder_of_the_sandbox_needs_its_list() -> None:
    new = {"kalshi_async.sandbox.replays": "import asyncio"}
    assert trespassers(new) == ["kalshi_async.sandbox.replays: no list says what it may import"]


def test_a_new_module_of_the_signers_is_not_shared_with_the_sandbox() -> None:
    new = {
        "kalshi_async.signing.presign": "",
        ACCESS: "from kalshi_async.signing.presign import presigned",
    }
    assert trespassers(new) == [f"{ACCESS} imports kalshi_async.signing.presign.presigned"]


@pytest.mark.parametrize(
    "line",
    [
        "from .pipeline import Pipeline",
        "from . import pipeline",
        "from ..calls import pipeline",
        "from kalshi_async import Session",
    ],
)
def test_a_circle_would_be_found_however_it_is_written(line: str) -> None:
    planted = {"kalshi_async.calls.retry": f"{FOR_TYPES}{line}"}
    (circle,) = circles(imports(planted))
    assert {"kalshi_async.calls.retry", "kalshi_async.calls.pipeline"} <= set(circle)


def test_every_list_is_that_of_a_room() -> None:
    there = {room_of(module) for module in modules()}
    assert set(rooms()) == there
    assert FOREIGN.keys() | FOREIGN_TYPES.keys() <= there


def test_every_name_in_a_list_is_there() -> None:
    names = {name for allowed in rooms().values() for name in allowed} - {FRONT, PLUGIN, "__version__"}
    assert {name for name in names if f"kalshi_async.{name}" not in modules()} == set()
