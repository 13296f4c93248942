"""Lives of streams over links that fail: what the exchange's engine did against what readers got.

``facts`` (what happened), ``reading`` (one reader and what it got), ``judging`` (the two compared),
``trouble`` (what goes wrong), ``trading`` (what makes things happen), ``life`` (one life),
``__main__`` (a thousand of them, as a table).
"""
