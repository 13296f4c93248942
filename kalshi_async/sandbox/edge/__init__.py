"""HTTP: turns a request into calls of the engine, and the result into a reply.

Read in this order: ``app`` (one request), ``queries`` and ``bodies`` (accepted input),
``routes`` (one handler per operation), ``views`` and its neighbors whose names end in ``_views``
(records as JSON), ``rejections`` (status and text of a refusal), ``profiles``, ``server``.
"""
