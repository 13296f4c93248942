"""The door to httpx: bytes go out, bytes come in, and how far they got.

Knows no operation, token or retry. Read in this order: ``progress`` (how far an attempt
got), ``base`` (any httpx transport behind one call), ``http1`` (our own transport).
"""
