"""What a failure means for the next attempt, and how long to wait for it."""

from __future__ import annotations

import asyncio
import random

import pytest
import tenacity

from kalshi_async import RetryPolicy, errors
from kalshi_async.calls.retry import LEAST_WAIT_S, Verdict, is_unknown, jittered, judge
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.operation import Idempotency
from kalshi_async.errors import KalshiError

READS = [operation for operation in OPERATIONS if operation.idempotency is Idempotency.SAFE]
WRITES = [operation for operation in OPERATIONS if operation.idempotency is not Idempotency.SAFE]
ONCE = [operation for operation in WRITES if operation.idempotency is Idempotency.ONCE]
REPEATABLE = [operation for operation in WRITES if operation not in ONCE]

LOST = errors.ReplyLost("reset", sent=True)
UNREADABLE = errors.UnexpectedReply("html", status=200, body=b"<html>")
REJECTED = errors.RejectedRows("row", status=200, body=b"", rows=(b"{}",), page=None)

# "How certainty is decided" in docs/architecture.md: error -> what it means for a read, and for a write
# that may be sent twice
VERDICTS: list[tuple[KalshiError, Verdict, Verdict]] = [
    (errors.NotSent("no connection"), Verdict.AGAIN, Verdict.AGAIN),
    (errors.RateLimited(429), Verdict.AGAIN, Verdict.AGAIN),
    (LOST, Verdict.AGAIN, Verdict.RESEND),
    (errors.ReplyLost("mute transport"), Verdict.AGAIN, Verdict.RESEND),
    (errors.ServerError(500), Verdict.AGAIN, Verdict.RESEND),
    (errors.ServerError(503, code="service_unavailable"), Verdict.AGAIN, Verdict.RESEND),
    (UNREADABLE, Verdict.AGAIN, Verdict.RESEND),
    (REJECTED, Verdict.FINAL, Verdict.RESEND),
    (errors.ApiError(302, headers=((b"location", b"https://elsewhere"),)), Verdict.FINAL, Verdict.FINAL),
    (errors.ApiError(302), Verdict.AGAIN, Verdict.RESEND),
    (errors.BadRequest(400), Verdict.FINAL, Verdict.FINAL),
    (errors.Unauthorized(401), Verdict.FINAL, Verdict.FINAL),
    (errors.Forbidden(403), Verdict.FINAL, Verdict.FINAL),
    (errors.NotFound(404), Verdict.FINAL, Verdict.FINAL),
    (errors.Conflict(409), Verdict.FINAL, Verdict.FINAL),
    (errors.ExchangePaused(409), Verdict.AGAIN, Verdict.AGAIN),
    (errors.ApiError(408), Verdict.AGAIN, Verdict.RESEND),
    (errors.IncompleteRequest(408), Verdict.AGAIN, Verdict.AGAIN),
    (errors.ApiError(422), Verdict.FINAL, Verdict.FINAL),
    (errors.EndpointRetired("410", sent=True), Verdict.FINAL, Verdict.FINAL),
    (errors.InvalidRequest("no"), Verdict.FINAL, Verdict.FINAL),
    (errors.CredentialsError("no"), Verdict.FINAL, Verdict.FINAL),
    (errors.ThrottleTimeout("late"), Verdict.FINAL, Verdict.FINAL),
    (errors.DeadlineExceeded("late", sent=False), Verdict.FINAL, Verdict.FINAL),
    (errors.RiskGateClosed("closing"), Verdict.FINAL, Verdict.FINAL),
]

every_error = pytest.mark.parametrize(("error", "read", "write"), VERDICTS, ids=lambda value: repr(value))


@every_error
def test_certainty_decides_what_may_be_repeated(error: KalshiError, read: Verdict, write: Verdict) -> None:
    assert {judge(operation, error, in_doubt=False) for operation in READS} == {read}
    assert {judge(operation, error, in_doubt=False) for operation in REPEATABLE} == {write}


@every_error
def test_what_must_happen_once_is_never_sent_after_an_unknown_attempt(
    error: KalshiError, read: Verdict, write: Verdict
) -> None:
    expected = Verdict.UNKNOWN if write is Verdict.RESEND else write
    assert {judge(operation, error, in_doubt=False) for operation in ONCE} == {expected}


@every_error
def test_in_doubt_no_refusal_is_final(error: KalshiError, read: Verdict, write: Verdict) -> None:
    # The first attempt may have landed, and the second be refused for that very reason.
    expected = Verdict.SETTLE if write is Verdict.FINAL else write
    assert {judge(operation, error, in_doubt=True) for operation in REPEATABLE} == {expected}


@every_error
def test_what_was_not_executed_is_not_unknown(error: KalshiError, read: Verdict, write: Verdict) -> None:
    assert is_unknown(error) is (write is Verdict.RESEND)


def test_every_get_and_nothing_else_is_a_read() -> None:
    # Guards the table: an upgrade that is charged as a read is still no read.
    assert {operation.method for operation in READS} == {"GET"}
    assert "GET" not in {operation.method for operation in WRITES}


