"""Members and their money. No HTTP.

Read in this order: ``accounts``, ``ledger`` (cash and positions), ``commitments`` (money tied
up by resting orders), ``transfers``, ``allocations``.
"""
