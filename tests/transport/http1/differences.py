"""What httpx's own transport does otherwise, by the name of the test that shows it.

Found with httpx 0.28.1, httpcore 1.0.9 and h11 0.16, 2026-11-22. A name may carry the id of
one case in brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Why a test does not hold for httpx's own transport."""

    reason: str
    is_endless: bool = False
    """Whether the test would wait for ever, and is therefore not even tried."""


_LEFT_OVER = Difference("h11 keeps bytes that came with a reply, and httpcore takes them for the next one")
_NEVER_CLOSED = Difference("the pool of httpcore opens again for whoever asks or is still connecting")
_WRITES_ON = Difference("httpcore does not read before it has written everything")
_CONTROLS = Difference("h11 lets control characters through that end no line")
_FOREIGN = Difference("an exception of h11 escapes, which httpx knows nothing of")
_ANY_VERSION = Difference("h11 takes any digit for a version")
_CHUNKS_WIN = Difference("h11 ignores a length beside chunks, as RFC 9112 section 6.3 allows")

OF_STOCK: Mapping[str, Difference] = {
    "test_a_second_reply_to_one_request_is_nobody_s": _LEFT_OVER,
    "test_any_stream_is_read_or_refused_and_the_next_request_is_right": _LEFT_OVER,
    "test_a_reply_may_come_while_the_request_is_being_written": _WRITES_ON,
    "test_an_early_reply_is_the_answer_though_the_server_reads_on": _WRITES_ON,
    "test_an_early_reply_is_the_answer_though_the_server_never_reads_on": _WRITES_ON,
    "test_an_early_reply_is_the_answer_though_the_server_hangs_up_after_it": _WRITES_ON,
    "test_a_head_without_end_is_refused[interim replies]": Difference(
        "httpcore reads interim replies for ever", is_endless=True
    ),
    "test_garbage_is_refused[HTTP/2.0]": _ANY_VERSION,
    "test_garbage_is_refused[HTTP/9.9]": _ANY_VERSION,
    "test_garbage_is_refused[length and chunks]": _CHUNKS_WIN,
    "test_garbage_is_refused[chunks and length]": _CHUNKS_WIN,
    "test_what_was_refused_was_certainly_not_sent": Difference(
        "httpcore reports that it sends the head before h11 looks at it"
    ),
    "test_a_method_cannot_become_a_request[beyond ASCII]": Difference("httpcore raises a TypeError"),
    "test_a_refused_value_is_not_shown": Difference("h11 shows it"),
    "test_a_field_cannot_become_two[escape in a value]": _CONTROLS,
    "test_a_field_cannot_become_two[delete in a value]": _CONTROLS,
    "test_a_length_that_is_not_that_of_the_body_never_shifts_what_follows[3]": _FOREIGN,
    "test_a_length_that_is_not_that_of_the_body_never_shifts_what_follows[5]": _FOREIGN,
    "test_a_length_that_is_not_that_of_the_body_never_shifts_what_follows[none]": _FOREIGN,
    "test_the_connection_that_rested_last_is_used_first": Difference("httpcore takes the oldest"),
    "test_an_idle_connection_expires": Difference("httpcore looks at the real clock, and only when asked"),
    "test_the_more_urgent_is_served_first": Difference("httpcore serves by arrival alone"),
    "test_nobody_connects_through_a_pool_that_is_closed": _NEVER_CLOSED,
    "test_who_is_connecting_while_the_transport_closes_leaves_no_connection": _NEVER_CLOSED,
    "test_a_server_that_reads_slowly_is_no_write_timeout": Difference(
        "to anyio nothing is written before nearly all of it is"
    ),
    "test_a_newcomer_does_not_overtake_those_who_wait": Difference("httpcore lets it"),
}
