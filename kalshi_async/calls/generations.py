"""Refuse an operation that an environment does not offer, and name the one to use instead.

``successors`` is the table of ``api2025``, given by the session: from the name of a 2025
operation to the method of today's API. It is used in both directions.
"""

from __future__ import annotations

from collections.abc import Mapping

from kalshi_async.contract.operation import Operation
from kalshi_async.errors import EndpointRetired

NAMESPACE_2025 = "session.legacy"


def successor_of(operation: Operation[object], successors: Mapping[str, str]) -> str | None:
    """Return the method of the other generation that does the same, None where there is none."""
    method = successors.get(operation.name)
    if method is None or operation.generation != "current":
        return method
    return f"{NAMESPACE_2025}.{operation.name}"


def retired(operation: Operation[object], spoken: str, successors: Mapping[str, str]) -> EndpointRetired:
    """Return the error for an operation that an environment of generation ``spoken`` lacks."""
    successor = successor_of(operation, successors)
    advice = f"use {successor}" if successor else f"the {spoken} API has nothing like it"
    return EndpointRetired(
        f"{operation.name} ({operation.method} {operation.path}) belongs to the {operation.generation} "
        f"API and this environment speaks {spoken}: {advice}",
        successor=successor,
    )
