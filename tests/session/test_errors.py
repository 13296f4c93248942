"""The error tree: as drawn, and with what every error promises to tell."""

from __future__ import annotations

import pickle
import re

import pytest

from kalshi_async import errors
from kalshi_async.contract.orders import GET_ORDERS
from kalshi_async.errors import ApiError, KalshiError, OutcomeUnknown, RejectedRows, UnexpectedReply
from tests.stages.replies import failure, order

# One of each, and what is known of its request: False never left, True it did, None nobody knows.
SENT: list[tuple[KalshiError, bool | None]] = [
    (KalshiError("odd"), None),
    (errors.InvalidRequest("no"), False),
    (errors.CredentialsError("no"), False),
    (errors.EndpointRetired("old", successor="new"), False),
    (errors.EndpointRetired("410", sent=True), True),
    (errors.FeeUnknown("flat", sent=False), False),
    (errors.RiskGateClosed("closing"), False),
    (errors.ThrottleTimeout("late"), False),
    (errors.DeadlineExceeded("queued", sent=False), False),
    (errors.NotReached("order o was still resting after 30 s, not executed"), True),
    (errors.DeadlineExceeded("on the wire", sent=True), True),
    (errors.DeadlineExceeded("somewhere"), None),
    (errors.PaginationError("loop", sent=True), True),
    (UnexpectedReply("html", status=200, body=b"<html>"), True),
    (RejectedRows("row", status=200, body=b"[]", rows=(b"{}",), page=None), True),
    (errors.SlowConsumer("late"), True),
    (errors.SubscriptionRefused("no", code=11), True),
    (errors.RecordingFailed("disk full"), None),
    (errors.RecordingEnded("over"), None),
    (errors.BookNotCurrent("no", gap_reason="connection lost", since_ms=1), False),
    (errors.TransportError("lost"), None),
    (errors.NotSent("refused"), False),
    (errors.ReplyLost("reset", sent=True), True),
    (errors.ReplyLost("mute transport"), None),
    (OutcomeUnknown("who knows", client_order_ids=("a", "b")), None),
    (ApiError(302), True),
    (errors.BadRequest(400, code="Invalid_Price", details={"field": "price"}), True),
    (errors.Unauthorized(401), True),
    (errors.Forbidden(403), True),
    (errors.NotFound(404), True),
    (errors.IncompleteRequest(408), True),
    (errors.Conflict(409), True),
    (errors.ExchangePaused(409), True),
    (errors.RateLimited(429), True),
    (errors.ServerError(503, headers=((b"date", b"now"),)), True),
]
EACH = pytest.mark.parametrize("error", [error for error, _ in SENT], ids=lambda error: type(error).__name__)


def drawn() -> set[tuple[str, str]]:
    """Every (class, parent) in the drawing that opens the module."""
    pairs: set[tuple[str, str]] = set()
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"    ([│ ]*)(?:[├└]── )?([A-Z]\w+)(?:  .*)?", line)
        if match is None or (not path and match[2] != "KalshiError"):
            continue
        depth = len(match[1]) // 4 + ("── " in line)
        del path[depth:]
        if path:
            pairs.add((match[2], path[-1]))
        path.append(match[2])
    return pairs


def real(kind: type[KalshiError] = KalshiError) -> set[tuple[str, str]]:
    below = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]
    own = {child for child in below if vars(errors).get(child.__name__) is child}
    return {(child.__name__, kind.__name__) for child in own}.union(*(real(child) for child in own))


def test_the_tree_is_the_one_that_is_drawn() -> None:
    assert drawn() == real()


def test_every_class_has_its_row_in_this_table() -> None:
    # Guards the table above: an error added tomorrow must say what its ``sent`` is.
    assert {type(error).__name__ for error, _ in SENT} == {name for name, _ in real()} | {"KalshiError"}


@pytest.mark.parametrize(("error", "sent"), SENT, ids=lambda value: type(value).__name__)
def test_every_error_says_whether_the_request_left(error: KalshiError, sent: bool | None) -> None:
    assert error.sent is sent
    assert (error.operation, error.cursor) == (None, None)


def test_an_invalid_request_is_a_value_error_too() -> None:
    # Web frameworks turn ValueError into 422 on their own.
    assert issubclass(errors.InvalidRequest, ValueError)


@EACH
def test_an_error_crosses_processes_whole(error: KalshiError) -> None:
    # Worker pools pickle errors, and an OutcomeUnknown may be settled elsewhere.
    error.operation, error.cursor = "create_order", "c2"
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is type(error)
    assert (str(twin), twin.args, vars(twin)) == (str(error), error.args, vars(error))


def test_a_code_is_compared_in_lower_case_and_kept_raw() -> None:
    error = errors.BadRequest(400, code="AMEND_ORDER_NO_OP", message="AMEND_ORDER_NO_OP")
    assert (error.code, error.raw_code) == ("amend_order_no_op", "AMEND_ORDER_NO_OP")
    assert str(error) == "400: AMEND_ORDER_NO_OP"


def test_the_text_of_a_refusal_holds_all_that_was_said() -> None:
    error = errors.BadRequest(400, code="invalid_order", message="invalid order", details="post only cross")
    assert str(error) == "400: invalid_order: invalid order: post only cross"


def test_a_refusal_without_words_shows_its_body() -> None:
    assert str(errors.ServerError(502, body=b"<html>Bad Gateway</html>")) == (
        "502: body b'<html>Bad Gateway</html>'"
    )


def test_a_long_body_is_cut_in_the_text_and_kept_whole() -> None:
    body = b"x" * 1000
    error = UnexpectedReply("no JSON", status=200, body=body)
    assert error.body == body
    assert len(str(error)) < 300
    assert "(1000 bytes)" in str(error)


def test_advice_is_added_to_the_text_and_nothing_is_lost() -> None:
    error = errors.Unauthorized(401, code="A", message="m", details="d", body=b"b", headers=((b"h", b"v"),))
    error.operation = "get_account_limits"
    advised = error.with_advice("set the clock")
    assert str(advised) == "401: A: m: d; set the clock"
    assert vars(advised) == vars(error) | {"advice": "set the clock"}


def test_an_unknown_outcome_names_the_keys_to_look_for() -> None:
    error = OutcomeUnknown("lost", client_order_ids=("a", "b"), first_sent_ms=1, last_signed_ms=2)
    assert (error.client_order_id, error.client_order_ids) == ("a", ("a", "b"))
    assert (error.first_sent_ms, error.last_signed_ms) == (1, 2)
    assert OutcomeUnknown("lost").client_order_id is None


def test_rejected_rows_survive_with_the_page_they_were_cut_from() -> None:
    error = failure(RejectedRows, GET_ORDERS, {"orders": [order(), {"order_id": "bad"}], "cursor": "c"})
    twin = pickle.loads(pickle.dumps(error))
    assert twin.rows == error.rows
    assert twin.page == error.page
