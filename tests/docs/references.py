"""Where a name in a docstring leads: to a place on a page, to something foreign, or nowhere.

What counts as a reference is code in double backticks that is dotted, called or written like a
class; a single word in lower case may as well be a parameter or a word of the wire. A
reference is looked for where a reader would: in the class, on the page, among the public
names, among what everybody calls by one name (``session.orders``), in the standard library.
"""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import httpx

import kalshi_async
from kalshi_async import Session, sandbox
from tests.docs.pages import PAGES, PARTLY
from tests.docs.published import CODE, Subject, subjects

NAMESPACES = (
    *("orders", "order_groups", "positions", "fills", "portfolio", "subaccounts", "transfers"),
    *("events", "series", "multivariate", "milestones", "live_data", "structured_targets", "search"),
    "incentive_programs",
    *("historical", "account", "exchange", "markets", "signer", "transport", "rate_limits", "environment"),
    "legacy",  # api2025
)
FOREIGN = ""
"""Where a reference leads that names something real which no page shows."""

NOT_INSTALLED = ("pandas", "polars")
"""What the docstrings speak of and the tests do without."""

_REFERENCE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(\(.*\))?", re.DOTALL)
_CLASS_LIKE = re.compile(r"[A-Z]+[a-z]\w*")


def name_in(code: str) -> str | None:
    """Return the name that a piece of code consists of, without arguments, or None."""
    match = _REFERENCE.fullmatch(" ".join(code.split()))
    return match[1] if match else None


def is_reference(name: str, *, is_called: bool = False) -> bool:
    """Tell whether a name must be one of Python's."""
    return is_called or "." in name or _CLASS_LIKE.fullmatch(name) is not None


def references(words: str) -> Iterator[str]:
    """Yield the names that a text refers to."""
    for code in CODE.findall(words):
        name = name_in(code)
        if name is not None and is_reference(name, is_called=code.endswith(")")):
            yield name


def target_of(reference: str, page: str, name: str = "") -> str | None:
    """Return ``page#anchor``, ``FOREIGN``, or None for what is not there.

    ``page`` and ``name`` say where it is written: a class of that page, or one of its methods.
    """
    head, *rest = reference.split(".")
    module = import_module(page)
    owner = getattr(module, name.partition(".")[0], None) if name else None
    found = _place_in_class(owner, head) if inspect.isclass(owner) and not rest else None
    if found is not None:
        return found
    for start in _starts(head, module):
        found = _follow(start, rest)
        if found is not None:
            return found
    return _of_module(reference)


def _starts(head: str, module: ModuleType) -> Iterator[object]:
    for place in (module, kalshi_async, sandbox):
        # A lazy name of the package, a global, or what only type checkers import.
        if hasattr(place, head):
            yield getattr(place, head)
    if head in _spoken():
        yield _spoken()[head]
    if hasattr(builtins, head):
        yield getattr(builtins, head)


def _follow(start: object, names: list[str]) -> str | None:
    """Walk from an object along further names."""
    if not names:
        return _place(start)
    if isinstance(start, ModuleType):
        below = f"{start.__name__}.{names[0]}"
        if not hasattr(start, names[0]) and _is_module(below):
            import_module(below)
        return _follow(getattr(start, names[0]), names[1:]) if hasattr(start, names[0]) else None
    kind = start if inspect.isclass(start) else type(start)
    if names[0] in _spoken() and issubclass(kind, kalshi_async.SessionView):
        return _follow(_spoken()[names[0]], names[1:])
    if len(names) > 1:
        return None
    found = _place_in_class(kind, names[0])
    return FOREIGN if found is None and hasattr(start, names[0]) else found


def _place(value: object) -> str:
    """Return where a module, class, function or constant stands."""
    if isinstance(value, ModuleType):
        return value.__name__ if value.__name__ in PAGES else FOREIGN
    page, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(page, str) or not isinstance(name, str):
        return FOREIGN
    if name.partition(".")[0] in PARTLY.get(page, ()):
        return f"kalshi_async.sandbox#{name}"
    return f"{page}#{name}" if name in _names_on(page) else FOREIGN


def _place_in_class(kind: type, attribute: str) -> str | None:
    for owner in kind.__mro__:
        name = f"{owner.__qualname__}.{attribute}"
        if name in _names_on(owner.__module__):
            return f"{owner.__module__}#{name}"
        if attribute in vars(owner) or attribute in getattr(owner, "__annotations__", {}):
            return FOREIGN
    return None


def _of_module(reference: str) -> str | None:
    """Find a module by its whole name, or something in one: ``asyncio.Runner``."""
    parts = reference.split(".")
    if parts[0] in NOT_INSTALLED:
        return FOREIGN
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if _is_module(name):
            return _follow(import_module(name), parts[length:])
    return None


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        return False


@cache
def _names_on(page: str) -> frozenset[str]:
    return frozenset(subject.name for subject in subjects(page)) if page in PAGES else frozenset()


@cache
def _spoken() -> dict[str, object]:
    """What everybody calls by one name. The session is made to be looked at, and never opened."""
    venue = sandbox.Sandbox(accounts=["me"])
    session = Session(venue.environment, venue.credentials("me"))
    things = {name: type(getattr(session, name)) for name in NAMESPACES}
    return {
        **things,
        "session": Session,
        "sandbox": sandbox,
        "order": kalshi_async.CreateOrder,
        "error": kalshi_async.OutcomeUnknown,
        "page": kalshi_async.Page,
        "request": httpx.Request("GET", "http://localhost"),
        "Decimal": Decimal,
    }


def dead_references(subject: Subject) -> list[str]:
    """Return the references of one text that lead nowhere."""
    return [
        reference
        for reference in references(subject.words)
        if target_of(reference, subject.page, subject.name) is None
    ]
