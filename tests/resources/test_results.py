"""What a batch came to: its legs by how they ended, and the worst error first."""

from __future__ import annotations

import pytest

from kalshi_async import (
    BadRequest,
    BatchResult,
    CreatedOrder,
    CreateOrder,
    KalshiError,
    NotSent,
    OutcomeUnknown,
)
from kalshi_async.resources.results import BatchLeg

Leg = BatchLeg[CreateOrder, CreatedOrder]


def order() -> CreateOrder:
    return CreateOrder("T-1", "bid", 10, "0.44")


def test_the_worst_error_of_a_batch_is_raised_first() -> None:
    failed = Leg(order(), None, BadRequest(400))
    unknown = Leg(order(), None, OutcomeUnknown("lost"))
    with pytest.raises(OutcomeUnknown):
        BatchResult([failed, unknown]).raise_for_errors()
    with pytest.raises(BadRequest):
        BatchResult([failed]).raise_for_errors()
    BatchResult[CreateOrder, CreatedOrder]([]).raise_for_errors()


@pytest.mark.parametrize("error", [NotSent("no route"), BadRequest(400), KalshiError("odd")])
def test_every_error_but_an_unknown_outcome_is_a_failure(error: KalshiError) -> None:
    leg = Leg(order(), None, error)
    result = BatchResult([leg])
    assert (result.ok, result.failed, result.unknown) == ([], [leg], [])
    assert str(error) in repr(leg)
