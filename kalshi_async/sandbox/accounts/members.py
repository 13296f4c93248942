"""Members: opening accounts and subaccounts, deposits and withdrawals.

Accounts are opened by the control plane, subaccounts by the member. Cash lives per
(subaccount, shard).
"""

from __future__ import annotations

from decimal import Decimal

from kalshi_async.sandbox.engine.state import Account, Payment, Rejected
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.fixed_point import exact_e6

CENT_E6 = 10_000
# docs subaccounts, 2026-08.
_HIGHEST_SUBACCOUNT = 63


class Members(Venue):
    """Accounts, subaccounts, payments."""

    def add_account(
        self, name: str, *, tier: str = "basic", cash: Decimal = Decimal(10_000), is_fcm: bool = False
    ) -> Account:
        """Open an account with cash on subaccount 0, shard 0."""
        self._tick()
        if any(account.name == name for account in self.accounts.values()):
            raise ValueError(f"account names must be unique, {name!r} exists")
        account = Account(name, self._new_id(), tier, is_fcm, netting={0: True})
        self.accounts[account.user_id] = account
        self._replica.add_account(account)
        for exchange_index in self.shards:
            self._add_cash(account, (0, exchange_index), 0)
        self.deposit(account, cash)
        return account

    def deposit(self, account: Account, cash: Decimal, *, exchange_index: int = 0) -> Payment | None:
        """Pay dollars in on subaccount 0, with a row in the deposits; nothing for 0."""
        self._tick()
        return self._pay(account, cash, exchange_index, sign=1)

    def withdraw(self, account: Account, cash: Decimal, *, exchange_index: int = 0) -> Payment | None:
        """Pay free dollars of subaccount 0 out, with a row in the withdrawals."""
        self._tick()
        amount_e6 = exact_e6(cash)
        self._ledger.require_free(self._account(account), 0, exchange_index, amount_e6)
        return self._pay(account, cash, exchange_index, sign=-1)

    def create_subaccount(self, account: Account, exchange_index: int = 0) -> int:
        """Open the next subaccount and return its number, 1 to 63."""
        self._tick()
        account = self._account(account)
        if account.tier == "basic":
            raise Rejected("subaccount_creation_requires_advanced_api_usage_level")
        if account.subaccount_count >= _HIGHEST_SUBACCOUNT:
            raise Rejected("invalid_parameters", f"at most {_HIGHEST_SUBACCOUNT} subaccounts")
        self._require_shard(exchange_index)
        number = account.subaccount_count = account.subaccount_count + 1
        # A new subaccount inherits the flag of the primary (docs subaccounts, 2026-08).
        netting = account.netting[number] = account.netting.get(0, True)

        def put(seen: Account) -> None:
            seen.subaccount_count = number
            seen.netting[number] = netting

        self._replicate(account, put)
        self._add_cash(account, (number, exchange_index), 0)
        return number

    def set_netting(self, account: Account, subaccount: int, enabled: bool) -> None:
        """Store the netting flag; its effect is not documented, so it has none here."""
        self._tick()
        account = self._account(account)
        self._require_subaccount(account, subaccount)
        account.netting[subaccount] = enabled
        self._replicate(account, lambda seen: seen.netting.__setitem__(subaccount, enabled))

    def _pay(self, account: Account, cash: Decimal, exchange_index: int, sign: int) -> Payment | None:
        account = self._account(account)
        amount_e6 = exact_e6(cash)
        if amount_e6 == 0:
            return None
        paid_us = self._stamp_us()
        payment = Payment(
            self._new_id(), "applied", "ach", amount_e6 // CENT_E6, 0, paid_us, finalized_us=paid_us
        )

        def put(seen: Account) -> None:
            (seen.deposits if sign > 0 else seen.withdrawals).append(payment)

        put(account)
        self._replicate(account, put)
        self._add_cash(account, (0, exchange_index), sign * amount_e6)
        return payment

    def _require_shard(self, exchange_index: int) -> None:
        if exchange_index not in self._running:
            raise Rejected("invalid_parameters", f"exchange_index {exchange_index} does not exist")
