"""A case as lines in the script of its exchange, or of the relay in front of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from kalshi_async.sandbox.faults.script import Script
from kalshi_async.sandbox.faults.wire import CONNECT
from tests.certainty.case import Case
from tests.certainty.interference import (
    APPLICATION,
    EVENTS,
    REFUSED_CONNECTION,
    WIRE,
    Beforehand,
    Meanwhile,
)
from tests.certainty.world import World

Fault = TypeVar("Fault")

ON_CONNECTING = "connection reset"
SETTLING_READS = ("get_orders", "get_order")


def write(case: Case, operation: str, world: World, cancel: Callable[[], None]) -> None:
    """Write what shall happen to ``operation``; ``cancel`` cancels the task that makes the call."""
    between = [Meanwhile(lambda: EVENTS[case.event](world))] if case.event else []
    under_way = [Beforehand(cancel)] if case.canceled == "in flight" else []
    if world.relay is None:
        _write(world.sandbox.faults, APPLICATION, case, operation, between, under_way)
    else:
        _write(world.relay.faults, WIRE, case, operation, between, under_way)
    if case.reads:
        for read in SETTLING_READS:
            world.sandbox.faults.every(read, APPLICATION[case.reads])


def clear(world: World) -> None:
    """Let nothing go wrong any more."""
    world.sandbox.faults.clear()
    if world.relay is not None:
        world.relay.faults.clear()


def door(case: Case, world: World) -> AbstractContextManager[None]:
    """Keep the door of the relay closed where that is the fault."""
    is_closed = case.fault == REFUSED_CONNECTION and world.relay is not None
    return world.relay.refusing() if is_closed and world.relay is not None else nullcontext()


def _write(
    script: Script[Fault],
    table: Mapping[str, Fault],
    case: Case,
    operation: str,
    between: Sequence[Fault],
    under_way: Sequence[Fault],
) -> None:
    place = 2 if case.position == "second" else 1
    if under_way:
        script.on(operation, *under_way, call=place)
    if case.lead:
        script.on(operation, *between, table[case.lead])
    elif between:
        script.on(operation, *between)
    if case.fault == REFUSED_CONNECTION:
        return
    faulty = CONNECT if case.fault == ON_CONNECTING else operation
    if case.position == "all":
        script.every(faulty, table[case.fault])
    else:
        script.on(faulty, table[case.fault], call=place)
