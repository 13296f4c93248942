"""The contract of client and exchange: the shape of every reply, and every endpoint as data.

Shapes and names, no behavior: nothing here knows a session, a transport, a request or the
sandbox, and all of them read this folder. A module holds the reply structs of one family of
endpoints and, below them, one ``Operation`` per endpoint; ``OPERATIONS`` is the whole table.
The modules in reading order:

* ``fields``: the enums, and the numbers that stay exact
* ``operation``, ``subject``, ``root_error``: an endpoint as data; a request as an error names it;
  the root of the errors
* ``order_rows``, ``orders``: orders as reads show them; the answers to changes of orders
* ``order_groups``: orders that a limit of fills cancels together
* ``fills``, ``positions``, ``portfolio``: executions, holdings, balance and settlements
* ``subaccounts``, ``transfers``: parts of an account, and cash that moves
* ``historical``: where the archive begins
* ``account``, ``exchange``, ``markets``: limits and costs, trading hours, public market data
* ``trades``, ``candlesticks``: what was traded, match by match and period by period
* ``grid``: the prices that orders of a market may have
* ``series``, ``events``: what stands above a market, and its fees
* ``multivariate``: collections, of whose markets combos are made
* ``milestones``, ``live_data``, ``structured_targets``, ``search``, ``incentive_programs``: what events
  and markets are about, how they are found, and what is paid for quoting them
* ``api2025``: the replies and operations of the 2025 generation

Each field has a text of its own, below it. These conventions hold for all of them:

* Dollars and contracts are exact ``Decimal``s.
* An integer names its unit: ``_cents``, ``_ms`` (Unix milliseconds), ``_ts`` (Unix seconds).
* A name on ``_time`` is an aware ``datetime`` in UTC. So are a few names on ``_ts``, which keep
  the exchange's spelling: their texts say so.
* None is what the exchange did not send.

Sources, unless a line says otherwise: Kalshi OpenAPI 3.34.0 and the vendor's
documentation pages, read 2026-11-22.
"""

from kalshi_async.contract import (
    account,
    candlesticks,
    events,
    exchange,
    fills,
    historical,
    incentive_programs,
    live_data,
    markets,
    milestones,
    multivariate,
    order_groups,
    orders,
    portfolio,
    positions,
    search,
    series,
    structured_targets,
    subaccounts,
    trades,
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
    trades,
    candlesticks,
    series,
    events,
    multivariate,
    milestones,
    live_data,
    structured_targets,
    search,
    incentive_programs,
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
