"""For any traffic the throttle does what the model says: who is admitted, and when, to the microsecond.

The model searches a list in exact fractions. What it settles for every scenario: no window
holds more than the budget, nothing idles while somebody could be admitted, class comes before
arrival and arrival before size, nobody is lost, and whoever leaves leaves no trace.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings, strategies as st

from kalshi_async.contract.operation import Priority
from tests.account.model import Ambiguous, Change, End, Limits, Model, Request
from tests.account.scenes import (
    changes_of,
    least_left,
    limits_of,
    on_virtual_time,
    played,
    requests_of,
)

SETTINGS = settings(derandomize=True, deadline=None, max_examples=100)
MICROSECOND = Fraction(1, 10**6)
SLACK = Fraction(1, 10**4)  # tokens: what 8,000 per second gain in some ten nanoseconds

ADDING = Priority.RISK_ADDING


def expected(limits: Limits, requests: list[Request], changes: list[Change]) -> dict[int, End]:
    try:
        return Model(limits).play(requests, changes)
    except Ambiguous:
        assume(False)
        raise


@SETTINGS
@given(limits_of(), requests_of(), changes_of())
def test_whatever_happens_every_request_ends_as_the_model_says(
    limits: Limits, requests: list[Request], changes: list[Change]
) -> None:
    wanted = expected(limits, requests, changes)
    ends, left = on_virtual_time(played(limits, requests, changes))
    assert {number: end.how for number, end in ends.items() if number in wanted} == {
        number: end.how for number, end in wanted.items()
    }
    for number, end in wanted.items():
        assert abs(ends[number].at_s - end.at_s) < MICROSECOND, (number, end)
    assert left == len(requests) - len(wanted) == 0


@SETTINGS
@given(limits_of(), requests_of(), changes_of())
def test_no_window_holds_more_than_the_budget(
    limits: Limits, requests: list[Request], changes: list[Change]
) -> None:
    # Measured by another bucket and not by the model: both could share a misunderstanding. Without
    # single requests dearer than the bucket: those are left to the exchange.
    requests = [replace(each, is_batch=True) for each in requests]
    ends, _ = on_virtual_time(played(limits, requests, changes))
    sent = [
        (end.at_s, requests[number].cost)
        for number, end in ends.items()
        if end.how == "admitted" and requests[number].fate != "unsent"
    ]
    assert least_left(limits, sent, changes) >= -SLACK


@settings(SETTINGS, max_examples=40)
@given(limits_of(), st.lists(st.tuples(st.integers(1, 14), st.sampled_from(Priority)), min_size=60))
def test_while_somebody_waits_every_token_is_used_but_the_headroom(
    limits: Limits, traffic: list[tuple[int, Priority]]
) -> None:
    requests = [Request(Fraction(0), cost, priority) for cost, priority in traffic]
    assume(sum(cost for cost, _ in traffic) > 2 * limits.capacity)
    ends, _ = on_virtual_time(played(limits, requests, []))
    spent = 0
    for number, end in sorted(ends.items(), key=lambda item: (item[1].at_s, item[0])):
        spent += requests[number].cost
        if end.at_s > 0:
            # Somebody waited up to this moment, so that the budget is exhausted at it: 100 %.
            kept = limits.headroom if requests[number].priority > Priority.RISK_REDUCING else 0
            legal = limits.capacity + limits.refill_per_s * (end.at_s - limits.jitter_s) - kept
            assert abs(spent - legal) < SLACK
    assert spent == sum(cost for cost, _ in traffic)


@SETTINGS
@given(limits_of(), requests_of())
def test_the_headroom_is_untouched_by_whoever_adds_risk(limits: Limits, requests: list[Request]) -> None:
    # Quotes alone, however many: a cancel of the whole headroom would go at once at any moment.
    quotes = [Request(each.at_s, each.cost, ADDING, each.patience_s, is_batch=True) for each in requests]
    ends, _ = on_virtual_time(played(limits, quotes, []))
    sent = [(end.at_s, quotes[number].cost) for number, end in ends.items() if end.how == "admitted"]
    assert least_left(limits, sent) >= limits.headroom - SLACK


def test_the_measure_of_the_exchange_sees_one_token_too_many() -> None:
    # Guards the guard.
    limits = Limits(100, 50, 0)
    assert least_left(limits, [(Fraction(0), 100), (Fraction(1), 50)]) == 0
    assert least_left(limits, [(Fraction(0), 100), (Fraction(1), 51)]) == -1
    shrunk = [Change(Fraction(2), Limits(10, 50, 0))]
    assert least_left(limits, [(Fraction(3), 11)], shrunk) == -1
