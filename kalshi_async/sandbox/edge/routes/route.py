"""What a route is, what its handler is given, and what it hands back.

Handlers are plain functions: the app has already read the body, identified the
caller, charged the tokens and validated the query. They call the exchange and
render; they raise ``Rejected`` to refuse. They do no I/O.
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
        """The key that signed; only signed routes may ask."""
        if self.signed_by is None:
            raise TypeError("a public route has no caller")
        return self.signed_by

    @property
    def account(self) -> Account:
        """The live account, for mutations."""
        return self.key.account

    @property
    def seen(self) -> Account:
        """The account as the read side shows it, which may lag behind."""
        return self.exchange.read_account(self.account)

    def body(self, shape: type[Shape]) -> Shape:
        """Return the body as ``shape``, or raise ``Rejected`` in the Go decoder's words."""
        return read_body(self.document, shape)

    def subaccount(self) -> int:
        """Return the one subaccount that the query means; omitted is 0."""
        return self.key.choose_one(self.query.integer("subaccount"))

    def subaccounts(self) -> int | None:
        """Return the subaccount that the query means; omitted (None) is all of them."""
        return self.key.choose(self.query.integer("subaccount"), None)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: ``name`` is that of the contract's Operation, ``path`` its template.

    ``unrestricted``: keys that are restricted to one subaccount may not call it.
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
        """Whether the venue reads a body: on POST and PUT as a rule, else on a batch."""
        if self.bodiless:
            return False
        return self.method in ("POST", "PUT") or (self.method == "DELETE" and self.path.endswith("/batched"))
