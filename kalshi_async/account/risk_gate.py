"""Refuses requests that add risk in a scope that a kill switch shuts down.

A scope is one order group, one subaccount, or everything. Two things are recorded:

* **Recall.** A trigger or a delete of a group and a cancel-all recall their scope. A call that
  adds risk there and began before the recall is not sent any more, neither for the first time
  nor as a resend. A call that begins later is sent.
* **Closure.** A dead-man switch closes its scope while it shuts it down. No request that adds
  risk is sent there until the exchange has confirmed the shutdown, or the switch has given up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeAlias
from urllib.parse import parse_qs, unquote

from kalshi_async.contract.operation import Operation, Priority
from kalshi_async.errors import RiskGateClosed

Scope: TypeAlias = tuple[str, str | int | None]

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)

EVERYTHING: Scope = ("all", None)


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
    def order_group_ids(self) -> tuple[str, ...]:
        """The groups in which it places orders."""
        ...


class Permit:
    """The permission of one call to send a request that adds risk.

    A recall of its scope after the call began revokes the permit for good. While its scope is
    closed, the permit is suspended. Owned by the call; made by ``RiskGate.permit``.
    """

    __slots__ = ("_checked_at", "_gate", "_request", "began_at")

    def __init__(self, gate: RiskGate, request: Request, began_at: int) -> None:
        self._gate = gate
        self._request = request
        self._checked_at = -1
        self.began_at = began_at
        """The gate's count of changes when the call began."""

    @property
    def is_recalled(self) -> bool:
        """Whether its scope was recalled since its call began."""
        return self._gate.is_recalled(self._request, self.began_at)

    def check(self) -> None:
        """Raise RiskGateClosed if its scope is closed, or was recalled since its call began."""
        gate = self._gate
        if self._checked_at == gate.changes:
            return
        name = self._request.operation.name
        for scope in gate.closed:
            if _covers(scope, self._request):
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
        self._recalled: dict[Scope, int] = {}

    def permit(self, request: Request, since: Permit | None = None) -> Permit:
        """Return the permit of a request.

        * ``since``: the permit of the first request of the same batch. A recall after that one
          revokes the new permit too. None: the call begins now.
        """
        return Permit(self, request, self.changes if since is None else since.began_at)

    def recall_by(self, request: Request) -> None:
        """Recall the scope that this request shuts down, if it shuts one down.

        Read from the request as it is sent, so that methods of both generations and requests
        through ``session.transport`` count alike.
        """
        scope_of = _SHUTS_DOWN.get(request.operation.name)
        if scope_of is not None:
            self.changes += 1
            self._recalled[scope_of(request)] = self.changes

    def is_recalled(self, request: Request, began_at: int) -> bool:
        """Whether the scope of a request was recalled after its call began at ``began_at``."""
        return began_at < self.changes and any(
            recalled_at > began_at and _covers(scope, request)
            for scope, recalled_at in self._recalled.items()
        )

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


def described(scope: Scope) -> str:
    """Name a scope in a message."""
    kind, name = scope
    return kind if name is None else f"{kind} {name}"


def _canceled_scope(request: Request) -> Scope:
    """Return the scope of a cancel-all: everything, unless its query names a subaccount by number."""
    (subaccount,) = parse_qs(request.query).get("subaccount", [""])[-1:]
    return subaccount_scope(int(subaccount)) if _NUMBER.fullmatch(subaccount) else EVERYTHING


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


def _covers(scope: Scope, request: Request) -> bool:
    """Whether a request may add risk in a scope.

    A request that names no subaccount counts for every subaccount: with a key that is restricted
    to one, the exchange places its order there.
    """
    if request.operation.priority is not Priority.RISK_ADDING:
        return False
    kind, name = scope
    if kind == "group":
        return name in request.order_group_ids
    return kind == "all" or request.subaccount in (name, None)
