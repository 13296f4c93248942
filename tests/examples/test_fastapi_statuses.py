"""The FastAPI backend's table of errors: every one has a status, and none looks like success."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import Request

from examples.fastapi_backend.statuses import problem, refuse, status_of
from kalshi_async import (
    Conflict,
    DeadlineExceeded,
    ExchangePaused,
    InvalidRequest,
    KalshiError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    ReplyLost,
    ServerError,
    ThrottleTimeout,
)

STATUSES: list[tuple[KalshiError, int, str | None]] = [
    (InvalidRequest("no"), 422, None),
    (NotFound(404), 404, None),
    (Conflict(409), 409, None),
    (ExchangePaused(409), 503, "30"),
    (RateLimited(429), 429, "1"),
    (ThrottleTimeout("full"), 503, "1"),
    (NotSent("no way"), 503, "1"),
    (ReplyLost("gone"), 502, None),
    (ServerError(500), 502, None),
    (DeadlineExceeded("late"), 504, None),
    (OutcomeUnknown("who knows"), 504, None),
]


def kinds(kind: type[KalshiError] = KalshiError) -> Iterator[type[KalshiError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from kinds(inner)


@pytest.mark.parametrize("kind", sorted(set(kinds()), key=repr))
def test_every_error_has_a_status_of_failure(kind: type[KalshiError]) -> None:
    status, retry_after_s = status_of(kind.__new__(kind))
    assert 400 <= status < 600
    assert retry_after_s is None or status in (429, 503)


@pytest.mark.parametrize(("error", "status", "retry_after"), STATUSES)
async def test_an_error_is_answered_by_the_table(
    error: KalshiError, status: int, retry_after: str | None
) -> None:
    answer = await refuse(Request({"type": "http"}), error)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)


def test_what_may_have_been_executed_never_looks_like_success() -> None:
    """A client that only asks whether the status is 2xx must not take a doubt for an order."""
    doubt = OutcomeUnknown("lost", client_order_ids=("mine",), first_sent_ms=1, last_signed_ms=2)
    assert status_of(doubt)[0] >= 500
    assert problem(doubt)["record"] == doubt.as_record()
