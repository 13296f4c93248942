"""The demo behind ``python -m kalshi_async``: a market maker on the embedded exchange.

    stage          starts exchange, traders and market maker; ends with a Report
    market_maker   the strategy's loop; knows the public Session alone, and no exchange
    pricing        what to quote and what to do about it; pure
    books          cash, position and P&L from the market maker's own fills; pure
    audit          those books against the exchange's ledger
    display        what is shown, as lines; canvas: how lines reach a terminal

Nothing imports it but ``__main__``.
"""
