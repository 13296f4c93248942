"""Transfers of a member's money between subaccounts and between shards.

Only free money moves: the money that resting orders tie up stays with them. A client's
transfer id is accepted once: between subaccounts per account (docs subaccounts, 2026-08),
between shards per source shard (OpenAPI, 2026-10-26).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kalshi_async.sandbox.accounts.accounts import CENT_E6
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.accounts.movements import ShardTransfer, SubaccountTransfer, TransferStatus
from kalshi_async.sandbox.engine.state import Account, Rejected
from kalshi_async.sandbox.engine.venue import Venue, require_subaccount
from kalshi_async.sandbox.reads.replica import Replica


class Transfers:
    """Transfers within a shard and across shards."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._ledger = ledger
        self._replica = replica

    def between_subaccounts(
        self,
        account: Account,
        client_transfer_id: str,
        from_subaccount: int,
        to_subaccount: int,
        amount_cents: int,
        exchange_index: int = 0,
    ) -> None:
        """Move cents within one shard; a ``client_transfer_id`` is accepted once."""
        self._venue.tick()
        account = self._venue.live(account)
        amount_e6 = amount_cents * CENT_E6
        _require_transfer(account, from_subaccount, to_subaccount, amount_e6)
        self._venue.require_shard(exchange_index)
        if from_subaccount == to_subaccount:
            raise Rejected("invalid_parameters", "from_subaccount and to_subaccount must differ")
        key = f"subaccount:{client_transfer_id}"
        if key in account.transfer_ids:
            raise Rejected("transfer_already_applied")
        self._ledger.require_free(account, from_subaccount, exchange_index, amount_e6)
        account.transfer_ids.add(key)
        self._move_within(account, from_subaccount, to_subaccount, amount_e6, exchange_index)

    def between_shards(
        self,
        account: Account,
        *,
        client_transfer_id: str | None,
        source: str,
        destination: str,
        amount_e6: int,
        source_shard: int,
        destination_shard: int,
        source_subaccount: int,
        destination_subaccount: int,
    ) -> str:
        """Move money between shards and return the transfer id (docs exchange_sharding)."""
        self._venue.tick()
        account = self._venue.live(account)
        if (source, destination) != ("event_contract", "event_contract"):
            # No member here is enabled for the margined exchange (demo margin recording 2026-06).
            raise Rejected("user_not_found", account.user_id)
        self._venue.require_shard(source_shard)
        self._venue.require_shard(destination_shard)
        _require_transfer(account, source_subaccount, destination_subaccount, amount_e6)
        if client_transfer_id is not None and (source_subaccount or destination_subaccount):
            raise Rejected("invalid_parameters", "client_transfer_id is for primary accounts only")
        # Unique per source shard, whatever the destination (OpenAPI, 2026-10-26).
        key = f"{source}:{source_shard}:{client_transfer_id}"
        if client_transfer_id is not None and key in account.transfer_ids:
            raise Rejected("transfer_already_applied")
        self._ledger.require_free(account, source_subaccount, source_shard, amount_e6)
        if client_transfer_id is not None:
            account.transfer_ids.add(key)
        if source_shard == destination_shard:
            return self._move_within(
                account, source_subaccount, destination_subaccount, amount_e6, source_shard
            )
        transfer = ShardTransfer(
            transfer_id=self._venue.new_id(),
            source=source,
            destination=destination,
            source_shard=source_shard,
            destination_shard=destination_shard,
            amount_e6=amount_e6,
            status=TransferStatus.PENDING,
            created_us=self._venue.stamp_us(),
            client_transfer_id=client_transfer_id,
        )
        self._send(account, transfer, source_subaccount, destination_subaccount)
        return transfer.transfer_id

    def _move_within(
        self, account: Account, source: int, destination: int, amount_e6: int, exchange_index: int
    ) -> str:
        transfer = SubaccountTransfer(
            transfer_id=self._venue.new_id(),
            from_subaccount=source,
            to_subaccount=destination,
            amount_cents=amount_e6 // CENT_E6,
            exchange_index=exchange_index,
            created_us=self._venue.stamp_us(),
        )
        account.subaccount_transfers.append(transfer)
        self._replica.change(account.user_id, lambda seen: seen.subaccount_transfers.append(transfer))
        self._ledger.add_cash(account, (source, exchange_index), -amount_e6)
        self._ledger.add_cash(account, (destination, exchange_index), amount_e6)
        return transfer.transfer_id

    def _send(self, account: Account, transfer: ShardTransfer, source: int, destination: int) -> None:
        account.shard_transfers.append(transfer)
        shown = replace(transfer)
        self._replica.change(account.user_id, lambda seen: seen.shard_transfers.append(shown))
        self._ledger.add_cash(account, (source, transfer.source_shard), -transfer.amount_e6)
        self._ledger.in_transit_e6 += transfer.amount_e6
        arrive = partial(self._arrive, account, transfer, destination)
        delay_us = self._venue.rules.transfer_delay_ms * 1_000
        if delay_us:
            self._venue.agenda.at(self._venue.now_us + delay_us, arrive)
        else:
            arrive()

    def _arrive(self, account: Account, transfer: ShardTransfer, destination: int) -> None:
        transfer.status = TransferStatus.COMPLETE
        self._ledger.in_transit_e6 -= transfer.amount_e6
        self._ledger.add_cash(account, (destination, transfer.destination_shard), transfer.amount_e6)
        self._replica.change(account.user_id, lambda seen: _complete(seen, transfer.transfer_id))


def _require_transfer(account: Account, source: int, destination: int, amount_e6: int) -> None:
    require_subaccount(account, source)
    require_subaccount(account, destination)
    if amount_e6 <= 0:
        raise Rejected("invalid_parameters", "amount must be positive")


def _complete(account: Account, transfer_id: str) -> None:
    for transfer in account.shard_transfers:
        if transfer.transfer_id == transfer_id:
            transfer.status = TransferStatus.COMPLETE
