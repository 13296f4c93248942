"""What client and exchange agree on: shapes and names as data, no behaviour.

Every module here holds the reply structs of one family of endpoints and, below
them, one ``Operation`` line per endpoint. ``OPERATIONS`` is the whole table.

What a word means wherever it stands in a reply or a request, unless the class says more.
Dollars and contracts are exact ``Decimal``s; integers name their unit; a name on ``_time`` is
an aware ``datetime`` in UTC; None is what the exchange did not send.

* ``order_id``: the exchange's id of an order.
* ``client_order_id``: the caller's id of it, unique within the account.
* ``ticker``, ``market_ticker``: the market.
* ``event_ticker``: the event to which the market belongs.
* ``order_group_id``: the group to which the order belongs.
* ``subaccount``, ``subaccount_number``: 0 or None for the primary one, 1 to 63 for the others.
* ``exchange_index``: the shard of the exchange, from 0; None lets the exchange route.
* ``book_side``: the direction on the YES book: a bid buys YES, an ask sells it.
* ``outcome_side``: the same direction, as the outcome that is gained.
* ``count``: contracts, to a hundredth.
* ``yes_price``, ``no_price``: dollars on that leg; the two add up to 1.
* ``initial_count``: contracts when the order was placed.
* ``fill_count``: contracts that were filled.
* ``remaining_count``: contracts that rest.
* ``average_fill_price``: dollars on the YES leg; None without a fill.
* ``average_fee_paid``: dollars per contract; None without a fill.
* ``taker_fill_cost``, ``maker_fill_cost``: dollars of the fills in that role, without fees.
* ``taker_fees``, ``maker_fees``: dollars of fees in that role.
* ``fee_cost``, ``fees_paid``: dollars of fees.
* ``realized_pnl``: dollars that closed positions have made, before fees.
* ``contracts_limit``: contracts that the group may fill within 15 s.
* ``is_auto_cancel_enabled``: whether the limit cancels the members of the group.
* ``queue_position``: contracts ahead of the order; 0 is the front.
* ``time_in_force``: how long the order may live.
* ``self_trade_prevention_type``: who is canceled when the order would meet one of one's own.
* ``cancel_order_on_pause``: whether a pause of trading cancels the order.
* ``expiration_time``: when the order ends by itself; in requests Unix seconds.
* ``created_time``, ``last_update_time``: when the row was made, and last changed.
* ``ts_ms``: the moment in the matching engine, in Unix milliseconds.
* ``ts``, ``created_ts``, ``updated_ts``, ``finalized_ts``: Unix seconds.
* ``status``: where it stands.
* ``type``: of which kind it is.
* ``is_taker``: whether one's own order took what the other had resting.
* ``user_id``: the member to whom the row belongs.
* ``balance``: dollars.
* ``amount_cents``, ``fee_cents``: integer cents.
* ``transfer_id``, ``client_transfer_id``: the exchange's id of a transfer, and the caller's.
* ``from_subaccount``, ``to_subaccount``: where cash leaves, and where it arrives.
* ``source``, ``destination``: the exchange instances between which cash moves.
* ``source_exchange_shard``, ``destination_exchange_shard``: the shards between which it moves.
* ``source_subaccount``, ``destination_subaccount``: the subaccounts between which it moves.
* ``allocations``: the part of each shard.
* ``percent``: whole percent of the cash.
* ``resting_margin_reservation``: what the rebalancer keeps back for resting orders.
* ``exchange_active``, ``trading_active``: whether the exchange answers, and whether it trades.
* ``intra_exchange_transfers_active``: whether cash can be moved.
* ``code``, ``message``, ``details``: of a refusal: the word to branch on, and texts to read.
* ``cursor``: of a page: where the next one begins; empty or None on the last.
* ``order``, ``market``, ``transfer``, ``schedule``, ``orderbook``: what an envelope holds.
* ``orders``, ``fills``, ``market_positions``, ``event_positions``, ``settlements``: rows of a page.
* ``markets``, ``deposits``, ``withdrawals``, ``transfers``: rows of a page.
* ``order_groups``, ``queue_positions``, ``subaccount_balances``, ``netting_configs``: all there are.

Sources, unless a line says otherwise: Kalshi OpenAPI 3.34.0 and the vendor's
documentation pages, read 2026-11-22.
"""

from kalshi_async.contract import (
    account,
    exchange,
    fills,
    historical,
    markets,
    order_groups,
    orders,
    portfolio,
    positions,
    subaccounts,
    transfers,
)
from kalshi_async.contract.api2025.operations import OPERATIONS_2025 as LEGACY_OPERATIONS  # api2025
from kalshi_async.contract.operation import Operation

_MODULES = (
    orders,
    order_groups,
    portfolio,
    positions,
    fills,
    subaccounts,
    transfers,
    historical,
    account,
    exchange,
    markets,
)

OPERATIONS: tuple[Operation[object], ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Operation)
)
"""Every current operation that this package speaks, in the order of the modules."""

__all__ = [
    "LEGACY_OPERATIONS",  # api2025
    "OPERATIONS",
    "Operation",
]
