"""Ids of what is read off the markets, and therefore has no record: the same name, the same id."""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID(int=0)


def identifier(kind: str, name: str) -> str:
    """Return the id of a thing of some kind, as a UUID."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind} {name}"))
