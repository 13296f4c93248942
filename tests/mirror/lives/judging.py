"""A mirror against the engine. Excuses nothing but what is not in its scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from kalshi_async.mirror import Canceled, Drift, Expired, Filled, Mirror, MirrorEvent, Placed
from kalshi_async.sandbox.engine.state import Account, Order
from tests.mirror.lives.world import Log

D = Decimal


def differences(mirror: Mirror, account: Account, has: Callable[[int], bool]) -> Iterator[str]:
    """Yield what a current mirror shows otherwise than the engine; ``has``: the subaccounts in scope."""
    true = {key: one for key, one in account.resting.items() if has(one.subaccount)}
    shown = {order.order_id: order for order in mirror.orders}
    for order_id in true.keys() - shown.keys():
        yield f"order {order_id} rests and is not shown"
    for order_id in shown.keys() - true.keys():
        yield f"order {order_id} is shown as {shown[order_id]} and is {account.orders[order_id]}"
    for order_id in true.keys() & shown.keys():
        order = shown[order_id]
        held = order.yes_price, order.fill_count, order.remaining_count, order.initial_count
        if held != _terms(true[order_id]):
            yield f"order {order_id} is shown as {held} and is {_terms(true[order_id])}"
    positions = {
        key: D(one.position_e2) / 100
        for key, one in account.positions.items()
        if one.position_e2 and has(key[1])
    }
    counts = {(one.ticker, one.subaccount): one.position for one in mirror.positions}
    if positions != counts:
        yield f"positions are shown as {counts} and are {positions}"
    groups = {key: D(one.limit_e2) / 100 for key, one in account.groups.items() if has(one.subaccount)}
    known = {key: one.contracts_limit for key, one in mirror.groups.items()}
    unplaced = mirror._state.groups.unplaced.keys()
    if {key: limit for key, limit in groups.items() if key not in unplaced} != known:
        yield f"groups are shown as {known} and are {groups}"
    for key, one in mirror.groups.items():
        if one.is_triggered not in (None, account.groups[key].is_triggered):
            yield f"group {key} is shown as triggered: {one.is_triggered}"


def _terms(order: Order) -> tuple[Decimal, ...]:
    return (
        D(order.price_e4) / 10_000,
        D(order.filled_e2) / 100,
        D(order.remaining_e2) / 100,
        D(order.initial_e2) / 100,
    )


class Witness:
    """What one mirror told, against what the engine did since it was entered."""

    def __init__(self, account: Account, log: Log, has: Callable[[int], bool]) -> None:
        self._account, self._log, self._has = account, log, has
        self._began = len(log.fills), len(log.placed), len(log.canceled)
        self._before = set(log.fills), set(log.placed), set(log.canceled)
        self.told: list[MirrorEvent] = []
        self.told_s: list[float] = []

    def judge(self, opening: tuple[int, int, int], *, is_whole: bool, may_drift: bool) -> Iterator[str]:
        """Yield what was told twice, or of before it opened; and what was not told, if it is current.

        opening: how much the log held when the mirror began to open. may_drift: whether frames were lost
        without a trace, by a link that fell silent.
        """
        log, told = self._log, self.told
        fills = Counter((e.trade_id, e.order_id) for e in told if isinstance(e, Filled))
        placed = Counter(e.order.order_id for e in told if isinstance(e, Placed))
        ends = Counter(e.order.order_id for e in told if isinstance(e, Canceled | Expired))
        for name, count, true, begun, before in (
            ("fill", fills, log.fills, self._began[0], opening[0]),
            ("order", placed, log.placed, self._began[1], opening[1]),
            ("end", ends, log.canceled, self._began[2], opening[2]),
        ):
            for key, times in count.items():
                if times > 1:
                    yield f"{name} {key} was told {times} times"
                if key in true[:before]:
                    yield f"{name} {key} of before the mirror was told"
                if key not in true:
                    yield f"{name} {key} was invented"
            if is_whole:
                for key in true[begun:]:
                    if key not in count and self._is_in_scope(key):
                        yield f"{name} {key} was not told"
        for event in told:
            if isinstance(event, Drift) and not may_drift:
                yield f"a drift where nothing was lost in silence: {event}"

    def _is_in_scope(self, key: str | tuple[str, str]) -> bool:
        order_id = key if isinstance(key, str) else key[1]
        return self._has(self._account.orders[order_id].subaccount)
