"""The entries of a batch's reply: paired with its requests, and read one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from kalshi_async.contract.orders import (
    BatchCancelEntry,
    BatchCreateEntry,
    CancelOrderReply,
    CreateOrderReply,
    ItemError,
)
from kalshi_async.errors import KalshiError, OutcomeUnknown, ServerError
from kalshi_async.requests.orders import CancelItem, CreateOrder
from kalshi_async.resources._batch_call import Headers
from kalshi_async.wire.outgoing import About
from kalshi_async.wire.refusals import item_error


class _Entry(Protocol):
    @property
    def error(self) -> ItemError | None: ...


Entry = TypeVar("Entry", bound=_Entry)


def matched(
    keys: Sequence[str], entries: Sequence[Entry], key_of: Callable[[Entry], str | None]
) -> list[Entry | None]:
    """Pair entries with requests by key, and by position where an entry carries no key.

    None for a request without an entry, and for one whose entries contradict each other.
    """
    by_key: dict[str | None, Entry | None] = {}
    for entry in entries:
        key = key_of(entry)
        by_key[key] = entry if by_key.get(key, entry) == entry else None
    aligned = len(entries) == len(keys)
    return [
        by_key[key] if key in by_key else (entries[place] if aligned and not key_of(entries[place]) else None)
        for place, key in enumerate(keys)
    ]


def created(
    order: CreateOrder, entry: BatchCreateEntry | None, headers: Headers
) -> CreateOrderReply | KalshiError:
    """Return the reply or the refusal that an entry stands for; OutcomeUnknown without a certain one."""
    if entry is not None and entry.error is not None and not entry.order_id:
        return _refused(entry.error, order.client_order_id, headers)
    if (
        entry is None
        or entry.error is not None  # next to an order_id: it may be live
        or not entry.order_id
        or entry.fill_count is None
        or entry.remaining_count is None
    ):
        return _missing(order.client_order_id)
    return CreateOrderReply(
        order_id=entry.order_id,
        fill_count=entry.fill_count,
        remaining_count=entry.remaining_count,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
        average_fill_price=entry.average_fill_price,
        average_fee_paid=entry.average_fee_paid,
    )


def canceled(
    item: CancelItem, entry: BatchCancelEntry | None, headers: Headers
) -> CancelOrderReply | KalshiError:
    """Return the reply or the refusal that an entry stands for; OutcomeUnknown without one."""
    if entry is None:
        return _missing(item.order_id)
    if entry.error is not None:
        return _refused(entry.error, item.order_id, headers)
    return CancelOrderReply(
        order_id=entry.order_id,
        reduced_by=entry.reduced_by,
        ts_ms=entry.ts_ms or 0,
        client_order_id=entry.client_order_id,
    )


def lost(error: KalshiError, leg: About) -> KalshiError:
    """Return the error of one item of a request that failed as a whole."""
    if not isinstance(error, OutcomeUnknown):
        return error
    keys = leg.get("client_order_ids", ())
    return error.replace(
        client_order_ids=keys,
        client_order_id=keys[0] if keys else None,
        ticker=leg.get("ticker"),
        subaccount=leg.get("subaccount"),
    )


def _refused(error: ItemError, key: str, headers: Headers) -> KalshiError:
    """Return the error of an item; OutcomeUnknown if its code does not prove that it was not executed."""
    refusal = item_error(error).replace(headers=headers)
    if not isinstance(refusal, ServerError):
        return refusal
    unknown = _missing(key)
    unknown.__cause__ = refusal
    return unknown


def _missing(key: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"the reply to the batch says nothing certain about {key}", sent=True)
