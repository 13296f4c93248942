"""Streams of the exchange: what its engine tells becomes frames on WebSockets. It decides no trade.

Read ``commands`` and ``views`` (bytes to values and back), ``subscription``, ``tape`` (clocks and
totals of markets), ``hub`` (from events to subscribers), ``stream`` (one client), ``outbox`` (its
queue), then the ways in: ``handshake`` with ``connection`` (a socket) or ``local`` (none), which ``asgi``
opens to sessions in the same process.
``Sandbox.streams`` is the ``service``; its ``open`` opens a stream without a socket: ``local.Receiver``
gets texts, pings and the end, ``local.LocalStream`` has ``send`` and ``close``.
"""
