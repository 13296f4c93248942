"""The scopes that are being shut down, so that no order is sent after a kill switch.

A scope is one order group, one subaccount, or everything. A trigger, a delete of a group, a
cancel-all or a dead-man switch *recalls* its scope: an order that was begun earlier is not
sent there any more, neither for the first time nor as a resend. A dead-man switch also
*closes* its scope: no request that adds risk is sent there until the exchange has confirmed
the shutdown, or the switch has given up.
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


class Subject(Protocol):
    """The orders that a request is about."""

    @property
    def subaccount(self) -> int | None:
        """The subaccount that the request names, or None."""
        ...

    @property
    def order_group_ids(self) -> tuple[str, ...]:
        """The groups in which the request places orders."""
        ...


class Request(Protocol):
    """The part of a request that the gate reads; ``wire.outgoing.Outgoing`` has it."""

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
    def subject(self) -> Subject:
        """The orders that the request is about."""
        ...


class RiskGate:
    """Recalls and closures of one account. Owner of both; used on the event loop alone."""

    def __init__(self) -> None:
        self._recalls = 0
        # Scope -> the number of its last recall. A call that began earlier has a lower mark.
        self._recalled: dict[Scope, int] = {}
        # Scope -> how many dead-man switches hold it closed.
        self._closed: dict[Scope, int] = {}

    def mark(self) -> int:
        """Return a call's place among the recalls; the call passes it to ``is_recalled`` later."""
        return self._recalls

    def recall_by(self, outgoing: Request) -> None:
        """Recall the scope that this request shuts down, if it is a request that shuts one down.

        Decided by the operation's name, so it holds for a request by a method of this
        package, by a method of 2025 and by ``session.transport`` alike.
        """
        scope_of = _SHUTS_DOWN.get(outgoing.operation.name)
        if scope_of is not None:
            self._recalls += 1
            self._recalled[scope_of(outgoing)] = self._recalls

    def is_recalled(self, outgoing: Request, mark: int) -> bool:
        """Whether a request adds risk in a scope that was recalled after its mark."""
        return mark < self._recalls and any(
            count > mark and _covers(scope, outgoing) for scope, count in self._recalled.items()
        )

    def close(self, scope: Scope) -> None:
        """Refuse requests that add risk in a scope, until it was opened as often as closed."""
        self._closed[scope] = self._closed.get(scope, 0) + 1

    def open(self, scope: Scope) -> None:
        """Undo one ``close``."""
        left = self._closed.pop(scope, 0) - 1
        if left > 0:
            self._closed[scope] = left

    def refuse_late(self, outgoing: Request, mark: int) -> None:
        """Raise RiskGateClosed if the request's scope is closed, or was recalled after its mark."""
        for scope in self._closed:
            if _covers(scope, outgoing):
                raise RiskGateClosed(f"{outgoing.operation.name}: {described(scope)} is being shut down")
        if self.is_recalled(outgoing, mark):
            raise RiskGateClosed(f"{outgoing.operation.name}: its scope was canceled meanwhile; not sent")


def described(scope: Scope) -> str:
    """Name a scope in a message."""
    kind, name = scope
    return kind if name is None else f"{kind} {name}"


def _canceled_scope(outgoing: Request) -> Scope:
    """Return the scope of a cancel-all, from its query."""
    # Without a number in it the exchange either refuses the request or cancels everything.
    (subaccount,) = parse_qs(outgoing.query).get("subaccount", [""])[-1:]
    return subaccount_scope(int(subaccount)) if _NUMBER.fullmatch(subaccount) else EVERYTHING


def _group_scope(outgoing: Request) -> Scope:
    _, _, below = outgoing.path.partition("/order_groups/")
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


def _covers(scope: Scope, outgoing: Request) -> bool:
    """Whether a request may add risk in a scope."""
    if outgoing.operation.priority is not Priority.RISK_ADDING:
        return False
    kind, name = scope
    if kind == "group":
        return name in outgoing.subject.order_group_ids
    # Without a subaccount in the request, that of a restricted key is used: it may be this one.
    return kind == "all" or outgoing.subject.subaccount in (name, None)
