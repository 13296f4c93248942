"""The namespaces of a session: thin typed methods, each naming its endpoint and its cost.

* ``session.orders``: place, change, cancel and find orders, alone or in batches
* ``session.order_groups``: orders that a limit of fills cancels together
* ``session.positions``, ``session.fills``: what is held, and how it came
* ``session.portfolio``: balance, settlements, deposits, withdrawals
* ``session.subaccounts``, ``session.transfers``: where cash lies, and moving it
* ``session.historical``: rows that have left the live tier
* ``session.account``: the account's own limits and costs
* ``session.exchange``: whether it trades, and how fresh its reads are
* ``session.markets``: markets and order books, public
* ``session.legacy``: the twenty operations of 2025, for exchanges that still speak them
"""
