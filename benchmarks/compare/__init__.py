"""Ours against every other way to the exchange, in one run, by ratios.

    python -m benchmarks.compare --out FOLDER [--quick] [--rounds N] [--only CASE]…

``benchmarks.compare.__main__`` conducts. ``canned`` is the exchange, in a process of its
own, answering with bytes made beforehand (``answers``). Every library has a virtual
environment of its own (``environments``), a persistent ``worker`` process in it, and one
file in ``adapters`` behind the functions of ``adapter``. ``plan`` says what is measured,
``conductor`` visits the workers in random order, round by round, and ``outcome`` takes the
medians of the ratios within each round, which is all that counts: the speed of a shared
machine changes. ``report`` and ``chart`` write them down.

Imports within are relative, because workers find this package as ``compare``, with
benchmarks/ and not the source tree on their path: they measure what is installed.
"""
