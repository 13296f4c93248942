"""The groups of libraries that are measured in turns, and the batches of each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .libraries import ED25519, LIBRARIES, NOSIGN, RSA
from .messages import Batch

TASKS = (1, 4, 16, 64, 256)
HELD = (10, 10_000)

_CREATE = "create"
_AT_8, _AT_64 = "8 at once", "64 at once"


@dataclass(frozen=True, slots=True)
class Group:
    """Libraries that run the same batches in turns, with one kind of key."""

    name: str
    signing: str
    """The kind of key, or "nosign" for a constant signature."""
    libraries: tuple[str, ...]
    batches: Mapping[str, Batch]
    """The batches, by the name of the case."""
    rounds: int = 12
    quick_rounds: int = 4
    """The rounds with ``--quick``."""
    is_secure: bool = False
    """Whether the connections use TLS."""
    is_fresh: bool = False
    """Whether each round starts a new process and measures its start."""


def _with(signing: str) -> tuple[str, ...]:
    return tuple(library.adapter for library in LIBRARIES if signing in library.keys)


_SDKS = tuple(library.adapter for library in LIBRARIES if library.is_sdk)
_SIGNED = {
    _CREATE: Batch("create", 30),
    _AT_8: Batch("create", 64, at_once=8),
    _AT_64: Batch("create", 192, at_once=64),
}

GROUPS = (
    Group(
        NOSIGN,
        NOSIGN,
        _with(NOSIGN),
        {
            _CREATE: Batch("create", 80),
            "cancel": Batch("cancel", 60),
            _AT_8: Batch("create", 160, at_once=8),
            _AT_64: Batch("create", 256, at_once=64),
            "page of 200": Batch("page", 5, limit=200),
            "page of 1000": Batch("page", 3, limit=1000),
        },
    ),
    Group(RSA, RSA, _with(RSA), {**_SIGNED, "paced": Batch("create", 30, pause_s=0.005)}),
    Group(ED25519, ED25519, _with(ED25519), _SIGNED),
    Group(
        "tls",
        NOSIGN,
        _with(NOSIGN),
        {_CREATE: Batch("create", 60), _AT_8: Batch("create", 120, at_once=8)},
        quick_rounds=3,
        is_secure=True,
    ),
    Group("fills", NOSIGN, ("floor", *_SDKS), {"fills": Batch("fills", 1)}, rounds=10, quick_rounds=2),
    Group("start", NOSIGN, _with(NOSIGN), {}, rounds=10, quick_rounds=2, is_fresh=True),
    Group(
        "growth",
        NOSIGN,
        ("ours",),
        {
            **{f"{tasks} tasks": Batch("create", 512, at_once=tasks) for tasks in TASKS},
            **{f"{held} held": Batch("create", 256, held=held) for held in HELD},
        },
    ),
)
