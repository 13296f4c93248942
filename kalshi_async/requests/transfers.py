"""Requests that move cash: subaccounts, transfers and target allocations."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from kalshi_async.contract.fields import (
    ExchangeInstance,
    RestingMarginReservation,
)
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests._fields import checked_flags, checked_uuid, set_fields
from kalshi_async.requests.validation import (
    SUBACCOUNTS,
    checked_amount,
    checked_index,
    checked_subaccount,
    checked_whole,
    checked_word,
)


@dataclass(frozen=True, slots=True)
class CreateSubaccount:
    """Body of POST /portfolio/subaccounts."""

    exchange_index: int | UnsetType = UNSET
    """Shard of the new subaccount, from 0; UNSET means shard 0."""


@dataclass(frozen=True, slots=True, init=False)
class SubaccountTransferOrder:
    """Cents to move between two subaccounts of one shard."""

    client_transfer_id: str
    """The caller's id of the transfer, a UUID."""
    from_subaccount: int
    """Subaccount that the cash leaves, 0 for the primary."""
    to_subaccount: int
    """Subaccount that the cash reaches, 0 for the primary."""
    amount_cents: int
    """Amount in whole cents."""
    exchange_index: int | UnsetType
    """Shard on which the cash is moved, from 0; UNSET lets the exchange route."""

    def __init__(
        self,
        from_subaccount: int,
        to_subaccount: int,
        amount_cents: int,
        *,
        client_transfer_id: str | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Check the numbers; without a ``client_transfer_id`` a new one is made."""
        if from_subaccount == to_subaccount:
            raise InvalidRequest(f"from_subaccount and to_subaccount are both {to_subaccount}")
        set_fields(
            self,
            client_transfer_id=checked_uuid("client_transfer_id", client_transfer_id),
            from_subaccount=checked_whole("from_subaccount", from_subaccount, least=0, most=SUBACCOUNTS),
            to_subaccount=checked_whole("to_subaccount", to_subaccount, least=0, most=SUBACCOUNTS),
            amount_cents=checked_amount("amount_cents", amount_cents),
            exchange_index=checked_index("exchange_index", exchange_index),
        )


@dataclass(frozen=True, slots=True)
class SubaccountNettingSetting:
    """Body of PUT /portfolio/subaccounts/netting: turns netting on or off (``enabled``)."""

    subaccount_number: int
    """Number of the subaccount: 0 for the primary, 1 to 63 for the others."""
    enabled: bool
    """Whether netting shall be on."""

    def __post_init__(self) -> None:
        checked_whole("subaccount", self.subaccount_number, least=0, most=SUBACCOUNTS)
        checked_flags(enabled=self.enabled)


@dataclass(frozen=True, slots=True)
class AllocationShare:
    """The ``percent`` of the cash that the exchange keeps on one shard."""

    exchange_index: int
    """Shard, from 0."""
    percent: int
    """Whole percent of the cash, 0 to 100."""


@dataclass(frozen=True, slots=True, init=False)
class TargetAllocation:
    """Body of POST /portfolio/target_balance_allocation; it replaces the stored allocation."""

    allocations: tuple[AllocationShare, ...]
    """Part of each shard; none turns rebalancing off."""
    resting_margin_reservation: RestingMarginReservation | UnsetType
    """Cash to keep back for resting orders; UNSET means ``sum``."""

    def __init__(
        self,
        percent_by_shard: dict[int, int],
        *,
        resting_margin_reservation: RestingMarginReservation | str | None = None,
    ) -> None:
        """Check the numbers.

        ``percent_by_shard``: shard -> percent, 100 in total; an empty dict turns rebalancing off.
        """
        shares = tuple(
            AllocationShare(
                checked_whole("exchange_index", shard, least=0),
                checked_whole("percent", percent, least=0, most=100),
            )
            for shard, percent in percent_by_shard.items()
        )
        total = sum(share.percent for share in shares)
        if shares and total != 100:
            raise InvalidRequest(f"percents must total 100, was {total}")
        set_fields(
            self,
            allocations=shares,
            resting_margin_reservation=UNSET
            if resting_margin_reservation is None
            else checked_word(
                "resting_margin_reservation", resting_margin_reservation, RestingMarginReservation
            ),
        )


@dataclass(frozen=True, slots=True, init=False)
class TransferOrder:
    """Money to move between shards or exchange instances."""

    source: ExchangeInstance
    """Exchange instance that the cash leaves."""
    destination: ExchangeInstance
    """Exchange instance that the cash reaches."""
    amount: int
    """Amount in centicents: 10,000 are one dollar."""
    client_transfer_id: str | UnsetType
    """The caller's id of the transfer, a UUID; UNSET with a numbered subaccount."""
    source_exchange_shard: int | UnsetType
    """Shard that the cash leaves, from 0; UNSET means shard 0."""
    destination_exchange_shard: int | UnsetType
    """Shard that the cash reaches, from 0; UNSET means shard 0."""
    source_subaccount: int | UnsetType
    """Subaccount that the cash leaves; UNSET for the primary, or for that of a restricted key."""
    destination_subaccount: int | UnsetType
    """Subaccount that the cash reaches; UNSET for the primary, or for that of a restricted key."""

    def __init__(
        self,
        amount_centicents: int,
        *,
        source: ExchangeInstance | str = ExchangeInstance.EVENT_CONTRACT,
        destination: ExchangeInstance | str = ExchangeInstance.EVENT_CONTRACT,
        source_exchange_shard: int | None = None,
        destination_exchange_shard: int | None = None,
        source_subaccount: int | None = None,
        destination_subaccount: int | None = None,
        client_transfer_id: str | None = None,
    ) -> None:
        """Check the numbers. $1 is 10,000 centicents.

        ``client_transfer_id``: a UUID; None makes a new one. The exchange accepts an id only
        between primary accounts: with a numbered subaccount none is sent, and giving one
        raises InvalidRequest. A key that is restricted to a numbered subaccount may move cash between the
        shards of that one: name it in ``source_subaccount`` and ``destination_subaccount``, so that no
        id is sent.
        """
        numbered = bool(source_subaccount or destination_subaccount)
        if numbered and client_transfer_id is not None:
            raise InvalidRequest("client_transfer_id is refused when a numbered subaccount is involved")
        set_fields(
            self,
            source=checked_word("source", source, ExchangeInstance),
            destination=checked_word("destination", destination, ExchangeInstance),
            amount=checked_amount("amount_centicents", amount_centicents),
            client_transfer_id=UNSET if numbered else checked_uuid("client_transfer_id", client_transfer_id),
            source_exchange_shard=checked_index("source_exchange_shard", source_exchange_shard, least=0),
            destination_exchange_shard=checked_index(
                "destination_exchange_shard", destination_exchange_shard, least=0
            ),
            source_subaccount=checked_subaccount("source_subaccount", source_subaccount),
            destination_subaccount=checked_subaccount("destination_subaccount", destination_subaccount),
        )
