"""The matching engine: orders, books, fills, fees, groups. No HTTP, JSON or signature.

Read in this order: ``state`` (records), ``venue`` (time, identities), ``book``, ``matching``,
``admission``, ``orders`` (with ``amending``), ``order_groups``; beside them ``fees``,
``instructions`` (new orders and amendments) and ``agenda`` (planned actions).
"""
