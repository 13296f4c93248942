"""The checks of what a program hands to a session: settings by their class, parts by their methods.

A setting of another type would be found out by the first request, perhaps as a write whose outcome is
unknown, or never. Values of parts are not shown: a proxy's address may hold a password.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import shown


def check_settings(kinds: Mapping[str, type], **settings: object) -> None:
    """Refuse a value that is not of its class; None passes."""
    for name, value in settings.items():
        if value is not None and not isinstance(value, kinds[name]):
            raise InvalidRequest(f"{name} must be of the type {kinds[name].__name__}, was {shown(value)}")


def check_part(name: str, value: object, wanted: str, methods: Sequence[str]) -> None:
    """Refuse a class, and an object without the ``methods`` that will be called; None passes."""
    if value is None:
        return
    if isinstance(value, type):
        raise InvalidRequest(f"{name} must be {wanted}, was the class {value.__name__}: make one of it")
    missing = [method for method in methods if not callable(getattr(value, method, None))]
    if missing:
        raise InvalidRequest(
            f"{name} must be {wanted}, was a value of the type {type(value).__name__}, "
            f"which has no method {', '.join(missing)}"
        )
