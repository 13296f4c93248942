"""The demo behind ``python -m kalshi_async``: a market maker on the embedded exchange.

    runner         starts the exchange, the traders and the market maker; returns a Report
    market_maker   the loop of the strategy, over the public Session; quotes: its own orders
    pricing        target quotes, and the next step towards them; pure
    books          cash, position and P&L from the market maker's fills; pure
    audit          compares those books with the exchange's ledger; pure
    display        the view as lines of text; canvas writes lines to a terminal

Only ``__main__`` imports this package.
"""
