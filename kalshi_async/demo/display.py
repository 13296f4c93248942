"""Turns a ``View`` into lines: a frame for a terminal, or one plain line for other outputs.

Pure: no I/O and no clock. ``canvas`` draws the lines, ``runner`` fills the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async import BookSide, Fill
from kalshi_async.contract.operation import Priority
from kalshi_async.demo.canvas import BOLD, CYAN, DIM, GREEN, PLAIN, RED, YELLOW, Line, beside, width_of
from kalshi_async.demo.pricing import Depth, Level

_LADDER_WIDTH = 40
_TWO_COLUMNS = 78
_LEVELS = 4
_FILLS = 4
_STYLES = {BookSide.BID: GREEN, BookSide.ASK: RED}


@dataclass(frozen=True, slots=True)
class QuoteView:
    """One of the market maker's quotes."""

    price: Decimal
    remaining: Decimal
    """Contracts that rest."""
    ahead: Decimal | None
    """Contracts ahead of it in the queue; None until they have been read."""


@dataclass(frozen=True, slots=True)
class TokensView:
    """One token bucket of the session."""

    left: float
    """Tokens in the bucket."""
    capacity: float
    waiting: Mapping[Priority, int]
    """Requests that wait for tokens, by priority."""


@dataclass(frozen=True, slots=True)
class View:
    """The state of the demo at one moment, as far as it is shown."""

    ticker: str
    status: str
    left_s: float
    """Seconds until the demo ends."""
    depth: Depth
    """The book without the market maker's quotes."""
    fair: Decimal | None
    """The market maker's fair price."""
    bid: QuoteView | None
    ask: QuoteView | None
    position: Decimal
    position_limit: Decimal
    cash: Decimal
    profit: Decimal
    """The P&L with the open position valued at the fair price."""
    realized: Decimal
    """The profit of closed positions, before fees."""
    fees: Decimal
    read: TokensView
    write: TokensView
    fills: Sequence[Fill]
    """The latest fills, oldest first."""
    fill_count: int
    """The number of all fills."""
    now_ms: int
    counts: str
    """Requests and actions so far, as text."""


def frame(view: View, width: int) -> list[Line]:
    """Return the live view for a terminal of ``width`` columns: one column of blocks if it is narrow."""
    head: list[Line] = [_title(view, width), [("─" * width, DIM)]]
    if width >= _TWO_COLUMNS:
        body = beside(_ladder(view), _account(view), _LADDER_WIDTH)
    else:
        body = [*_ladder(view), [], *_account(view)]
    return [*head, *body, [("─" * width, DIM)], *_recent(view)]


def plain_line(view: View) -> str:
    """Return the view as one line of text."""
    return (
        f"{max(view.left_s, 0.0):5.1f} s left  {_best(view.depth.bids)}/{_best(view.depth.asks)}"
        f"  bid {_quote(view.bid)}  ask {_quote(view.ask)}"
        f"  inventory {view.position:+.0f}  cash {view.cash:,.4f}  P&L {view.profit:+.4f}"
        f"  tokens r{view.read.left:.0f} w{view.write.left:.0f}  queue {'/'.join(map(str, _waiting(view)))}"
        f"  fills {view.fill_count}  {view.status}"
    )


def _title(view: View, width: int) -> Line:
    left: Line = [(f" {view.ticker}", CYAN)]
    if width >= _TWO_COLUMNS:
        left = [(" kalshi_async ", BOLD), *left]
    style = GREEN if view.status == "quoting" else YELLOW
    right: Line = [("● ", style), (f"{view.status} ", PLAIN), (f"{max(view.left_s, 0.0):.0f} s ", DIM)]
    gap = max(1, width - width_of(left) - width_of(right))
    return [*left, (" " * gap, PLAIN), *right]


def _ladder(view: View) -> list[Line]:
    asks = _levels(view.depth.asks, view.ask, cheapest_first=True)
    bids = _levels(view.depth.bids, view.bid, cheapest_first=False)
    fair = "no fair price yet" if view.fair is None else f"fair {view.fair:.4f}"
    return [
        [("        price    size    ours   ahead", DIM)],
        *[_level(BookSide.ASK, level, view.ask) for level in reversed(asks)],
        [(f"       ── {fair} ──", DIM)],
        *[_level(BookSide.BID, level, view.bid) for level in bids],
    ]


