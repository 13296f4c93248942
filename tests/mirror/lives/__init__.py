"""Lives of mirrors: random trading, links and reads that fail, and the engine as the judge.

``world`` (exchange, links and members), ``judging`` (mirror against engine), ``life`` (one life),
``__main__`` (a thousand of them, as a table).
"""
