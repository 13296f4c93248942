"""One request, from top to bottom.

Knows the journal and telemetry as hooks only, and no namespace. Read in this order:
``call`` (one call and what has happened to it), ``retry`` (what to do after a failure),
``pipeline`` (the loop), ``context`` (scope and options of a session), ``generations``
(which operations an environment speaks).
"""
