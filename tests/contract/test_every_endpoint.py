"""Every operation has all of its places, and every place its operation.

The message names the operation and the place that was forgotten; CONTRIBUTING.md has the steps.
"""

from __future__ import annotations

import pytest

from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.exchange import GET_EXCHANGE_SCHEDULE, Schedule
from kalshi_async.contract.operation import read
from tests.contract.endpoints import missing, reply_structs, without_operation


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_has_all_of_its_places(operation: Operation[object]) -> None:
    places = [f"{operation.name}: {place}" for place in missing(operation)]
    assert not places, "\n".join(places)


def test_every_method_handler_and_sample_has_its_operation() -> None:
    places = list(without_operation())
    assert not places, "\n".join(places)


def test_an_operation_without_any_place_lacks_each_of_them() -> None:
    # Guards the guard: the walk must not find what is not there.
    lacking = "\n".join(missing(read("get_nothing", "/nothing", Schedule)))
    for place in ("no docstring", "no handler", "tests/samples/get_nothing.json"):
        assert place in lacking


def test_the_structs_of_a_reply_are_found_in_lists_and_in_each_other() -> None:
    names = [shape.__name__ for shape in reply_structs(GET_EXCHANGE_SCHEDULE)]
    assert names == ["ScheduleReply", "Schedule", "WeeklySchedule", "TradingHours", "MaintenanceWindow"]
