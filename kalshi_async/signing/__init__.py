"""Credentials, signatures, and when a signature is made.

Knows no request body, no bucket and no transport. Read in this order: ``credentials``
(keys), ``signer`` (the three headers), ``skew`` (the exchange's clock), ``source`` (on which
thread and when a signature is made), ``_priority_limiter`` (how many are made at once).
"""
