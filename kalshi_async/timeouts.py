"""The timeouts of attempts and calls, in seconds.

**Silence.** A connection that has answered before may have died without notice, and a request on it
then waits for nothing. So the first bytes of a reply have a limit on such a connection, beyond
which the attempt is over: as unknown, because its bytes have left. What may be sent again then is,
over a new connection. The limit is a share of the time that the call has left, reckoned with
no more than its default deadline:

    request                                   share    with the default deadlines
    reduces risk (cancel, decrease, …)        1/5      1.0 s, a read 2.0 s
    any other that may be sent twice          1/3      1.67 s, a read 3.33 s
    must not be sent twice                    2/3      3.33 s: the rest is for settling by reading

A read on which a cancel or a settlement depends has 1/5 of its default deadline, but no more than half of
what is left. The limit is at least ``LEAST_SILENCE_S``, and never more than ``read_s``. On a connection
whose last answer was slow it is longer: three times as long as that answer took, but no more than twice
the limit.

A new connection has just been answered by the server, so its silence is more likely that of a slow
exchange: it is waited for 3/4 of the time that the call has left, which leaves time for another attempt;
and for all of it by what must not be sent twice. All of these figures are ours.

Only ``kalshi_async.http1``, the transport of a session by default, knows which of its connections are
new. Any other transport waits for ``read_s``.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.errors import InvalidRequest

SILENCE_ONCE = 2 / 3
SILENCE_REDUCING_RISK = 1 / 5
SILENCE = 1 / 3
SILENCE_NEW = 3 / 4
LEAST_SILENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts of one attempt, and deadlines of a whole call.

    A deadline covers queueing, signing, all attempts and reading the body.
    """

    connect_s: float = 3.0
    """One attempt: to open a connection."""
    read_s: float = 5.0
    """One attempt: until the next bytes of the reply arrive; see *Silence* for the first ones."""
    write_s: float = 5.0
    """One attempt: until the exchange takes any bytes of the request."""
    pool_s: float = 3.0
    """One attempt: until a connection becomes free."""
    read_deadline_s: float = 10.0
    """A whole call that reads."""
    write_deadline_s: float = 5.0
    """A whole call that changes something, such as placing an order."""
    max_queue_s: float | None = None
    """The longest wait for tokens; None waits until the deadline.

    It does not hold for requests that reduce risk (cancel, decrease, trigger, delete):
    they wait until the deadline in any case.
    """

    def __post_init__(self) -> None:
        for name in ("connect_s", "read_s", "write_s", "pool_s", "read_deadline_s", "write_deadline_s"):
            if not getattr(self, name) > 0:
                raise InvalidRequest(f"{name} must be above 0 seconds, was {getattr(self, name)!r}")
        if self.max_queue_s is not None and not self.max_queue_s >= 0:
            raise InvalidRequest(f"max_queue_s must be 0 or more, was {self.max_queue_s!r}")
