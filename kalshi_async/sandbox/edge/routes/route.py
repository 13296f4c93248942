"""A route, the call that its handler gets, and the reply that the handler returns.

Handlers are plain functions without I/O: they call the exchange and render its answer, or
raise ``Rejected`` to refuse. The app has already read the body, identified the caller,
charged the tokens and validated the query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from kalshi_async.sandbox.access.signature_check import ApiKey
from kalshi_async.sandbox.edge.parsing import read_body
from kalshi_async.sandbox.edge.queries import Parameter, Query
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.exchange import Exchange

Shape = TypeVar("Shape", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and JSON document of an answer; a ``None`` document is an empty body."""

    status: int
    document: object | None


EMPTY_OBJECT: dict[str, object] = {}


def ok(document: object) -> Reply:
    """Answer 200 with a document."""
    return Reply(200, document)


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request. ``signed_by`` is None on public routes."""

    exchange: Exchange
    signed_by: ApiKey | None
    path: Mapping[str, str]
    query: Query
    document: object
    now_ms: int

    @property
    def key(self) -> ApiKey:
        """The key that signed the request; only signed routes have one."""
        if self.signed_by is None:
            raise TypeError("a public route has no caller")
        return self.signed_by

    @property
    def account(self) -> Account:
        """The live account, for mutations."""
        return self.key.account

    @property
    def seen(self) -> Account:
        """The account as the read side shows it; it may lag behind the live one."""
        return self.exchange.reads.account(self.account)

    def body(self, shape: type[Shape]) -> Shape:
        """Return the body as ``shape``, or raise ``Rejected`` in the Go decoder's words."""
        return read_body(self.document, shape)

    def subaccount(self) -> int:
        """Return the subaccount of the query, 0 if it names none."""
        return self.key.choose_one(self.query.integer("subaccount"))

    def subaccounts(self) -> int | None:
        """Return the subaccount of the query, None (all of them) if it names none."""
        return self.key.choose(self.query.integer("subaccount"), None)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: ``name`` is that of the contract's Operation, ``path`` its template.

    ``public``: needs no signature.
    ``unrestricted``: refuses keys that are restricted to one subaccount.
    ``bodiless``: a POST whose OpenAPI (3.34.0) has no body; the official SDK sends none.
    """

    name: str
    method: str
    path: str
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    public: bool = False
    unrestricted: bool = False
    bodiless: bool = False

    @property
    def has_body(self) -> bool:
        """Whether the venue reads a body: on POST, PUT, and DELETE of a batch."""
        if self.bodiless:
            return False
        return self.method in ("POST", "PUT") or (self.method == "DELETE" and self.path.endswith("/batched"))
