"""Send requests over the network, read the replies, and report how far each request got.

Knows no operation, token or retry. Read in this order: ``progress`` (how far an attempt
got), ``base`` (any httpx transport behind one call), ``http1`` (our own transport).
"""
