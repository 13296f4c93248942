"""Build a request, once per call: path, query and body bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache, partial
from typing import TypeAlias, TypedDict, Unpack
from urllib.parse import quote

import msgspec

from kalshi_async import errors
from kalshi_async.contract.operation import Operation, Priority
from kalshi_async.contract.subject import Subject
from kalshi_async.requests.filters import checked_ticker_filter
from kalshi_async.requests.validation import (
    checked_index,
    checked_subaccount,
    checked_text_id,
    checked_whole,
    shown,
    unix_seconds,
)
from kalshi_async.wire._subject import subject_of

QueryValue: TypeAlias = str | int | bool | datetime | Sequence[str] | None


class About(TypedDict, total=False):
    """The orders that a request is about: the keys to find them by, and their scope."""

    client_order_ids: tuple[str, ...]
    ticker: str | None
    subaccount: int | None
    subaccounts: tuple[int, ...]
    order_group_ids: tuple[str, ...]
    shard: int | None


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A request as it will be sent, the same for every attempt. ``path`` is what is signed.

    ``items`` is the number of orders of a batch. ``priority`` ranks the request in every
    queue. ``subaccount`` is the one of all its orders; ``subaccounts`` are those of a batch whose
    orders differ in it. ``shard`` is the one that a single write names: that shard's bucket pays.
    """

    operation: Operation[object]
    path: str
    """From the host's root; the signature covers it, but not ``query`` and ``body``."""
    query: str = ""
    body: bytes | None = None
    items: int = 1
    priority: Priority = Priority.RISK_ADDING
    client_order_ids: tuple[str, ...] = ()
    ticker: str | None = None
    subaccount: int | None = None
    subaccounts: tuple[int, ...] = ()
    order_group_ids: tuple[str, ...] = ()
    shard: int | None = None

    @property
    def name(self) -> str:
        """The name of the operation."""
        return self.operation.name

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def subject(self) -> Subject:
        """The request, as an error names it; read back from the request, so only after a failure."""
        return subject_of(self.operation, self.path, self.query, self.body, self.client_order_ids)

    def about(self, **about: Unpack[About]) -> Outgoing:
        """Return the same request, described as one about some of its orders: one leg of a batch."""
        return msgspec.structs.replace(self, **about)


def encode(
    operation: Operation[object],
    base_path: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, QueryValue] | None = None,
    body: object = None,
    items: int = 1,
    priority: Priority | None = None,
    **about: Unpack[About],
) -> Outgoing:
    """Build the request. A POST or PUT without a body sends ``{}``, which the venue requires.

    * ``path``: the values of the placeholders in the operation's path
    * ``items``: the number of items in a batch
    * ``priority``: its rank in every queue; None means that of the operation
    * ``about``: the orders that the request is about, and their scope
    """
    if body is None and operation.method in ("POST", "PUT"):
        content: bytes | None = b"{}"
    else:
        content = None if body is None else msgspec.json.encode(body)
    for name, value in path.items() if path else ():
        checked_text_id(name, value)  # DELETE …/orders/ without an id would cancel every order
    return Outgoing(
        operation,
        base_path + (operation.target(path) if path else operation.path),
        _encoded(operation, query) if query else "",
        content,
        items,
        operation.priority if priority is None else priority,
        **about,
    )


def check_filters(operation: Operation[object], query: Mapping[str, QueryValue]) -> None:
    """Check the filters of a list before its first page is asked for."""
    _encoded(operation, query)


def encode_query(
    query: Mapping[str, QueryValue],
    rules: Mapping[str, Callable[[str, object], object]] | None = None,
    repeated: Sequence[str] = (),
) -> str:
    """Render query parameters: None is left out, lists are joined by commas, times in seconds.

    ``rules``: for some names, a function that takes name and value and returns the checked value.
    ``repeated``: names whose lists are not joined, but have a pair for each value.
    """
    pairs = []
    for name, value in query.items():
        if value is None:
            continue
        checked: object = rules[name](name, value) if rules and name in rules else value
        if name in repeated:
            pairs += [f"{name}={_quoted(_query_text(name, one))}" for one in _each(name, checked)]
            continue
        is_number = type(checked) is int and not name.endswith("_id")
        pairs.append(f"{name}={checked if is_number else _quoted(_query_text(name, checked))}")
    return "&".join(pairs)


def _each(name: str, value: object) -> Sequence[object]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or not parts:
        raise errors.InvalidRequest(f"{name} must be a list that is not empty, was {shown(value)}")
    return parts


@lru_cache(4096)  # a program repeats its tickers
def _quoted(text: str) -> str:
    return quote(text, safe=",")


def _encoded(operation: Operation[object], query: Mapping[str, QueryValue]) -> str:
    several = operation.several + operation.repeated
    return encode_query(query, _rules(operation.generation, several), operation.repeated)


@lru_cache  # one entry per kind of list
def _rules(generation: str, several: tuple[str, ...]) -> Mapping[str, Callable[[str, object], object]]:
    tickers = {name: partial(checked_ticker_filter, several=name in several) for name in _TICKERS}
    return {**_CURRENT, **tickers} if generation == "current" else tickers


_TICKERS = ("ticker", "tickers", "event_ticker", "series_ticker", "market_tickers")
_WINDOWS = ("", "created_", "updated_", "close_", "settled_")
_TIMES = ("start_ts", "end_ts", *(f"{end}_{window}ts" for window in _WINDOWS for end in ("min", "max")))
# The other query parameters of the current API that have a check of their own; the rest are ids and words.
_CURRENT: Mapping[str, Callable[[str, object], object]] = {
    "subaccount": checked_subaccount,  # type: ignore[dict-item]  # the rules check the type as well
    "exchange_index": checked_index,  # type: ignore[dict-item]
    "limit": partial(checked_whole, least=1),
    "depth": partial(checked_whole, least=0, most=100),
    **dict.fromkeys(_TIMES, partial(unix_seconds, zero=True)),
}


def _query_text(name: str, value: object) -> str:
    if name.endswith("_id"):
        return checked_text_id(name, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value
    if isinstance(value, datetime):
        text = str(unix_seconds(name, value))
    elif isinstance(value, int):
        text = str(int(value))
    elif isinstance(value, Enum):
        text = str(value.value)
    elif isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        text = ",".join(value)
    if not isinstance(text, str):
        raise errors.InvalidRequest(f"{name} must be text, or a list of texts, was {shown(value)}")
    if not text or not text.isprintable():  # an empty filter would list everything
        raise errors.InvalidRequest(f"{name} must not be empty or unprintable, was {shown(value)}")
    return text
