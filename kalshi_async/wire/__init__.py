"""Python values to bytes and back, without I/O.

Knows no transport, token or retry. Read in this order: ``outgoing`` (build a request),
``incoming`` (a reply as it arrived), ``decoding`` (a reply struct or one error),
``refusals`` (the exchange's error bodies; ``_advice``: what to do next), ``_subject`` (what an
error is about), ``_tolerant`` (field by field, row by row).
"""
