"""Seeded damage to what goes over the wire: first to its meaning, then to its bytes.

Knows JSON and nothing of the exchange. The same seed does the same damage.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Callable, Iterator
from typing import TypeAlias

Json: TypeAlias = object
Place: TypeAlias = tuple["dict[str, Json] | list[Json]", "str | int"]

NASTY: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**40,
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "0",
    "-1.00",
    "NaN",
    "Infinity",
    "1_000",
    "1e5",
    "1E999999999999999999",
    "0." + "0" * 50 + "1",
    "9" * 400,
    "\u0661\u0662",
    "\x00",
    "\ud800",
    "A" * 5_000,
    "resting",
    "a word of tomorrow",
    "2026-11-22T12:00:00Z",
    "99999-99-99T99:99:99Z",
    "0001-01-01T00:00:00+23:59",
    [],
    {},
    [[]],
    [None],
    {"error": {"code": "internal_error"}},
    {"code": 1, "message": []},
)
BAD_BYTES = (
    b"\x00",
    b"\xff\xfe",
    b"\xc3\x28",
    b'"',
    b"{",
    b"]",
    b",",
    b"\\u",
    b"\\ud800",
    b"e9",
    b"-",
    b"\n",
)
ENCODINGS = (b"gzip", b"deflate", b"br", b"identity", b"", b"GZIP", b"\xff")


def places(tree: Json) -> Iterator[Place]:
    """Every place in a tree that holds a value."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield tree, key
            yield from places(value)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield tree, index
            yield from places(value)


def mutated(tree: Json, rng: random.Random) -> bytes:
    """Return a document with one or two things wrong with it, as bytes."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.randint(1, 2)):
        known = list(places(tree))
        if not known:
            tree = copy.deepcopy(rng.choice(NASTY))
            continue
        holder, key = rng.choice(known)
        rng.choice(_CHANGES)(holder, key, rng)
    raw = json.dumps(tree).encode("utf-8", "surrogatepass")
    return _damaged(raw, rng) if rng.random() < 0.2 else raw


def _replace(holder: dict[str, Json] | list[Json], key: str | int, rng: random.Random) -> None:
    holder[key] = copy.deepcopy(rng.choice(NASTY))  # type: ignore[index]  # a key of its own holder


def _drop(holder: dict[str, Json] | list[Json], key: str | int, rng: random.Random) -> None:
    del holder[key]  # type: ignore[arg-type]


def _rename(holder: dict[str, Json] | list[Json], key: str | int, rng: random.Random) -> None:
    if isinstance(holder, dict) and isinstance(key, str):
        holder[rng.choice((key.upper(), key + "_fp", "", "error", "cursor"))] = holder.pop(key)


def _repeat(holder: dict[str, Json] | list[Json], key: str | int, rng: random.Random) -> None:
    if isinstance(holder, list) and isinstance(key, int):
        holder.extend([holder[key]] * rng.randint(1, 3))
    elif isinstance(holder, dict):
        holder[f"new field {rng.random()}"] = holder[key]  # type: ignore[index]


def _nest(holder: dict[str, Json] | list[Json], key: str | int, rng: random.Random) -> None:
    value = holder[key]  # type: ignore[index]
    for _ in range(rng.choice((1, 2, 60))):
        value = [value] if rng.random() < 0.5 else {"error": value}
    holder[key] = value  # type: ignore[index]


def _retype(holder: dict[str, Json] | list[Json], key: str | int, rng: random.Random) -> None:
    value = holder[key]  # type: ignore[index]
    try:
        holder[key] = float(value) if isinstance(value, str) else str(value)  # type: ignore[index]
    except ValueError:
        holder[key] = f" {value}"  # type: ignore[index]


_CHANGES: tuple[Callable[[dict[str, Json] | list[Json], str | int, random.Random], None], ...] = (
    _replace,
    _replace,
    _drop,
    _rename,
    _repeat,
    _nest,
    _retype,
)


def _damaged(raw: bytes, rng: random.Random) -> bytes:
    """Cut, splice or bomb the bytes themselves."""
    at = rng.randrange(len(raw) + 1)
    kind = rng.randrange(6)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + rng.choice(BAD_BYTES) + raw[at:]
    if kind == 2:
        return raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]
    if kind == 3:
        return b"<html><body>" + raw + b"</body></html>"
    if kind == 4:
        return b'{"a":' * 2_000 + raw + b"}" * 2_000
    return raw + raw


def encoded(raw: bytes, rng: random.Random) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
    """Return the headers and the body of a reply, sometimes compressed, sometimes damaged."""
    if rng.random() < 0.85:
        return ((b"content-type", b"application/json"),), raw
    encoding = rng.choice(ENCODINGS)
    body = gzip.compress(raw, 1) if rng.random() < 0.6 else raw
    if rng.random() < 0.3:
        body = body[: rng.randrange(len(body) + 1)]
    return ((b"Content-Encoding", encoding),), body
