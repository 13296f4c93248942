"""Set the fields of a frozen request, and the checks that only requests share."""

from __future__ import annotations

import uuid
from secrets import token_hex

from msgspec import UNSET, UnsetType

from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import shown


def checked_uuid(name: str, value: str | None) -> str:
    """Return a UUID in the form that the exchange accepts; a new one for None."""
    if value is None:
        return fresh_uuid()
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidRequest(f"{name} must be a UUID, was {shown(value)}") from error


def fresh_uuid() -> str:
    """Return a random UUID of version 4. Faster than ``uuid.uuid4``, which builds an object."""
    digits = token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def checked_flags(**flags: bool) -> dict[str, bool | UnsetType]:
    """Return flags as they are sent: True, or UNSET for False, which the exchange assumes."""
    sent: dict[str, bool | UnsetType] = {}
    for name, value in flags.items():
        # Not ``isinstance``, nor truth: 1 or "false" given for a flag is a mistake.
        if value is not True and value is not False:
            raise InvalidRequest(f"{name} must be True or False, was {shown(value)}")
        sent[name] = value or UNSET
    return sent


def set_fields(request: object, **values: object) -> None:
    """Set the fields of a frozen request, once, from its own ``__init__``."""
    for name, value in values.items():
        object.__setattr__(request, name, value)
