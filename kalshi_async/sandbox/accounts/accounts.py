"""Accounts and subaccounts, deposits and withdrawals.

The operator opens accounts, the member opens subaccounts. Cash is kept per (subaccount,
shard).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.accounts.movements import Payment
from kalshi_async.sandbox.engine.state import Account, Rejected
from kalshi_async.sandbox.engine.venue import Venue, require_subaccount
from kalshi_async.sandbox.fixed_point import exact_e6
from kalshi_async.sandbox.reads.replica import Replica
from kalshi_async.sandbox.settings import NETTING_AT_FIRST, PAYMENT_TYPE

CENT_E6 = 10_000
# docs subaccounts, 2026-08.
_HIGHEST_SUBACCOUNT = 63


class Accounts(Mapping[str, Account]):
    """All accounts by user id: a mapping for reading, and the methods that change it."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._ledger = ledger
        self._replica = replica

    def __getitem__(self, user_id: str) -> Account:
        return self._venue.accounts[user_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._venue.accounts)

    def __len__(self) -> int:
        return len(self._venue.accounts)

    def open(
        self, name: str, *, tier: str = "basic", cash: Decimal = Decimal(10_000), is_fcm: bool = False
    ) -> Account:
        """Open an account with cash on subaccount 0, shard 0. Reads show it at once."""
        self._venue.tick()
        if any(account.name == name for account in self.values()):
            raise ValueError(f"account names must be unique, {name!r} exists")
        account = Account(name, self._venue.new_id(), tier, is_fcm, netting={0: NETTING_AT_FIRST})
        self._venue.accounts[account.user_id] = account
        self._replica.add_account(account)
        for exchange_index in self._venue.shards:
            self._ledger.add_cash(account, (0, exchange_index), 0)
        self.deposit(account, cash)
        self._replica.show_all_of(account.user_id)
        return account

    def deposit(self, account: Account, cash: Decimal, *, exchange_index: int = 0) -> Payment | None:
        """Pay dollars in on subaccount 0 and list the deposit; 0 dollars do nothing."""
        self._venue.tick()
        return self._pay(account, exact_e6(cash), exchange_index, sign=1)

    def withdraw(self, account: Account, cash: Decimal, *, exchange_index: int = 0) -> Payment | None:
        """Pay free dollars of subaccount 0 out and list the withdrawal."""
        self._venue.tick()
        amount_e6 = exact_e6(cash)
        self._ledger.require_free(self._venue.live(account), 0, exchange_index, amount_e6)
        return self._pay(account, amount_e6, exchange_index, sign=-1)

    def create_subaccount(self, account: Account, exchange_index: int = 0) -> int:
        """Open the next subaccount and return its number, 1 to 63."""
        self._venue.tick()
        account = self._venue.live(account)
        if account.tier == "basic":
            raise Rejected("subaccount_creation_requires_advanced_api_usage_level")
        if account.subaccount_count >= _HIGHEST_SUBACCOUNT:
            raise Rejected("invalid_parameters", f"at most {_HIGHEST_SUBACCOUNT} subaccounts")
        self._venue.require_shard(exchange_index)
        number = account.subaccount_count = account.subaccount_count + 1
        # A new subaccount inherits the flag of the primary (docs subaccounts, 2026-08).
        netting = account.netting[number] = account.netting.get(0, NETTING_AT_FIRST)

        def put(seen: Account) -> None:
            seen.subaccount_count = number
            seen.netting[number] = netting

        self._replica.change(account.user_id, put)
        self._ledger.add_cash(account, (number, exchange_index), 0)
        return number

    def set_netting(self, account: Account, subaccount: int, enabled: bool) -> None:
        """Store the netting flag (``settings.NETTING_AT_FIRST``). It has no effect here."""
        self._venue.tick()
        account = self._venue.live(account)
        require_subaccount(account, subaccount)
        account.netting[subaccount] = enabled
        self._replica.change(account.user_id, lambda seen: seen.netting.__setitem__(subaccount, enabled))

    def _pay(self, account: Account, amount_e6: int, exchange_index: int, *, sign: int) -> Payment | None:
        account = self._venue.live(account)
        if amount_e6 == 0:
            return None
        paid_us = self._venue.stamp_us()
        payment = Payment(
            id=self._venue.new_id(),
            status="applied",
            type=PAYMENT_TYPE,
            amount_cents=amount_e6 // CENT_E6,
            fee_cents=0,
            created_us=paid_us,
            finalized_us=paid_us,
        )

        def put(seen: Account) -> None:
            (seen.deposits if sign > 0 else seen.withdrawals).append(payment)

        put(account)
        self._replica.change(account.user_id, put)
        self._ledger.add_cash(account, (0, exchange_index), sign * amount_e6)
        return payment
