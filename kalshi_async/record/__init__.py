"""The recorder's command line: ``python -m kalshi_async.record --ticker KXBTC-26DEC31 --out frames.jsonl``.

It subscribes, and writes what comes until ``--seconds`` are over or Ctrl-C; ``kalshi_async.streams.replay``
reads the file. ``session`` has the work, ``__main__`` arguments, progress and the exit code.
"""
