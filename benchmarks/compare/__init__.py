"""Compare this library with the other clients of the exchange, in one run, by ratios.

    python -m benchmarks.compare --out FOLDER [--quick] [--rounds N] [--only CASE]…

* ``__main__``: the command
* ``canned``: the exchange, in a process of its own; its replies are built in advance (``answers``)
* ``environments``: a virtual environment for each library
* ``worker``: a process in that environment, which runs batches of calls through one ``adapter``
* ``adapters``: one file per library
* ``plan``: the groups of libraries and the batches that are measured
* ``runner``: runs the workers in random order, round by round
* ``outcome``: the medians of the ratios within a round. Only these count, because the speed of a
  shared machine changes between rounds
* ``report``, ``chart``: the results as Markdown and as a picture

Imports within the package are relative. A worker imports it as ``compare``, with benchmarks/ on its
path and not the source tree, so that it measures the installed library.
"""
