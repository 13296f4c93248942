"""Markets and shards. No HTTP.

Read in this order: ``markets`` (a market from its listing to its result), ``payout`` (cash at
settlement), ``floors`` (what a settlement floor pays), ``shards`` (pauses and refusals), ``grid`` (prices).
"""
