"""Own writes as facts: what a create, an amend or a cancel has done, as soon as its reply is here.

Told by the pipeline (``account.write_observers``), for every session of the account. What cannot be read
from request and reply is left to the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

import msgspec

from kalshi_async.calls.call import Call
from kalshi_async.contract.fields import EXACT, BookSide, OrderStatus
from kalshi_async.contract.order_groups import CreateOrderGroupReply
from kalshi_async.contract.orders import (
    AmendOrderReply,
    BatchCancelReply,
    BatchCreateReply,
    CancelOrderReply,
    CreateOrderReply,
    DecreaseOrderReply,
)
from kalshi_async.errors import KalshiError, OutcomeUnknown
from kalshi_async.mirror.model import ZERO, MirroredOrder, UnresolvedOrder
from kalshi_async.mirror.precedence import Patch, Statement, Version, own_place
from kalshi_async.mirror.state import AccountState
from kalshi_async.wire.outgoing import Outgoing
from kalshi_async.wire.refusals import is_refused


class _Create(msgspec.Struct):
    """What was sent to place an order."""

    ticker: str
    side: BookSide
    count: Decimal
    price: Decimal
    client_order_id: str = ""
    subaccount: int = 0
    order_group_id: str | None = None
    exchange_index: int | None = None
    expiration_time: int | None = None


class _Batch(msgspec.Struct):
    orders: list[_Create]


class _Amend(msgspec.Struct):
    price: Decimal
    count: Decimal
    updated_client_order_id: str | None = None
    expiration_time: int | None = None


_ONE, _MANY = msgspec.json.Decoder(_Create), msgspec.json.Decoder(_Batch)
_AMEND = msgspec.json.Decoder(_Amend)


class OwnWrites:
    """A ``WriteObserver`` that feeds a state. Owner of what was known when each call began."""

    def __init__(
        self,
        state: AccountState,
        default_subaccount: Callable[[], int],
        now_ms: Callable[[], int],
        search: Callable[[], None],
    ) -> None:
        """Take what is fed, and whom to tell that a create is in doubt."""
        self._state = state
        self._default = default_subaccount
        self._now_ms = now_ms
        self._search = search
        self._sent = 0
        self._begun: dict[int, tuple[float, tuple[_Create, ...]]] = {}

    def began(self, call: object) -> None:
        """Take note of a write before it is sent: creates may have placed their orders from now on."""
        outgoing = cast("Call[object]", call).outgoing
        if outgoing.name not in _HANDLERS:
            return
        creates = _creates(outgoing)
        self._sent += 1
        self._begun[id(call)] = (own_place(self._state.heard, self._sent), creates)
        for one in creates:
            self._state.sending(self._unresolved(one))

    def ended(self, call: object, reply: object, error: BaseException | None) -> None:
        """Take the outcome of a write."""
        begun = self._begun.pop(id(call), None)
        if begun is None:
            return
        done = cast("Call[object]", call)
        place, creates = begun
        if done.doubt is not None and done.outgoing.name in _MAY_BE_READ:
            return  # a row may stand for the reply: it tells less, and of a later time
        if error is None:
            _HANDLERS[done.outgoing.name](self, done.outgoing, cast(Any, reply), place, creates)
            return
        is_in_doubt = isinstance(error, OutcomeUnknown) or (
            not isinstance(error, KalshiError) and done.sent is not False
        )
        for one in creates:
            self._fail(one, done, is_in_doubt=is_in_doubt)

    def _fail(self, one: _Create, call: Call[object] | None, *, is_in_doubt: bool) -> None:
        if one.client_order_id not in self._state.unresolved:
            return  # a frame has shown it meanwhile
        if not is_in_doubt:
            self._state.refused(one.client_order_id)
            return
        self._search()
        now_ms = self._now_ms()
        first_ms = None if call is None else call.first_sent_ms
        last_ms = None if call is None else call.last_signed_ms
        self._state.sending(
            msgspec.structs.replace(
                self._unresolved(one),
                is_under_way=False,
                first_sent_ms=first_ms or now_ms,
                last_signed_ms=last_ms or now_ms,
            )
        )

    def _unresolved(self, one: _Create) -> UnresolvedOrder:
        return UnresolvedOrder(
            client_order_id=one.client_order_id,
            ticker=one.ticker,
            book_side=one.side,
            yes_price=one.price,
            count=one.count,
            subaccount=one.subaccount or self._default(),
            order_group_id=one.order_group_id,
        )

    def _created(
        self, outgoing: Outgoing, reply: CreateOrderReply, place: float, creates: tuple[_Create, ...]
    ) -> None:
        self._place(creates[0], reply.order_id, reply.fill_count, reply.remaining_count, reply.ts_ms, place)

    def _place(
        self, one: _Create, order_id: str, filled: Decimal, left: Decimal, ts_ms: int, place: float
    ) -> None:
        status = OrderStatus.RESTING
        if not left:
            status = OrderStatus.EXECUTED if filled >= one.count else OrderStatus.CANCELED
        order = MirroredOrder(
            order_id=order_id,
            ticker=one.ticker,
            book_side=one.side,
            yes_price=one.price,
            initial_count=one.count,
            fill_count=filled,
            remaining_count=left,
            status=status,
            client_order_id=one.client_order_id,
            subaccount=one.subaccount or self._default(),
            exchange_index=None if one.exchange_index == -1 else one.exchange_index,
            order_group_id=one.order_group_id,
            created_ms=ts_ms,
            updated_ms=ts_ms,
            expiration_ms=None if one.expiration_time is None else one.expiration_time * 1000,
        )
        self._state.placed(Statement(order, Version(order.is_over, filled, ts_ms, place)))

    def _created_many(
        self, outgoing: Outgoing, reply: BatchCreateReply, place: float, creates: tuple[_Create, ...]
    ) -> None:
        entries = {entry.client_order_id: entry for entry in reply.orders if entry.client_order_id}
        for one in creates:
            entry = entries.get(one.client_order_id)
            if entry is None:
                self._fail(one, None, is_in_doubt=True)
            elif entry.error is None and entry.order_id and entry.fill_count is not None:
                left, ts_ms = entry.remaining_count or ZERO, entry.ts_ms or 0
                self._place(one, entry.order_id, entry.fill_count, left, ts_ms, place)
            else:
                is_sure = entry.error is not None and not entry.order_id and is_refused(entry.error.code)
                self._fail(one, None, is_in_doubt=not is_sure)

    def _canceled(self, outgoing: Outgoing, reply: CancelOrderReply, place: float, _: object) -> None:
        self._cancel(reply.order_id, reply.ts_ms, place)

    def _canceled_many(self, outgoing: Outgoing, reply: BatchCancelReply, place: float, _: object) -> None:
        for entry in reply.orders:
            if entry.error is None and entry.order_id:
                self._cancel(entry.order_id, entry.ts_ms or 0, place)

    def _cancel(self, order_id: str, ts_ms: int, place: float) -> None:
        patch = Patch(ts_ms=ts_ms, place=place, status=OrderStatus.CANCELED, remaining_count=ZERO)
        self._state.orders.patch(order_id, patch, self._now_ms())

    def _decreased(self, outgoing: Outgoing, reply: DecreaseOrderReply, place: float, _: object) -> None:
        left = reply.remaining_count
        status = None if left else OrderStatus.CANCELED
        patch = Patch(ts_ms=reply.ts_ms, place=place, status=status, remaining_count=left)
        self._state.orders.patch(reply.order_id, patch, self._now_ms())

    def _amended(self, outgoing: Outgoing, reply: AmendOrderReply, place: float, _: object) -> None:
        asked, left = _AMEND.decode(outgoing.body or b""), reply.remaining_count
        # Nothing rests: executed, or canceled after some fills as by self-trade prevention: its frame tells.
        is_canceled = left == 0 and reply.fill_count == 0
        patch = Patch(
            ts_ms=reply.ts_ms,
            place=place,
            status=OrderStatus.CANCELED if is_canceled else None,
            # The count of an amend includes what is filled.
            fill_count=EXACT.subtract(asked.count, left) if left else None,
            remaining_count=left,
            yes_price=asked.price,
            initial_count=asked.count,
            client_order_id=asked.updated_client_order_id,
            expiration_ms=_expiry(asked.expiration_time),
        )
        self._state.orders.patch(reply.order_id, patch, self._now_ms())

    def _made_group(self, outgoing: Outgoing, reply: CreateOrderGroupReply, place: float, _: object) -> None:
        if self._state.scope.has(reply.subaccount):
            group, shard = reply.order_group_id, reply.exchange_index
            self._state.groups.place(group, reply.subaccount, shard, self._now_ms())


def _creates(outgoing: Outgoing) -> tuple[_Create, ...]:
    if outgoing.name == "create_order":
        return (_ONE.decode(outgoing.body or b""),)
    if outgoing.name == "batch_create_orders":
        return tuple(_MANY.decode(outgoing.body or b"").orders)
    return ()


def _expiry(expiration_s: int | None) -> int | msgspec.UnsetType | None:
    if expiration_s is None:
        return msgspec.UNSET
    return expiration_s * 1000 or None


_MAY_BE_READ = frozenset(("amend_order", "decrease_order"))
"""Operations whose lost replies are replaced by what a row shows."""
_HANDLERS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {
        "create_order": OwnWrites._created,
        "batch_create_orders": OwnWrites._created_many,
        "cancel_order": OwnWrites._canceled,
        "batch_cancel_orders": OwnWrites._canceled_many,
        "decrease_order": OwnWrites._decreased,
        "amend_order": OwnWrites._amended,
        "create_order_group": OwnWrites._made_group,
    }
)
"""Operations whose replies are facts."""
