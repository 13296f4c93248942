"""Refuses requests that add risk in a scope that a kill switch shuts down.

A scope is one order group, one subaccount, or everything. Two things are recorded:

* **Recall.** A trigger or a delete of a group and a cancel-all recall their scope. A call that
  adds risk there and began before the recall is not sent any more, neither for the first time
  nor as a resend. A call that begins later is sent.
* **Closure.** A dead-man switch closes its scope while it shuts it down. No request that adds
  risk is sent there until the exchange has confirmed the shutdown, or the switch has given up.

The gate belongs to the account, as its token buckets do: it is ``RateLimits.gate``, and all
sessions that share ``rate_limits=`` are held by it.

An order that names no subaccount is in the primary one, 0: a kill switch of subaccount 1 does
not stop it. With a key that is restricted to one subaccount, the exchange places it in that
one. Once the gate knows of such a key (a dead-man switch finds out when it is entered, nothing
else does), an order that names no subaccount counts for every subaccount: it is refused rather
than sent behind a kill switch. Where such a key is used, name its
subaccount (``session.with_options(subaccount=3)``): then nothing is left to guess.

Recalls are kept only while a call that began before them is alive, and ``MOST_RECALLS`` of
them at most; a call that is older than the oldest one kept counts as recalled. A check looks
up the scopes of its request, however many recalls are kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TypeAlias
from urllib.parse import parse_qs, unquote
from weakref import WeakValueDictionary

from kalshi_async.contract.operation import Operation, Priority
from kalshi_async.errors import RiskGateClosed
from kalshi_async.requests.validation import SUBACCOUNTS

Scope: TypeAlias = tuple[str, str | int | None]

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)

EVERYTHING: Scope = ("all", None)

MOST_RECALLS = 10_000
"""Recalls that are kept at most (ours): about 2 MB."""


def group_scope(order_group_id: str) -> Scope:
    """Return the scope of one order group."""
    return ("group", order_group_id)


def subaccount_scope(subaccount: int) -> Scope:
    """Return the scope of one subaccount."""
    return ("subaccount", subaccount)


class Request(Protocol):
    """The part of a request that the gate reads; ``kalshi_async.wire.outgoing.Outgoing`` is one."""

    @property
    def operation(self) -> Operation[object]:
        """The endpoint, with its priority."""
        ...

    @property
    def path(self) -> str:
        """The path as it is sent."""
        ...

    @property
    def query(self) -> str:
        """The query as it is sent."""
        ...

    @property
    def subaccount(self) -> int | None:
        """The subaccount that it names, or None."""
        ...

    @property
    def subaccounts(self) -> tuple[int, ...]:
        """The subaccounts of its orders, where these differ; else empty."""
        ...

    @property
    def order_group_ids(self) -> tuple[str, ...]:
        """The groups in which it places orders."""
        ...


class _Moment:
    """When calls began: the gate's count of changes. Recalls that none alive can meet are forgotten."""

    __slots__ = ("__weakref__", "count")

    def __init__(self, count: int) -> None:
        self.count = count


class Permit:
    """The permission of one call to send a request that adds risk.

    A recall of its scope after the call began revokes the permit for good. While its scope is
    closed, the permit is suspended. Owned by the call; made by ``RiskGate.permit``.
    """

    __slots__ = ("_checked_at", "_gate", "_request", "moment")

    def __init__(self, gate: RiskGate, request: Request, moment: _Moment) -> None:
        self._gate = gate
        self._request = request
        self._checked_at = -1
        self.moment = moment
        """When the call began."""

    @property
    def is_recalled(self) -> bool:
        """Whether its scope was recalled since its call began."""
        return self._gate.is_recalled(self._request, self.moment.count)

    def check(self) -> None:
        """Raise RiskGateClosed if its scope is closed, or was recalled since its call began."""
        gate = self._gate
        if self._checked_at == gate.changes:
            return
        name = self._request.operation.name
        scope = gate.closed_scope_of(self._request)
        if scope is not None:
            raise RiskGateClosed(f"{name}: {described(scope)} is being shut down")
        if self.is_recalled:
            raise RiskGateClosed(f"{name}: its scope was canceled meanwhile; not sent")
        self._checked_at = gate.changes