def _levels(others: Sequence[Level], own: QuoteView | None, *, cheapest_first: bool) -> list[Level | None]:
    """Return the best levels with the own quote; None fills up, so that the frame keeps its height."""
    sizes = dict(others)
    if own is not None:
        sizes[own.price] = sizes.get(own.price, Decimal(0)) + own.remaining
    best = sorted(sizes.items(), reverse=not cheapest_first)[:_LEVELS]
    return [*best, *[None] * (_LEVELS - len(best))]


def _level(side: BookSide, level: Level | None, own: QuoteView | None) -> Line:
    if level is None:
        return [(f"  {side}", DIM)]
    price, size = level
    line = [(f"  {side}", _STYLES[side]), (f"  {price:.4f} {size:>7.0f}", PLAIN)]
    if own is not None and own.price == price:
        ahead = "…" if own.ahead is None else f"{own.ahead:.0f}"
        line.append((f" {own.remaining:>7.0f} {ahead:>7}", BOLD))
    return line


def _account(view: View) -> list[Line]:
    unrealized = view.profit - view.realized + view.fees
    cancels, quotes, reads = _waiting(view)
    return [
        [("inventory", DIM), (f" {view.position:>+12.0f}  ", BOLD), *_inventory(view)],
        [("cash     ", DIM), (f" {view.cash:>12,.4f}", PLAIN)],
        [("P&L      ", DIM), _signed(view.profit, bold=True)],
        [("  realized", DIM), (f"{view.realized:>+12.4f}", PLAIN)],
        [("  open    ", DIM), (f"{unrealized:>+12.4f}", PLAIN)],
        [("  fees    ", DIM), (f"{-view.fees:>+12.4f}", PLAIN)],
        [],
        _tokens("write", view.write),
        _tokens("read", view.read),
        [("queue ", DIM), (f"{cancels} cancels, {quotes} quotes, {reads} reads", PLAIN)],
    ]


def _signed(amount: Decimal, *, bold: bool) -> tuple[str, str]:
    colour = RED if amount < 0 else GREEN
    return f" {amount:>+12.4f}", f"{BOLD};{colour}" if bold else colour


def _inventory(view: View) -> Line:
    half = 6
    share = float(view.position / view.position_limit) if view.position_limit else 0.0
    filled = min(half, round(abs(share) * half))
    left, right = (filled, 0) if share < 0 else (0, filled)
    return [
        ("░" * (half - left), DIM),
        ("█" * left, RED),
        ("│", DIM),
        ("█" * right, GREEN),
        ("░" * (half - right), DIM),
    ]


def _tokens(name: str, tokens: TokensView) -> Line:
    length = 16
    filled = round(length * min(1.0, max(0.0, tokens.left / tokens.capacity)))
    style = GREEN if filled * 3 > length else YELLOW
    return [
        (f"{name:<6}", DIM),
        ("█" * filled, style),
        ("░" * (length - filled), DIM),
        (f" {max(tokens.left, 0.0):.0f}/{tokens.capacity:.0f}", PLAIN),
    ]


def _waiting(view: View) -> tuple[int, int, int]:
    """Return how many risk-reducing writes, other writes and reads wait for tokens."""
    write, reads = view.write.waiting, sum(view.read.waiting.values())
    return write[Priority.KILL_SWITCH] + write[Priority.RISK_REDUCING], write[Priority.RISK_ADDING], reads


def _recent(view: View) -> list[Line]:
    lines: list[Line] = [[(f" {view.fill_count} fills   ", BOLD), (view.counts, DIM)]]
    for fill in view.fills[-_FILLS:][::-1]:
        is_bid = fill.book_side == BookSide.BID
        age_s = max(0.0, view.now_ms / 1_000 - fill.created_time.timestamp()) if fill.created_time else 0.0
        lines.append(
            [
                (" bought" if is_bid else " sold  ", _STYLES[BookSide.BID if is_bid else BookSide.ASK]),
                (f" {fill.count:>3.0f} at {fill.yes_price:.4f}", PLAIN),
                (f"  fee {fill.fee_cost:.4f}  {age_s:.1f} s ago", DIM),
            ]
        )
    return lines


def _best(levels: Sequence[Level]) -> str:
    return f"{levels[0][0]:.2f}" if levels else "----"


def _quote(quote: QuoteView | None) -> str:
    if quote is None:
        return "none"
    ahead = "?" if quote.ahead is None else f"{quote.ahead:.0f}"
    return f"{quote.price:.2f}x{quote.remaining:.0f} (ahead {ahead})"
