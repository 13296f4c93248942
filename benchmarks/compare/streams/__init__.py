"""Compare the streams of this library with those of other clients, in one run, by ratios to a floor.

    python -m benchmarks.compare.streams --out FOLDER [--quick] [--rounds N]

* ``__main__``: the command: environments, rounds, and the table
* ``tape``: the exchange, in a process of its own: it plays frames that were built in advance
* ``worker``: a process in the environment of one library, which plays every case through an adapter
* ``adapters``: one file per library; ``floor`` is websockets' protocol without I/O and msgspec alone
* ``table``: the medians of the ratios within a round, and the goals

Each library hands the caller its own typed objects in its own ``async for``; nothing is put in between.
"""