class RiskGate:
    """Recalls and closures of one account. Owner of both; used on the event loop alone.

    ``changes`` counts recalls, closures and openings; ``closed`` holds the closed scopes,
    each with the number of times that it was closed.
    """

    def __init__(self) -> None:
        self.changes = 0
        self.closed: dict[Scope, int] = {}
        self.has_restricted_key = False
        """Whether a key of the account is known to be restricted to one subaccount."""
        self._recalled: OrderedDict[Scope, int] = OrderedDict()  # by the count of changes, oldest first
        self._forgotten_to = 0  # a call that began before this count is taken for recalled
        self._now = _Moment(0)
        self._moments = WeakValueDictionary({0: self._now})  # those of calls that are alive, oldest first

    def permit(self, request: Request, since: Permit | None = None) -> Permit:
        """Return the permit of a request.

        * ``since``: the permit of the first request of the same batch. A recall after that one
          revokes the new permit too. None: the call begins now.
        """
        if since is not None:
            return Permit(self, request, since.moment)
        if self._now.count != self.changes:
            self._now = self._moments[self.changes] = _Moment(self.changes)
        return Permit(self, request, self._now)

    def recall_by(self, request: Request) -> None:
        """Recall the scope that this request shuts down, if it shuts one down.

        Read from the request as it is sent, so that methods of both generations and requests
        through ``session.transport`` count alike.
        """
        scope_of = _SHUTS_DOWN.get(request.operation.name)
        if scope_of is not None:
            self.changes += 1
            scope = scope_of(request)
            self._recalled[scope] = self.changes
            self._recalled.move_to_end(scope)
            self._forget()

    def is_recalled(self, request: Request, began_at: int) -> bool:
        """Whether the scope of a request was recalled after its call began at ``began_at``."""
        if began_at == self.changes or request.operation.priority is not Priority.RISK_ADDING:
            return False
        recalled = self._recalled
        return began_at < self._forgotten_to or any(
            recalled.get(scope, 0) > began_at for scope in self._scopes_of(request)
        )

    def closed_scope_of(self, request: Request) -> Scope | None:
        """Return a closed scope in which a request would add risk, None if there is none."""
        if not self.closed or request.operation.priority is not Priority.RISK_ADDING:
            return None
        return next((scope for scope in self._scopes_of(request) if scope in self.closed), None)

    def close(self, scope: Scope) -> None:
        """Refuse requests that add risk in a scope until it was opened as often as it was closed."""
        self.changes += 1
        self.closed[scope] = self.closed.get(scope, 0) + 1

    def open(self, scope: Scope) -> None:
        """Undo one ``close``."""
        self.changes += 1
        left = self.closed.pop(scope, 0) - 1
        if left > 0:
            self.closed[scope] = left

    def _forget(self) -> None:
        """Forget the recalls that no call alive can meet, and the oldest beyond ``MOST_RECALLS``."""
        self._now = _Moment(self.changes)  # lets the moment before go, unless a call still holds it
        self._moments[self.changes] = self._now
        oldest = next(iter(self._moments.values()))
        while self._recalled:
            scope, recalled_at = next(iter(self._recalled.items()))
            if recalled_at > oldest.count and len(self._recalled) <= MOST_RECALLS:
                return
            del self._recalled[scope]
            if recalled_at > oldest.count:
                self._forgotten_to = recalled_at

    def _scopes_of(self, request: Request) -> Iterator[Scope]:
        """Yield every scope that a request is in."""
        yield EVERYTHING
        for group in request.order_group_ids:
            yield group_scope(group)
        if request.subaccount is not None:
            yield subaccount_scope(request.subaccount)
        elif request.subaccounts:
            yield from map(subaccount_scope, request.subaccounts)
        else:
            numbers = range(SUBACCOUNTS + 1) if self.has_restricted_key else (0,)
            yield from map(subaccount_scope, numbers)


def described(scope: Scope) -> str:
    """Name a scope in a message."""
    kind, name = scope
    return kind if name is None else f"{kind} {name}"


def named_subaccount(query: str) -> int | None:
    """Return the subaccount that a query names by number, None if it names none."""
    (text,) = parse_qs(query).get("subaccount", [""])[-1:]
    return int(text) if _NUMBER.fullmatch(text) else None


def _canceled_scope(request: Request) -> Scope:
    """Return the scope of a cancel-all: everything, unless its query names a subaccount by number."""
    subaccount = named_subaccount(request.query)
    return EVERYTHING if subaccount is None else subaccount_scope(subaccount)


def _group_scope(request: Request) -> Scope:
    _, _, below = request.path.partition("/order_groups/")
    return group_scope(unquote(below.partition("/")[0]))


# The operations, of both generations, that shut a scope down. A reset or a new limit may do so
# as well, but only the exchange knows whether it did: they are not listed.
_SHUTS_DOWN: Mapping[str, Callable[[Request], Scope]] = MappingProxyType(
    {
        "cancel_all_orders": _canceled_scope,
        "trigger_order_group": _group_scope,
        "delete_order_group": _group_scope,
    }
)
