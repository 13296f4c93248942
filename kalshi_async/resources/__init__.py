"""The namespaces of a session. Each method calls one endpoint, and its docstring names endpoint and price.

* ``session.orders``: place, change, cancel and find orders, alone or in batches
* ``session.order_groups``: orders that a limit of fills cancels together
* ``session.positions``, ``session.fills``: positions, and the trades that made them
* ``session.portfolio``: balance, settlements, deposits, withdrawals
* ``session.subaccounts``, ``session.transfers``: cash of subaccounts and shards, and its transfers
* ``session.historical``: rows and markets that the exchange has archived
* ``session.account``: the account's own limits and costs
* ``session.exchange``: trading status, and up to when reads are valid
* ``session.markets``: markets, order books, trades and candles; public data
* ``session.events``, ``session.series``: what stands above a market, with its fees; public data
* ``session.multivariate``: collections, of whose markets combos are made
* ``session.milestones``, ``session.live_data``, ``session.structured_targets``: what events are about
* ``session.search``, ``session.incentive_programs``: what markets are found by; rewards for quoting
* ``session.fees``: what an order would be charged
* ``session.legacy``: the twenty operations of 2025, for exchanges that still offer them
"""
