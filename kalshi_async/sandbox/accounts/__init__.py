"""Members and their money. No HTTP.

Read in this order: ``members``, ``ledger`` (cash and positions), ``commitments`` (what
resting orders hold), ``transfers``, ``allocations``.
"""
