"""Moving a member's money between subaccounts and between shards.

Only free money moves: what resting orders tie up stays where the orders are. A client's
transfer id counts once (docs subaccounts and exchange_sharding, 2026-08).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kalshi_async.sandbox.accounts.members import CENT_E6, Members
from kalshi_async.sandbox.engine.state import Account, Rejected, ShardTransfer, SubaccountTransfer


class Transfers(Members):
    """Transfers within a shard and across shards."""

    def transfer_between_subaccounts(
        self,
        account: Account,
        client_transfer_id: str,
        from_subaccount: int,
        to_subaccount: int,
        amount_cents: int,
        exchange_index: int = 0,
    ) -> None:
        """Move cents within one shard; a ``client_transfer_id`` counts once."""
        self._tick()
        account = self._account(account)
        amount_e6 = amount_cents * CENT_E6
        self._require_transfer(account, from_subaccount, to_subaccount, amount_e6)
        self._require_shard(exchange_index)
        if from_subaccount == to_subaccount:
            raise Rejected("invalid_parameters", "from_subaccount and to_subaccount must differ")
        key = f"subaccount:{client_transfer_id}"
        if key in account.transfer_ids:
            raise Rejected("transfer_already_applied")
        self._ledger.require_free(account, from_subaccount, exchange_index, amount_e6)
        account.transfer_ids.add(key)
        self._move_within(account, from_subaccount, to_subaccount, amount_e6, exchange_index)

    def transfer_between_shards(
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
        self._tick()
        account = self._account(account)
        if (source, destination) != ("event_contract", "event_contract"):
            # Nobody here is enabled for the margined exchange (demo margin recording 2026-06).
            raise Rejected("user_not_found", account.user_id)
        self._require_shard(source_shard)
        self._require_shard(destination_shard)
        self._require_transfer(account, source_subaccount, destination_subaccount, amount_e6)
        if client_transfer_id is not None and (source_subaccount or destination_subaccount):
            raise Rejected("invalid_parameters", "client_transfer_id is for primary accounts only")
        key = f"{source}:{destination}:{source_shard}:{destination_shard}:{client_transfer_id}"
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
            self._new_id(),
            source,
            destination,
            source_shard,
            destination_shard,
            amount_e6,
            "pending",
            self._stamp_us(),
        )
        self._send(account, transfer, source_subaccount, destination_subaccount)
        return transfer.transfer_id

    def _require_transfer(self, account: Account, source: int, destination: int, amount_e6: int) -> None:
        self._require_subaccount(account, source)
        self._require_subaccount(account, destination)
        if amount_e6 <= 0:
            raise Rejected("invalid_parameters", "amount must be positive")

    def _move_within(
        self, account: Account, source: int, destination: int, amount_e6: int, exchange_index: int
    ) -> str:
        transfer = SubaccountTransfer(
            transfer_id=self._new_id(),
            from_subaccount=source,
            to_subaccount=destination,
            amount_cents=amount_e6 // CENT_E6,
            exchange_index=exchange_index,
            created_us=self._stamp_us(),
        )
        account.subaccount_transfers.append(transfer)
        self._replicate(account, lambda seen: seen.subaccount_transfers.append(transfer))
        self._add_cash(account, (source, exchange_index), -amount_e6)
        self._add_cash(account, (destination, exchange_index), amount_e6)
        return transfer.transfer_id

    def _send(self, account: Account, transfer: ShardTransfer, source: int, destination: int) -> None:
        account.shard_transfers.append(transfer)
        shown = replace(transfer)
        self._replicate(account, lambda seen: seen.shard_transfers.append(shown))
        self._add_cash(account, (source, transfer.source_shard), -transfer.amount_e6)
        self._ledger.in_transit_e6 += transfer.amount_e6
        arrive = partial(self._arrive, account, transfer, destination)
        if self.rules.transfer_delay_ms:
            self._agenda.at(self._now_us + self.rules.transfer_delay_ms * 1_000, arrive)
        else:
            arrive()

    def _arrive(self, account: Account, transfer: ShardTransfer, destination: int) -> None:
        transfer.status = "complete"
        self._ledger.in_transit_e6 -= transfer.amount_e6
        self._add_cash(account, (destination, transfer.destination_shard), transfer.amount_e6)
        self._replicate(account, lambda seen: _complete(seen, transfer.transfer_id))


def _complete(account: Account, transfer_id: str) -> None:
    for transfer in account.shard_transfers:
        if transfer.transfer_id == transfer_id:
            transfer.status = "complete"
