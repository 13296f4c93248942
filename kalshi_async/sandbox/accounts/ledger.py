"""Cash, positions and commitments of all members, and the rules that move them.

``Ledger`` is the one owner of the exchange's money. Every movement keeps
``cash of all members + one dollar per open contract + income of the exchange``
equal to the sum of the deposits; positions carry their average cost. Of an open contract whose YES
holder has been paid a settlement floor, the dollar less that floor counts.
"""

from __future__ import annotations

from kalshi_async.sandbox.accounts.commitments import Holding, Wallet, floor_for
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Account, Market, Position, Rejected, Side
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica


class Ledger:
    """Cash and holdings of all members.

    ``income_e6``: fees and residues that the exchange has kept.
    ``in_transit_e6``: transfers between shards that have left and not arrived.
    """

    def __init__(self, venue: Venue, replica: Replica) -> None:
        self._venue = venue
        self._rules = venue.rules
        self._replica = replica
        self.income_e6 = 0
        self.in_transit_e6 = 0
        self._holdings: dict[tuple[str, int, str], Holding] = {}
        self._wallets: dict[tuple[str, int, int], Wallet] = {}

    def wallet(self, account: Account, subaccount: int, exchange_index: int) -> Wallet:
        """Return the running commitment of one (member, subaccount, shard)."""
        key = (account.user_id, subaccount, exchange_index)
        wallet = self._wallets.get(key)
        if wallet is None:
            wallet = self._wallets[key] = Wallet()
        return wallet

    def holding(self, account: Account, subaccount: int, market: Market) -> Holding:
        """Return the stake of one (member, subaccount) in one market."""
        key = (account.user_id, subaccount, market.ticker)
        holding = self._holdings.get(key)
        if holding is None:
            wallet = self.wallet(account, subaccount, market.exchange_index)
            holding = self._holdings[key] = Holding(
                account, (subaccount, market.exchange_index), wallet, floor_for(account, market)
            )
        return holding

    def holdings_in(self, ticker: str) -> list[Holding]:
        """Return every stake in one market, in the order in which they began."""
        return [holding for key, holding in self._holdings.items() if key[2] == ticker]

    def free_e6(self, account: Account, subaccount: int, exchange_index: int) -> int:
        """Return the cash that no resting order ties up."""
        cash_e6 = account.cash_e6.get((subaccount, exchange_index), 0)
        return cash_e6 - self.wallet(account, subaccount, exchange_index).committed_e6

    def require_free(self, account: Account, subaccount: int, exchange_index: int, amount_e6: int) -> None:
        """Raise ``Rejected("insufficient_balance")`` if less than ``amount_e6`` is free."""
        if self.free_e6(account, subaccount, exchange_index) < amount_e6:
            raise Rejected("insufficient_balance")

    def add_cash(self, account: Account, key: tuple[int, int], amount_e6: int) -> None:
        """Add money to one (subaccount, shard); a negative amount takes it away."""
        account.cash_e6[key] = account.cash_e6.get(key, 0) + amount_e6
        account.cash_updated_us[key] = self._venue.now_us
        self.show_cash(account, key)

    def show_cash(self, account: Account, key: tuple[int, int]) -> None:
        """Let the read side know the balance of one (subaccount, shard)."""
        if self._replica.lag_us:
            self._replica.cash(account, key, self.shown_cash_e6(account, key))

    def shown_cash_e6(self, account: Account, key: tuple[int, int]) -> int:
        """Return the balance that reads report (``Rules.reserve_at_placement``)."""
        if self._rules.reserve_at_placement:
            return self.free_e6(account, *key)
        return account.cash_e6.get(key, 0)

    def precision_e6(self, account: Account) -> int:
        """Return the unit to which the cash of a member is rounded."""
        return self._rules.fcm_precision_e6 if account.is_fcm else self._rules.direct_precision_e6


def revenue_of_fill_e6(position_e2: int, side: Side, price_e4: int, count_e2: int, floor_e4: int = 0) -> int:
    """Return the cash that a fill brings before fees; negative when it is paid.

    Whoever buys YES pays the price less the settlement floor, whoever sells YES that was held
    receives as much. The NO leg knows no floor (docs settlement_bounds, 2026-10).
    """
    held_e2 = -position_e2 if side == "bid" else position_e2
    closing_e2 = min(count_e2, max(0, held_e2))
    opening_e2 = count_e2 - closing_e2
    if side == "bid":
        return closing_e2 * (ONE_DOLLAR_E4 - price_e4) - opening_e2 * (price_e4 - floor_e4)
    return closing_e2 * (price_e4 - floor_e4) - opening_e2 * (ONE_DOLLAR_E4 - price_e4)


def apply_fill(position: Position, side: Side, price_e4: int, count_e2: int) -> None:
    """Move a position by one fill: first close at average cost, then open with the rest.

    ``traded_e6`` grows by the cash paid for the opening part and by the closing part
    at the price of the leg that is sold (``settings.CHOICES``: ``traded_amount``).
    """
    held_e2 = -position.position_e2 if side == "bid" else position.position_e2
    closing_e2 = min(count_e2, max(0, held_e2))
    opening_e2 = count_e2 - closing_e2
    paid_e4 = price_e4 if side == "bid" else ONE_DOLLAR_E4 - price_e4
    proceeds_e6 = closing_e2 * (ONE_DOLLAR_E4 - paid_e4)
    if closing_e2:
        released_e6 = position.cost_e6 * closing_e2 // held_e2
        position.cost_e6 -= released_e6
        position.realized_e6 += proceeds_e6 - released_e6
    position.cost_e6 += opening_e2 * paid_e4
    position.traded_e6 += opening_e2 * paid_e4 + proceeds_e6
    position.shares_traded_e2 += count_e2
    if side == "bid":
        position.position_e2 += count_e2
        position.yes_bought_e2 += count_e2
        position.yes_bought_e6 += count_e2 * paid_e4
    else:
        position.position_e2 -= count_e2
        position.no_bought_e2 += count_e2
        position.no_bought_e6 += count_e2 * paid_e4
