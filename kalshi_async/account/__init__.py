"""The state that all sessions of one account share: token buckets, costs, limits, the risk gate.

Knows no request, no signature and no I/O. Read in this order: ``priority_queue`` (the
order of service), ``throttle`` (one token bucket), ``costs`` (tokens per operation),
``rate_limits`` (the buckets and costs of an account), ``risk_gate`` (kill switches).
"""
