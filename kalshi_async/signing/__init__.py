"""Credentials, signatures, and when a signature is made.

Knows no request body, no bucket and no transport. Read in this order: ``credentials``
(keys), ``signer`` (the three headers), ``skew`` (the exchange's clock), ``source`` (where
and when a signature is made), with ``_priority_limiter`` and ``_presigned`` behind it.
"""
