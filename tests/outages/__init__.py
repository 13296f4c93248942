"""A matrix of faults that last: outages, lagging reads, wrong clocks, and kill switches among them.

``tests/certainty`` plays single faults; here a fault goes on for seconds. Read in this order:
``case`` (one cell), ``cases`` (which there are), ``outage`` (when which request meets the fault),
``in_process`` and ``on_wire`` (the two roads that break), ``world`` (the stage), ``switches``
(scenes of kill switches), ``trial`` (play a case and judge it), ``__main__`` (all of them).
"""
