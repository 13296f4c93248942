"""Which subaccounts a mirror shows. All shards are always part of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import SUBACCOUNTS, checked_whole
from kalshi_async.resources.orders import ALL, AllSubaccounts

ScopeChoice: TypeAlias = int | Collection[int] | AllSubaccounts | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The subaccounts of a mirror; None: all of the account, or of the key."""

    numbers: frozenset[int] | None

    @classmethod
    def of(cls, chosen: ScopeChoice, view: int | None) -> Scope:
        """Check what a caller chose; None means the view's subaccount, and without one there all."""
        if chosen is None:
            chosen = ALL if view is None else view
        if isinstance(chosen, AllSubaccounts):
            return cls(None)
        numbers = (chosen,) if isinstance(chosen, int) else tuple(chosen)
        if not numbers:
            raise InvalidRequest("subaccount: name at least one, or ALL")
        for number in numbers:
            checked_whole("subaccount", number, least=0, most=SUBACCOUNTS)
        return cls(frozenset(numbers))

    def has(self, subaccount: int | None) -> bool:
        """Whether a subaccount is part of it; a row without one belongs to the primary."""
        return self.numbers is None or (subaccount or 0) in self.numbers

    @property
    def only(self) -> int | None:
        """The one subaccount, if it is a single one: then reads are filtered by the exchange."""
        return next(iter(self.numbers)) if self.numbers is not None and len(self.numbers) == 1 else None
