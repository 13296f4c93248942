"""Requests to bytes on the network and back, and how far each request got.

Knows no operation, token or retry. Read in this order: ``progress`` (how far an attempt
got), ``base`` (any httpx transport behind one call), ``http1`` (our own transport).
"""
