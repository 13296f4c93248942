"""The matching engine: orders, books, fills, fees, groups. No HTTP, JSON or signature.

Read in this order: ``state`` (rows), ``venue`` (clock, identities), ``book``, ``matching``,
``admission``, ``order_entry``, ``amending``, ``order_groups``; beside them ``fees``,
``instructions`` (what members ask for), ``agenda`` (what is due when).
"""
