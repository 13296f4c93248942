"""Which room may import what: for every room a list of what is allowed; everything else is refused.

A room is a folder or a module at the top of the package, or of the sandbox. Names are relative
to ``kalshi_async``. Imports for type checking count like others, except where a list says so.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping

from tests.layout.house import NOTHING, ROOT, Import, all_imports, modules

FRONT, SANDBOX, PLUGIN = "kalshi_async", "sandbox", "kalshi_async_pytest"
"""The packages whose names are public, and the plugin. Allowing one allows no room below it."""

SHARED = ("contract", "clock", "environment", "errors", "signing.credentials")
"""What the sandbox shares with the client: shapes and names, no behavior."""

PARTS = ("engine", "accounts", "markets", "reads")
BELOW_HTTP = (*SHARED, *(f"sandbox.{part}" for part in PARTS), "sandbox.settings", "sandbox.fixed_point")
EXCHANGE = (*BELOW_HTTP, "sandbox.control", "sandbox.exchange")
SERVED: tuple[str, ...] = (*EXCHANGE, "sandbox.access", "sandbox.edge")
SERVED += ("sandbox.api2025",)  # api2025

IN_THE_SANDBOX: dict[str, tuple[str, ...]] = {
    "settings": SHARED,
    "fixed_point": SHARED,
    "virtual_time": SHARED,
    **dict.fromkeys(PARTS, BELOW_HTTP),
    "control": (*BELOW_HTTP, "sandbox.control"),
    "exchange": EXCHANGE,
    "traders": (*EXCHANGE, "sandbox.traders"),
    "access": (*BELOW_HTTP, "sandbox.access"),
    "edge": SERVED,
    "api2025": SERVED,  # api2025
    "faults": (*SERVED, "sandbox.embedded", "sandbox.faults"),
    "streams": (*SERVED, "sandbox.faults", "sandbox.streams"),
    "embedded": (*SERVED, "sandbox.faults", "sandbox.streams", "sandbox.traders"),
    "testing": (*EXCHANGE, "sandbox.embedded", "sandbox.testing"),
    "process": (*SHARED, "sandbox.access", "sandbox.settings", "sandbox.process", "__version__"),
    "__main__": (*BELOW_HTTP, SANDBOX, "sandbox.process"),
}

ABOVE_BOTH: dict[str, tuple[str, ...]] = {
    "demo": (FRONT, SANDBOX, "sandbox.traders"),
    "__main__": (FRONT, "__version__"),
    "record": (FRONT, SANDBOX, "streams"),
    "pytest_plugin": (PLUGIN,),
    PLUGIN: (FRONT, "clock", "calls", SANDBOX, "sandbox.faults", "sandbox.virtual_time"),
}
"""What stands above client and sandbox."""

FOREIGN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("contract", "requests", "account", "wire", "pagination", "resources"), ("msgspec",)),
    "api2025": ("msgspec",),  # api2025
    "signing": ("cryptography", "msgspec"),
    "transport": ("httpx", "httptools"),
    "dead_man": ("anyio",),
    "calls": ("msgspec", "tenacity"),
    "mirror": ("msgspec",),
    "streams": ("msgspec", "websockets"),
    "session_transport": ("httpx", "msgspec"),
    PLUGIN: ("httpx", "pytest", "starlette"),
    **dict.fromkeys(("sandbox.engine", "sandbox.__main__"), ("msgspec",)),
    "sandbox.api2025": ("msgspec",),  # api2025
    "sandbox.access": ("cryptography",),
    "sandbox.edge": ("msgspec", "starlette", "uvicorn"),
    "sandbox.faults": ("msgspec", "starlette"),
    "sandbox.streams": ("msgspec", "starlette", "uvicorn", "websockets"),
    "sandbox.embedded": ("starlette",),
    "sandbox.virtual_time": ("anyio",),
}
"""Packages of others that a room may import."""

FOREIGN_TYPES = {"session": ("httpx",)}
"""Packages that a room may import for type checking only."""

WITHOUT_HTTP = (*(f"sandbox.{part}" for part in PARTS), "sandbox.settings", "sandbox.fixed_point")
STANDARD = (
    *(
        "__future__",
        "bisect",
        "collections",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
    ),
    *("heapq", "itertools", "math", "operator", "random", "re", "string", "types", "typing"),
)
"""All that WITHOUT_HTTP may import of the standard library: no network, no files, no clock."""


def rooms() -> Mapping[str, tuple[str, ...]]:
    """Return for every room what it may import of the tree; the client's order is that of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (one["layers"] for one in project["tool"]["importlinter"]["contracts"] if "layers" in one)
    found: dict[str, tuple[str, ...]] = {}
    below: tuple[str, ...] = ()
    for layer in reversed(layers):
        names = re.findall(r"\w+", layer)
        beside = tuple(names) if ":" in layer else ()  # which may import each other
        found |= {name: (name, *beside, *below, *ABOVE_BOTH.get(name, ())) for name in names}
        below = (*below, *names)
    found[PLUGIN] = ABOVE_BOTH[PLUGIN]
    found[FRONT] = found["session"]
    found |= {f"sandbox.{room}": allowed for room, allowed in IN_THE_SANDBOX.items()}
    found[SANDBOX] = tuple(
        f"sandbox.{room}" for room in IN_THE_SANDBOX if room not in ("process", "__main__")
    )
    return found


def room_of(module: str) -> str:
    """Return the room of a module: ``session``, ``calls``, ``sandbox.edge``, or one of the fronts."""
    if module in (FRONT, PLUGIN):
        return module
    parts = module.split(".")
    return ".".join(parts[1:3] if parts[1] == SANDBOX else parts[1:2])


def trespassers(planted: Mapping[str, str] = NOTHING) -> list[str]:
    """Return every import that no list allows, and every module whose room has no list."""
    allowed = rooms()
    found: set[str] = set()
    for module, below in all_imports(planted).items():
        room = room_of(module)
        if room in allowed:
            found |= {f"{module} imports {name}" for name in _refused(room, allowed[room], below, planted)}
        else:
            found.add(f"{module}: no list says what it may import")
    return sorted(found)


def _refused(
    room: str, allowed: tuple[str, ...], below: frozenset[Import], planted: Mapping[str, str]
) -> Iterator[str]:
    for one in below:
        is_ours = one.module in modules() or one.module in planted
        name = f"{one.module}.{one.name}".rstrip(".")
        if not (_is_allowed(one, allowed) if is_ours else _is_allowed_foreign(one, room)):
            yield name


def _is_allowed(one: Import, allowed: tuple[str, ...]) -> bool:
    if (one.module, one.name) == (FRONT, "__version__"):
        return "__version__" in allowed or FRONT in allowed
    name = one.module.removeprefix(f"{FRONT}.")
    if name in (FRONT, SANDBOX):
        return name in allowed
    return any(name == entry or (entry != SANDBOX and name.startswith(f"{entry}.")) for entry in allowed)


def _is_allowed_foreign(one: Import, room: str) -> bool:
    top = one.module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return room not in WITHOUT_HTTP or top in STANDARD
    return top in FOREIGN.get(room, ()) or (one.is_for_types and top in FOREIGN_TYPES.get(room, ()))
