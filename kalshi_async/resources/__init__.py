"""The namespaces of a session. Each method calls one endpoint, and its docstring names endpoint and price.

* ``session.orders``: place, change, cancel and find orders, alone or in batches
* ``session.order_groups``: orders that a limit of fills cancels together
* ``session.positions``, ``session.fills``: positions, and the trades that made them
* ``session.portfolio``: balance, settlements, deposits, withdrawals
* ``session.subaccounts``, ``session.transfers``: cash of subaccounts and shards, and its transfers
* ``session.historical``: rows that the exchange has archived
* ``session.account``: the account's own limits and costs
* ``session.exchange``: trading status, and up to when reads are valid
* ``session.markets``: markets and order books; public data
* ``session.events``, ``session.series``: what stands above a market, with its fees; public data
* ``session.fees``: what an order would be charged
* ``session.legacy``: the twenty operations of 2025, for exchanges that still offer them
"""
