"""An endpoint as data: name, method, path, reply, token cost and idempotency.

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
"""HTTP headers as (name, value), in the order of the wire."""

_UNRESERVED = re.compile(r"[\w.~-]+", re.ASCII)  # all ids of the exchange are so (RFC 3986, 2.3)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Bucket(Enum):
    """The token bucket that a request is charged to (docs rate_limits, 2026-08; update 2026-11-28 §1.1)."""

    READ = "read"
    WRITE = "write"
    BALANCE = "balance"
    """Of ``GET /portfolio/balance`` alone; a call takes one token, whatever the cost table says."""


class Priority(IntEnum):
    """Order in which requests get tokens, signatures and connections; the venue does not know it.

    The most urgent comes first. Whatever is at most ``RISK_REDUCING`` reduces risk.
    """

    KILL_SWITCH = 0
    """Shuts a whole scope down: a trigger of a group, a cancel-all, everything of a dead-man switch."""
    RISK_REDUCING = 1
    """Takes orders off: a cancel, a decrease; and the reads on which one depends."""
    RISK_ADDING = 2
    """May place or enlarge an order."""
    BACKGROUND = 3
    """Reads of lists, and the like."""


class Idempotency(Enum):
    """Whether the same request may be delivered twice."""

    SAFE = "safe"
    """A read: it changes nothing."""
    REPEATABLE = "repeatable"
    """A write that is safe to send twice: it carries a key, or names the state to reach."""
    ONCE = "once"
    """A write that a second delivery would do again."""


class Empty(msgspec.Struct, frozen=True):
    """A reply without content: ``{}``, an empty 200 or a 204."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[Reply]):
    """One endpoint, with the type of its reply."""

    name: str
    """Name of the operation in the vendor's reference."""
    method: str
    """HTTP method."""
    path: str
    """Path template below the base path, with ``{placeholder}`` segments."""
    reply: type[Reply]
    """Type of the reply."""
    bucket: Bucket
    """Token bucket that the request is charged to."""
    priority: Priority
    """Priority of the request in the throttle."""
    idempotency: Idempotency
    """Effect of a second delivery of the request."""
    cost: int = 10
    """Tokens per call, or per element of a batch where ``per_item``."""
    per_item: bool = False
    """Whether ``cost`` is per element of a batch."""
    shard: int | None = None
    """Shard whose write bucket pays for a request that names none; None: the common bucket."""
    signed: bool = True
    """Whether the request is signed; public reads are not."""
    rows: tuple[str, ...] = ()
    """Wire keys of a list reply; its rows are decoded one by one when the page as a whole does not decode."""
    reply_statuses: tuple[int, ...] = ()
    """Statuses besides 2xx under which the body may be the reply."""
    several: tuple[str, ...] = ()
    """Filters by ticker that take several values, joined by commas; all others take one."""
    repeated: tuple[str, ...] = ()
    """Parameters that take several values, each in a pair of its own: ``tickers=A&tickers=B``."""
    generation: str = "current"
    """Generation of the API, by its name in ``environment.Generation``."""
    decoder: msgspec.json.Decoder[Reply] = field(init=False, repr=False, compare=False)
    """msgspec decoder of the reply."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoder", msgspec.json.Decoder(self.reply, dec_hook=fixed_point))

    def target(self, values: Mapping[str, str]) -> str:
        """Return the path with its placeholders filled; every value becomes exactly one segment."""
        return _PLACEHOLDER.sub(lambda match: _segment(values[match[1]]), self.path)

    def reading(self, reply: type[Other]) -> Operation[Other]:
        """Return the same endpoint, its reply decoded as another type."""
        return cast("Operation[Other]", replace(self, reply=cast("type[Reply]", reply)))

    @property
    def route(self) -> str:
        """The path as ``/account/endpoint_costs`` spells it: ``:name`` for a placeholder."""
        return _PLACEHOLDER.sub(r":\1", self.path)


def _segment(value: str) -> str:
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")


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
    several: tuple[str, ...] = (),
    repeated: tuple[str, ...] = (),
    bucket: Bucket = Bucket.READ,
) -> Operation[Reply]:
    """Return the operation of a GET: safe to repeat, by default charged to the read bucket."""
    return Operation(
        name=name,
        method="GET",
        path=path,
        reply=reply,
        bucket=bucket,
        priority=priority,
        idempotency=Idempotency.SAFE,
        cost=cost,
        rows=rows,
        signed=signed,
        reply_statuses=reply_statuses,
        several=several,
        repeated=repeated,
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
    """Return the operation of a mutation; by default it adds risk and draws on the write bucket."""
    return Operation(
        name=name,
        method=method,
        path=path,
        reply=reply,
        bucket=bucket,
        priority=priority,
        idempotency=idempotency,
        cost=cost,
        per_item=per_item,
    )