def test_the_writes_that_must_happen_once_are_those_of_the_design() -> None:
    # ONCE in docs/architecture.md: a second delivery does it twice, or arm a kill switch that has tripped.
    assert {operation.name for operation in ONCE} == {
        "decrease_order",  # by a number of contracts
        "create_order_group",
        "reset_order_group",
        "create_subaccount",
        "intra_exchange_transfer",  # with a numbered subaccount: the exchange takes no key there
    }
    assert [operation.name for operation in REPEATABLE].count("decrease_order") == 1
    assert [operation.name for operation in REPEATABLE].count("intra_exchange_transfer") == 1


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.name)
def test_a_write_whose_bytes_may_have_left_is_repeated_only_if_that_is_harmless(
    operation: Operation[object],
) -> None:
    expected = Verdict.UNKNOWN if operation in ONCE else Verdict.RESEND
    assert judge(operation, LOST, in_doubt=False) is expected


@pytest.mark.parametrize("error", [LOST, errors.NotSent("refused"), errors.RateLimited(429)], ids=repr)
def test_attempts_are_not_counted_unless_asked_for(error: KalshiError) -> None:
    assert RetryPolicy().next_wait_s(1_000_000, error) is not None
    four = RetryPolicy(stop=tenacity.stop_after_attempt(4))
    assert [four.next_wait_s(attempts, error) is None for attempts in (1, 3, 4)] == [False, False, True]


def test_a_refused_request_waits_shortly_before_it_queues_again() -> None:
    # Two processes on one account that came back at once would refuse each other for ever.
    policy = RetryPolicy()
    for attempts, longest in ((1, 0.01), (2, 0.02), (3, 0.04), (50, 0.5)):
        wait = policy.next_wait_s(attempts, errors.RateLimited(429))
        assert wait is not None
        assert longest / 2 <= wait <= longest


def test_no_wait_takes_more_than_a_quarter_of_the_time_left() -> None:
    # An outage that ends shortly before the deadline must be noticed.
    policy = RetryPolicy(wait=tenacity.wait_fixed(2))
    waits = [policy.next_wait_s(9, LOST, left_s=left_s) for left_s in (100, 4, 1, 0.01)]
    assert waits == [2, 1, 0.25, LEAST_WAIT_S]


def test_waits_double_up_to_a_limit_and_are_spread() -> None:
    # Clients that march in step come back together.
    policy = RetryPolicy(stop=tenacity.stop_never, wait=jittered(0.1, 2.0, random.Random(7)))
    for attempts in range(1, 2_000):
        longest = min(2.0, 0.1 * 2 ** min(attempts - 1, 40))
        wait = policy.next_wait_s(attempts, LOST)
        assert wait is not None
        assert longest / 2 <= wait <= longest


def test_waits_repeat_under_a_seed_and_differ_between_clients() -> None:
    def waits(rng: random.Random | None) -> list[float | None]:
        policy = RetryPolicy(wait=jittered(0.1, 2.0, rng))
        return [policy.next_wait_s(1, LOST) for _ in range(5)]

    assert waits(random.Random(1)) == waits(random.Random(1))
    assert waits(None) != waits(None)


def test_any_stop_of_tenacity_fits() -> None:
    # Some ask for more than the count of attempts.
    event = asyncio.Event()
    for stop in (
        tenacity.stop_after_delay(3),
        tenacity.stop_before_delay(3),
        tenacity.stop_any(tenacity.stop_after_attempt(9), tenacity.stop_after_delay(3)),
    ):
        policy = RetryPolicy(stop=stop)
        assert policy.next_wait_s(1, LOST, elapsed_s=1.0) is not None
        assert policy.next_wait_s(1, LOST, elapsed_s=3.5) is None
    flag = RetryPolicy(stop=tenacity.stop_when_event_set(event))  # type: ignore[arg-type]  # any is_set() will do
    assert flag.next_wait_s(1, LOST) is not None
    event.set()
    assert flag.next_wait_s(1, LOST) is None


def test_any_wait_of_tenacity_fits() -> None:
    for wait, expected in (
        (tenacity.wait_none(), 0.0),
        (tenacity.wait_fixed(2), 2.0),
        (tenacity.wait_incrementing(start=1, increment=2), 5.0),
        (tenacity.wait_exponential(multiplier=1), 4.0),
        (tenacity.wait_chain(tenacity.wait_fixed(1), tenacity.wait_fixed(9)), 9.0),
        (tenacity.wait_exception(lambda error: 7.0 if error is LOST else 0.0), 7.0),
    ):
        assert RetryPolicy(wait=wait).next_wait_s(3, LOST) == expected


def test_a_stop_sees_the_wait_that_is_to_come() -> None:
    # stop_before_delay must not begin a wait that ends too late.
    policy = RetryPolicy(stop=tenacity.stop_before_delay(3), wait=tenacity.wait_fixed(2))
    assert policy.next_wait_s(1, LOST, elapsed_s=0.9) == 2.0
    assert policy.next_wait_s(1, LOST, elapsed_s=1.1) is None
