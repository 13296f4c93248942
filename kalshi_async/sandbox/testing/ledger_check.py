"""Compare a client's ledger with the exchange's.

    belief = Belief()
    belief.saw(order)                           # every reply, in the order of arrival
    await session.settled(after_ms=order.ts_ms)
    belief.saw(*await session.fills.list().collect(), await session.portfolio.balance())
    assert_agreement(belief, exchange.accounts["me"])

The client's ledger holds only the contents of replies: an order whose reply was lost is
missing from it until another reply shows the order. The check reads the live account of the
exchange and not the lagging copy that serves reads. Counts are contracts, prices and money
dollars.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.embedded import SandboxAccount
from kalshi_async.sandbox.engine.state import Account, Fill, Order
from kalshi_async.sandbox.testing.belief import Belief, BelievedOrder

PARTS = ("orders", "fills", "positions", "cash")
"""The parts of a ledger. Cash is compared only if the client has read a balance."""


def assert_agreement(
    belief: Belief, account: SandboxAccount, *, subaccount: int | None = None, parts: Collection[str] = PARTS
) -> None:
    """Raise AssertionError with one line for every difference; see ``differences``."""
    __tracebackhide__ = True  # pytest shows the line of the caller
    lines = differences(belief, account, subaccount=subaccount, parts=parts)
    if lines:
        places = "one place" if len(lines) == 1 else f"{len(lines)} places"
        raise AssertionError(
            "\n".join(
                [f"the client and the exchange differ in {places}:", *(f"  - {line}" for line in lines)]
            )
        )


def differences(
    belief: Belief, account: SandboxAccount, *, subaccount: int | None = None, parts: Collection[str] = PARTS
) -> list[str]:
    """Return one line for every difference between a client's ledger and the exchange's.

    ``subaccount`` limits the check to one subaccount. By default orders, fills and positions
    are compared over all of them, and cash for subaccount 0.

    ``parts`` limits the check to some of ``PARTS``, for a client that does not read the others.
    """
    held = account.account

    def within(record: Order | Fill) -> bool:
        return subaccount in (None, record.subaccount)

    checks = {
        "orders": lambda: _orders(belief, [order for order in held.orders.values() if within(order)]),
        "fills": lambda: _fills(belief, [fill for fill in held.fills if within(fill)]),
        "positions": lambda: _positions(belief, held, subaccount),
        "cash": lambda: _cash(belief, held, subaccount or 0),
    }
    unknown = set(parts) - set(checks)
    if unknown:
        raise ValueError(f"parts must be among {', '.join(PARTS)}, were also {', '.join(sorted(unknown))}")
    return [line for part in PARTS if part in parts for line in checks[part]()]


def _orders(belief: Belief, held: list[Order]) -> Iterator[str]:
    believed = dict(belief.orders)
    for order in held:
        known = believed.pop(order.order_id, None)
        if known is None:
            yield f"order {_named(order)}: held ({_described(order)}), unknown to the client"
        else:
            yield from _order(known, order)
    for order_id in believed:
        yield f"order {order_id}: believed, unknown to the exchange"


def _order(believed: BelievedOrder, held: Order) -> Iterator[str]:
    pairs = (
        ("filled", believed.filled, fixed_point.count(held.filled_e2)),
        ("resting", believed.remaining, fixed_point.count(held.remaining_e2)),
        ("price", believed.price, fixed_point.price(held.price_e4)),
        ("side", believed.side, held.side),
    )
    wrong = [_pair(name, ours, theirs) for name, ours, theirs in pairs if _differ(ours, theirs)]
    if wrong:
        yield f"order {_named(held)}: {'; '.join(wrong)}"


def _fills(belief: Belief, held: list[Fill]) -> Iterator[str]:
    believed = dict(belief.fills)
    for fill in held:
        count, price = fixed_point.count(fill.count_e2), fixed_point.price(fill.price_e4)
        name = f"fill {fill.fill_id} of order {fill.order_id}"
        seen = believed.pop(fill.fill_id, None)
        if seen is None:
            yield f"{name}: held ({fill.side} {count} at {price} on {fill.ticker}), unknown to the client"
            continue
        pairs = (
            ("count", seen.count, count),
            ("price", seen.yes_price, price),
            ("side", seen.book_side, fill.side),
            ("fee", seen.fee_cost, fixed_point.cost(fill.fee_e6)),
        )
        wrong = [_pair(part, ours, theirs) for part, ours, theirs in pairs if _differ(ours, theirs)]
        if wrong:
            yield f"{name}: {'; '.join(wrong)}"
    for fill_id in believed:
        yield f"fill {fill_id}: believed, unknown to the exchange"


def _positions(belief: Belief, account: Account, subaccount: int | None) -> Iterator[str]:
    held: dict[str, int] = {}
    for (ticker, owner), position in account.positions.items():
        if subaccount in (None, owner):
            held[ticker] = held.get(ticker, 0) + position.position_e2
    # No fill tells of a settlement, so a client's position in a settled market is not compared.
    settled = {ticker for (ticker, _), position in account.positions.items() if position.settled}
    believed = belief.positions
    for ticker in sorted((held.keys() | believed.keys()) - settled):
        ours, theirs = believed.get(ticker, Decimal("0.00")), fixed_point.count(held.get(ticker, 0))
        if _differ(ours, theirs):
            yield f"position in {ticker}: {_pair('', ours, theirs)}"


def _cash(belief: Belief, account: Account, subaccount: int) -> Iterator[str]:
    cash_e6 = sum(money_e6 for (owner, _), money_e6 in account.cash_e6.items() if owner == subaccount)
    if belief.cash is not None and _differ(belief.cash, fixed_point.cash(cash_e6)):
        yield f"cash of subaccount {subaccount}: {_pair('', belief.cash, fixed_point.cash(cash_e6))}"


def _differ(ours: Decimal | str | None, theirs: str) -> bool:
    if ours is None:
        return False  # no reply contained the field
    return ours != theirs if isinstance(ours, str) else ours != Decimal(theirs)


def _pair(name: str, ours: Decimal | str | None, theirs: str) -> str:
    return f"{name} {ours} believed, {theirs} held".strip()


def _named(order: Order) -> str:
    return f"{order.order_id} (client_order_id {order.client_order_id or 'none'})"


def _described(order: Order) -> str:
    count, price = fixed_point.count(order.initial_e2), fixed_point.price(order.price_e4)
    rest = f"{fixed_point.count(order.filled_e2)} filled, {fixed_point.count(order.remaining_e2)} resting"
    return f"{order.side} {count} at {price} on {order.ticker}, {rest}"
