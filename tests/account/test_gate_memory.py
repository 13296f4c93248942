"""A gate that has seen a hundred thousand deleted groups is as small and as quick as a new one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from kalshi_async import RiskGateClosed
from kalshi_async.account import risk_gate
from kalshi_async.account.risk_gate import Permit, RiskGate
from kalshi_async.contract.order_groups import DELETE_ORDER_GROUP
from kalshi_async.contract.orders import CREATE_ORDER
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.wire.outgoing import Outgoing, encode

BASE = "/trade-api/v2"
GROUPS = 100_000


def deletion(number: int) -> Outgoing:
    return encode(DELETE_ORDER_GROUP, BASE, path={"order_group_id": f"g-{number}"})


def order(number: int) -> Outgoing:
    return encode(CREATE_ORDER, BASE, subaccount=0, order_group_ids=(f"g-{number}",))


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions are called, in Python and in C."""
    count = 0

    def see(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def attempt(gate: RiskGate) -> None:
    """What the gate does for one attempt, with a change of the gate in between."""
    permit = gate.permit(order(1))
    permit.check()
    gate.recall_by(deletion(2))
    permit.check()
    assert not permit.is_recalled


async def test_an_hour_with_100_000_deleted_groups_leaves_the_gate_as_it_was(clock: VirtualClock) -> None:
    gate = RiskGate()
    calls: list[int] = []
    sizes: set[tuple[int, int]] = set()
    for number in range(GROUPS):
        if number % 1000 == 0:
            await clock.sleep(36)
            calls.append(calls_of(lambda: attempt(gate)))
            sizes.add((len(gate._recalled), len(gate._moments)))
        permit = gate.permit(order(number))
        gate.recall_by(deletion(number))
        assert permit.is_recalled
        del permit
    assert clock.monotonic() >= 3600 - 1e-6
    assert len(sizes) == 1, sizes
    assert len(set(calls[1:])) == 1, "flat, once there was something to forget"
    assert calls[-1] <= calls[0] + 10
    assert sys.getsizeof(gate._recalled) < 1000


def test_a_check_looks_up_its_own_scopes_however_many_recalls_are_kept() -> None:
    gate = RiskGate()
    old = gate.permit(order(-1))  # keeps every recall alive
    attempt(gate)
    few = calls_of(lambda: attempt(gate))
    for number in range(5_000):
        gate.recall_by(deletion(number))
    assert len(gate._recalled) == 5_000
    assert calls_of(lambda: attempt(gate)) <= few
    assert not old.is_recalled
    assert gate.permit(order(7), since=old).is_recalled


def test_a_call_that_is_kept_for_ever_does_not_make_the_gate_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    # An error that a program keeps holds its call. Forgotten recalls count as met: refused, not sent.
    monkeypatch.setattr(risk_gate, "MOST_RECALLS", 100)
    gate = RiskGate()
    kept: list[Permit] = [gate.permit(order(-1))]
    for number in range(100):
        gate.recall_by(deletion(number))
    kept[0].check()
    young = gate.permit(order(-2))
    gate.recall_by(deletion(100))
    assert len(gate._recalled) == 100
    with pytest.raises(RiskGateClosed, match="canceled meanwhile"):
        kept[0].check()
    young.check()
    for number in range(101, 300):
        gate.recall_by(deletion(number))
        kept.append(gate.permit(order(-3)))
    assert len(gate._recalled) <= 100


def test_a_recall_that_is_repeated_is_kept_once() -> None:
    gate = RiskGate()
    permit = gate.permit(order(1))
    for _ in range(3):
        gate.recall_by(deletion(1))
    assert permit.is_recalled
    assert len(gate._recalled) == 1


def test_a_recall_that_no_call_can_meet_is_forgotten_at_once() -> None:
    gate = RiskGate()
    gate.recall_by(deletion(1))
    assert not gate._recalled
    assert not gate.permit(order(1)).is_recalled
