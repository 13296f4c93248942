"""An endpoint as data: everything that client and exchange need to know of it.

The request body is not part of an ``Operation``: bodies are the validated
request classes of ``kalshi_async.requests``, which import this package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import Generic, TypeAlias, TypeVar, cast
from urllib.parse import quote

import msgspec

from kalshi_async.contract.fields import fixed_point

Reply = TypeVar("Reply", covariant=True)
Other = TypeVar("Other")

HeaderPairs: TypeAlias = Sequence[tuple[bytes, bytes]]
"""HTTP headers as they go over the wire, in order."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Bucket(Enum):
    """The token bucket that a request is charged to (docs rate_limits, 2026-08)."""

    READ = "read"
    WRITE = "write"


class Priority(IntEnum):
    """Who is admitted first when tokens are short; the venue knows nothing of it."""

    RISK_REDUCING = 0
    RISK_ADDING = 1
    BACKGROUND = 2


class Idempotency(Enum):
    """Whether the same request may be delivered twice."""

    SAFE = "safe"
    """A read: it changes nothing."""
    REPEATABLE = "repeatable"
    """A write that a second delivery leaves as it is: it names its key, or the state to reach."""
    ONCE = "once"
    """A write that a second delivery would do again."""


class Empty(msgspec.Struct, frozen=True):
    """A reply that carries nothing: ``{}``, an empty 200 or a 204."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[Reply]):
    """One endpoint: method, path template below the base path, reply type and price.

    ``cost`` is in tokens, per call or (``per_item``) per element of a batch.
    ``rows`` names the wire key of a list reply whose rows are decoded one by one
    when the page as a whole does not decode. ``reply_statuses`` are statuses besides
    2xx under which the body may still be the reply.
    """

    name: str
    method: str
    path: str
    reply: type[Reply]
    bucket: Bucket
    priority: Priority
    idempotency: Idempotency
    cost: int = 10
    per_item: bool = False
    signed: bool = True
    rows: tuple[str, ...] = ()
    reply_statuses: tuple[int, ...] = ()
    generation: str = "current"
    decoder: msgspec.json.Decoder[Reply] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoder", msgspec.json.Decoder(self.reply, dec_hook=fixed_point))

    def target(self, values: Mapping[str, str]) -> str:
        """Fill the template; every value becomes exactly one path segment."""
        if not values:
            return self.path
        return _PLACEHOLDER.sub(lambda match: quote(values[match[1]], safe=""), self.path)

    def reading(self, reply: type[Other]) -> Operation[Other]:
        """Return the same endpoint, its reply decoded as another type."""
        return cast("Operation[Other]", replace(self, reply=cast("type[Reply]", reply)))

    @property
    def route(self) -> str:
        """The path as ``/account/endpoint_costs`` spells it: ``:name`` for a placeholder."""
        return _PLACEHOLDER.sub(r":\1", self.path)


def read(
    name: str,
    path: str,
    reply: type[Reply],
    *,
    cost: int = 10,
    rows: tuple[str, ...] = (),
    signed: bool = True,
    priority: Priority = Priority.BACKGROUND,
    reply_statuses: tuple[int, ...] = (),
) -> Operation[Reply]:
    """Describe a GET: safe to repeat, charged to the read bucket."""
    return Operation(
        name,
        "GET",
        path,
        reply,
        Bucket.READ,
        priority,
        Idempotency.SAFE,
        cost,
        rows=rows,
        signed=signed,
        reply_statuses=reply_statuses,
    )


def write(
    name: str,
    method: str,
    path: str,
    reply: type[Reply],
    idempotency: Idempotency,
    *,
    cost: int = 10,
    per_item: bool = False,
    bucket: Bucket = Bucket.WRITE,
    priority: Priority = Priority.RISK_ADDING,
) -> Operation[Reply]:
    """Describe a mutation, by default one that adds risk and draws on the write bucket."""
    return Operation(name, method, path, reply, bucket, priority, idempotency, cost, per_item)
