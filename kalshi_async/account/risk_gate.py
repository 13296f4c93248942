"""Which scopes are being shut down, so that nothing adds risk behind a kill switch.

A trigger, a cancel-all or a dead-man switch *recalls* a scope: requests that add risk
there and were begun before are not sent any more, neither again nor for the first time.
A dead-man switch also *closes* it: no new risk leaves at all until the scope is known to
be quiet.
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
    """Which orders a request is about."""

    @property
    def subaccount(self) -> int | None:
        """The subaccount that it names, or None."""
        ...

    @property
    def order_group_ids(self) -> tuple[str, ...]:
        """The groups in which it places orders."""
        ...


class Request(Protocol):
    """What the gate must know of a request; ``wire.outgoing.Outgoing`` is one."""

    @property
    def operation(self) -> Operation[object]:
        """The endpoint."""
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
        """Which orders it is about."""
        ...


class RiskGate:
    """Recalls and closures of one account. Owner of both; used on the event loop alone."""

    def __init__(self) -> None:
        self._recalls = 0
        self._recalled: dict[Scope, int] = {}
        self._closed: dict[Scope, int] = {}

    def mark(self) -> int:
        """Return a mark to ask ``is_recalled`` with later."""
        return self._recalls

    def recall_by(self, outgoing: Request) -> None:
        """Stop resends of what was sent before now into a scope that this request shuts down.

        Whatever way it came to be sent: by a method, by one of 2025, or to a path.
        """
        scope_of = _SHUTS_DOWN.get(outgoing.operation.name)
        if scope_of is not None:
            self._recalls += 1
            self._recalled[scope_of(outgoing)] = self._recalls

    def is_recalled(self, outgoing: Request, mark: int) -> bool:
        """Whether a request that adds risk has been overtaken by a recall since its mark."""
        return mark < self._recalls and any(
            count > mark and _covers(scope, outgoing) for scope, count in self._recalled.items()
        )

    def close(self, scope: Scope) -> None:
        """Let no new risk out in a scope, until it was opened as often as it was closed."""
        self._closed[scope] = self._closed.get(scope, 0) + 1

    def open(self, scope: Scope) -> None:
        """Undo one ``close``."""
        left = self._closed.pop(scope, 0) - 1
        if left > 0:
            self._closed[scope] = left

    def refuse_late(self, outgoing: Request, mark: int) -> None:
        """Raise RiskGateClosed for what a kill switch has overtaken since its mark, or forbids now."""
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
    """Read the scope of a cancel-all; one that is not a number is refused, or none is meant."""
    (subaccount,) = parse_qs(outgoing.query).get("subaccount", [""])[-1:]
    return subaccount_scope(int(subaccount)) if _NUMBER.fullmatch(subaccount) else EVERYTHING


def _group_scope(outgoing: Request) -> Scope:
    _, _, below = outgoing.path.partition("/order_groups/")
    return group_scope(unquote(below.partition("/")[0]))


# Operations of either generation, by name. What a reset or a limit shuts down is the exchange's to say.
_SHUTS_DOWN: Mapping[str, Callable[[Request], Scope]] = MappingProxyType(
    {
        "cancel_all_orders": _canceled_scope,
        "trigger_order_group": _group_scope,
        "delete_order_group": _group_scope,
    }
)


def _covers(scope: Scope, outgoing: Request) -> bool:
    """Whether a request may add risk in a scope. An unnamed subaccount may be any (restricted keys)."""
    if outgoing.operation.priority is not Priority.RISK_ADDING:
        return False
    kind, name = scope
    if kind == "group":
        return name in outgoing.subject.order_group_ids
    return kind == "all" or outgoing.subject.subaccount in (name, None)
