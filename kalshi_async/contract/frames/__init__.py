"""Frames of the WebSocket: shapes and names, for client and exchange.

A frame is an envelope (type, ``sid``, ``seq``, ``sending_ts_ms``) around an event. Events have
names of their own (``FillEvent``, ``OrderEvent``, …); readers get them without the envelope.
A new frame is a struct and a line in the table of ``channels``. In reading order:

* ``channels``: every channel, its frames and its class of delivery
* ``envelope``: the frame around an event, and one decoder for all frames
* ``control``: commands, acknowledgements, and the errors by code
* ``private``, ``market_data``, ``communications``, ``index_feeds``: the events

Source: the vendor's AsyncAPI of 2026-10-26; fields that older recordings lack are optional.
"""
