"""The request bodies of the current API, and their translation into engine instructions.

The structs bear the real exchange's names, because its error texts contain them. Every field
is optional here, so that a missing one is refused by its name (``missing_parameters``) and
not as a value of a wrong type. Source: OpenAPI 3.34.0, read 2026-11.
"""

from __future__ import annotations

import msgspec

from kalshi_async.sandbox.access.signature_check import ApiKey
from kalshi_async.sandbox.edge.parsing import at_least, count_e2, one_of, price_e4, require
from kalshi_async.sandbox.engine.instructions import Amendment, NewOrder
from kalshi_async.sandbox.engine.state import (
    ONE_CONTRACT_E2,
    Rejected,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

SIDES: tuple[Side, ...] = ("bid", "ask")
TIMES_IN_FORCE: tuple[TimeInForce, ...] = ("good_till_canceled", "immediate_or_cancel", "fill_or_kill")
SELF_TRADE_PREVENTION_TYPES: tuple[SelfTradePrevention, ...] = ("taker_at_cross", "maker")

# 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
_END_OF_CALENDAR_S = 253_402_300_799


class CreateOrderV2Request(msgspec.Struct):
    """POST /portfolio/events/orders, and one item of its batch."""

    ticker: str | None = None
    side: str | None = None
    count: str | None = None
    price: str | None = None
    time_in_force: str | None = None
    self_trade_prevention_type: str | None = None
    client_order_id: str | None = None
    expiration_time: int | None = None
    post_only: bool = False
    cancel_order_on_pause: bool = False
    reduce_only: bool = False
    subaccount: int | None = None
    order_group_id: str | None = None
    exchange_index: int | None = None

    def to_order(self, key: ApiKey) -> NewOrder:
        """Return the order as an engine instruction, or raise ``Rejected``."""
        require(
            self, names=("ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type")
        )
        return NewOrder(
            ticker=self.ticker or "",
            side=one_of(self.side, SIDES, "side"),
            count_e2=count_e2(self.count),
            price_e4=price_e4(self.price),
            time_in_force=one_of(self.time_in_force, TIMES_IN_FORCE, "time_in_force"),
            self_trade_prevention_type=one_of(
                self.self_trade_prevention_type, SELF_TRADE_PREVENTION_TYPES, "self_trade_prevention_type"
            ),
            client_order_id=client_order_id(self.client_order_id) or "",
            expiration_s=expiration_s(self.expiration_time),
            post_only=self.post_only,
            cancel_order_on_pause=self.cancel_order_on_pause,
            reduce_only=self.reduce_only,
            subaccount=one_subaccount(key, self.subaccount),
            order_group_id=self.order_group_id or None,
            exchange_index=shard(self.exchange_index),
        )


class AmendOrderV2Request(msgspec.Struct):
    """POST /portfolio/events/orders/{order_id}/amend."""

    ticker: str | None = None
    side: str | None = None
    price: str | None = None
    count: str | None = None
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    expiration_time: int | None = None
    exchange_index: int | None = None

    def to_amendment(self, order_id: str, subaccount: int) -> Amendment:
        """Return the change as an engine instruction, or raise ``Rejected``."""
        require(self, names=("ticker", "side", "price", "count"))
        return Amendment(
            order_id=order_id,
            ticker=self.ticker or "",
            side=one_of(self.side, SIDES, "side"),
            price_e4=price_e4(self.price),
            count_e2=count_e2(self.count),
            client_order_id=self.client_order_id or None,
            updated_client_order_id=client_order_id(self.updated_client_order_id),
            expiration_s=expiration_s(self.expiration_time),
            subaccount=subaccount,
            exchange_index=shard(self.exchange_index),
        )


class DecreaseOrderV2Request(msgspec.Struct):
    """POST /portfolio/events/orders/{order_id}/decrease: by a size or to a size, never both."""

    reduce_by: str | None = None
    reduce_to: str | None = None
    exchange_index: int | None = None
    market_ticker: str | None = None

    def sizes_e2(self) -> tuple[int | None, int | None]:
        """Return reduce_by and reduce_to, exactly one of them None, or raise ``Rejected``."""
        if (self.reduce_by is None) == (self.reduce_to is None):
            raise Rejected("invalid_parameters", "exactly one of reduce_by and reduce_to is required")
        if self.reduce_by is not None:
            reduce_by_e2 = count_e2(self.reduce_by)
            at_least(reduce_by_e2, 1, "reduce_by")
            return reduce_by_e2, None
        reduce_to_e2 = count_e2(self.reduce_to)
        at_least(reduce_to_e2, 0, "reduce_to")
        return None, reduce_to_e2


class BatchCreateOrdersV2Request(msgspec.Struct):
    """POST /portfolio/events/orders/batched."""

    orders: list[CreateOrderV2Request] = []


class BatchCancelOrdersV2RequestOrder(msgspec.Struct):
    """One item of a batch cancel."""

    order_id: str | None = None
    subaccount: int | None = None
    exchange_index: int | None = None
    market_ticker: str | None = None


class BatchCancelOrdersV2Request(msgspec.Struct):
    """DELETE /portfolio/events/orders/batched."""

    orders: list[BatchCancelOrdersV2RequestOrder] = []


class OrderGroupLimitRequest(msgspec.Struct):
    """PUT /portfolio/order_groups/{order_group_id}/limit."""

    contracts_limit: int | None = None
    contracts_limit_fp: str | None = None

    def limit_e2(self) -> int:
        """Return the limit from either field. Raises ``Rejected`` if both are given and differ."""
        if self.contracts_limit is None and self.contracts_limit_fp is None:
            raise Rejected("missing_parameters", "contracts_limit is required")
        whole_e2 = None if self.contracts_limit is None else self.contracts_limit * ONE_CONTRACT_E2
        exact_e2 = None if self.contracts_limit_fp is None else count_e2(self.contracts_limit_fp)
        if whole_e2 is not None and exact_e2 is not None and whole_e2 != exact_e2:
            raise Rejected("invalid_parameters", "contracts_limit and contracts_limit_fp differ")
        return (exact_e2 if whole_e2 is None else whole_e2) or 0


class CreateOrderGroupRequest(OrderGroupLimitRequest):
    """POST /portfolio/order_groups/create."""

    subaccount: int | None = None
    exchange_index: int | None = None


class CreateSubaccountRequest(msgspec.Struct):
    """POST /portfolio/subaccounts."""

    exchange_index: int | None = None


class SubaccountTransferRequest(msgspec.Struct):
    """POST /portfolio/subaccounts/transfer."""

    client_transfer_id: str | None = None
    from_subaccount: int | None = None
    to_subaccount: int | None = None
    amount_cents: int | None = None
    exchange_index: int | None = None


class UpdateSubaccountNettingRequest(msgspec.Struct):
    """PUT /portfolio/subaccounts/netting."""

    subaccount_number: int | None = None
    enabled: bool | None = None


class TargetBalanceShare(msgspec.Struct):
    """The percentage of the cash that one shard shall hold."""

    exchange_index: int | None = None
    percent: int | None = None


class SetTargetBalanceAllocationRequest(msgspec.Struct):
    """POST /portfolio/target_balance_allocation."""

    allocations: list[TargetBalanceShare] | None = None
    resting_margin_reservation: str | None = None


class IntraExchangeTransferRequest(msgspec.Struct):
    """POST /portfolio/intra_exchange_instance_transfer; ``amount`` is in centicents."""

    source: str | None = None
    destination: str | None = None
    amount: int | None = None
    client_transfer_id: str | None = None
    source_exchange_shard: int | None = None
    destination_exchange_shard: int | None = None
    source_subaccount: int | None = None
    destination_subaccount: int | None = None


def client_order_id(text: str | None) -> str | None:
    """Return the id, or None for an empty one. Raises ``Rejected`` for an id with a dot.

    The real exchange refuses dots (several field reports, 2026).
    """
    if text and "." in text:
        raise Rejected("invalid_parameters", f"invalid client_order_id: {text}")
    return text or None


def expiration_s(expiration_time: int | None) -> int | None:
    """Return Unix seconds. Raises ``Rejected`` after the year 9999: the number must be milliseconds."""
    at_least(expiration_time, 0, "expiration_time")
    if expiration_time is not None and expiration_time > _END_OF_CALENDAR_S:
        raise Rejected("invalid_parameters", f"expiration_time is in seconds, was {expiration_time}")
    return expiration_time


def shard(exchange_index: int | None) -> int | None:
    """Return the shard; -1 means "route by ticker". Raises ``Rejected`` for a lower number."""
    at_least(exchange_index, -1, "exchange_index")
    return exchange_index


def one_subaccount(key: ApiKey, subaccount: int | None) -> int:
    """Return the subaccount that a body names, or the default of the calling key."""
    at_least(subaccount, 0, "subaccount")
    return key.choose_one(subaccount)
