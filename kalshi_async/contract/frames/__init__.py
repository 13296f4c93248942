"""Frames of the WebSocket: an envelope around an event, for client and exchange. They decide nothing.

A new frame is a struct and a line in the table of ``channels``. In reading order: ``channels`` (each
channel, its frames, its class of delivery), ``envelope`` (one decoder for all frames), ``control``
(commands, acknowledgements, errors by code), ``private``, ``market_data``, ``communications`` and
``index_feeds`` (the events).

Source: the vendor's AsyncAPI of 2026-10-26; fields that older recordings lack are optional.
"""
