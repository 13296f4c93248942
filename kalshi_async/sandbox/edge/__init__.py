"""HTTP: from a request's bytes to the engine and back.

Read in this order: ``app`` (one request), ``queries`` and ``bodies`` (what is accepted),
``routes`` (one handler per operation), ``views`` and its like (rows as JSON),
``rejections`` (status and text of a refusal), ``profiles``, ``server``.
"""
