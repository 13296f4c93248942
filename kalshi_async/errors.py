"""Every error that a call can raise. Apart from cancellation, a call raises no other exception.

    KalshiError
    ├── InvalidRequest        refused here, before anything was sent (also a ValueError)
    ├── CredentialsError      the key cannot be used
    ├── EndpointRetired       the endpoint belongs to another generation of the API
    ├── FeeUnknown            the fees of a market have no published formula
    ├── RiskGateClosed        the order's scope is being shut down; not sent
    ├── ThrottleTimeout       waited longer than max_queue_s for tokens; not sent
    ├── DeadlineExceeded      deadline_s is over; sent tells whether bytes may have left
    │   └── NotReached        orders.wait: the order did not reach the state, or never can
    ├── PaginationError       the exchange repeats a cursor, or pages without end
    ├── UnexpectedReply       the answer does not match the contract
    │   └── RejectedRows      some rows of a list did not decode; the others are kept
    ├── SlowConsumer          a reader of a stream is too far behind; read the rest by REST
    ├── SubscriptionRefused   the exchange refused what a reader of a stream asked for
    ├── RecordingFailed       a recording ended early; the stream lives on
    ├── RecordingEnded        the recording that is played is over
    ├── BookNotCurrent        a book may differ from the exchange's; it was not read
    ├── TransportError
    │   ├── NotSent           no byte of the request left
    │   └── ReplyLost         bytes may have left and no answer came back
    ├── OutcomeUnknown        a write that may or may not have been executed
    └── ApiError              answered with a status of 300 or more
        ├── BadRequest        400
        ├── Unauthorized      401
        ├── Forbidden         403
        ├── NotFound          404
        ├── IncompleteRequest  408 that came before the request had left whole
        ├── Conflict          409
        │   └── ExchangePaused  409 trading_is_paused, exchange_is_paused
        ├── RateLimited       429
        └── ServerError       500 and above

Handle first the errors that leave the outcome open, then those that settle it:

    order = CreateOrder(ticker, "bid", 10, "0.44")
    try:
        placed = await session.orders.create(order)
    except OutcomeUnknown as error:
        # It may rest or not. Find out before anything is sent again.
        found = await session.orders.resolve(error, timeout_s=60)
    except Conflict:
        ...  # refused: this order object was sent before
    except (BadRequest, Forbidden) as error:
        print(error.code, error.message)    # refused: nothing was executed
    except KalshiError as error:
        print(error, error.sent)

A call retries before it raises. A request that was certainly not executed (not sent, not sent
whole, refused with 429) is sent again. So is a write whose answer was lost, if a second delivery
does no harm: an order under its own ``client_order_id``, a cancel. Else the call reads the outcome.
``OutcomeUnknown`` is raised if that proves nothing by the deadline; another process can resolve it:

    record = json.dumps(error.as_record())
    later = OutcomeUnknown.from_record(json.loads(record))
    found = await session.orders.resolve(later, timeout_s=60)
    print(found.fate, found.order)

A ``Fate`` is PLACED, ABSENT or UNKNOWN. The last means that reads are not recent enough yet: again later.

Every error has ``sent``, which ``KalshiError`` explains, and ``subject``: the request that failed, with
its method, path, ticker, ids, price and count. The text of an error is one line of at most 1,800
characters: reason, advice, and the subject in brackets. An error of a list has the ``cursor`` to resume
from; one of ``Paginator.collect`` the rows before it, ``collected``. No error holds a key or a signature.
"""

from __future__ import annotations

from collections.abc import Mapping

from kalshi_async.contract.orders import Order
from kalshi_async.contract.root_error import InvalidRequest as InvalidRequest, KalshiError as KalshiError
from kalshi_async.contract.subject import AnyRequest, part_of, shown_body

READ_FIRST = "read its effect before sending it again"


class CredentialsError(KalshiError):
    """A key that is missing, unreadable or of the wrong kind. Never shows the key."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class EndpointRetired(KalshiError):
    """The exchange of this environment does not offer the endpoint."""

    def __init__(self, message: str, *, successor: str | None = None, sent: bool = False) -> None:
        super().__init__(message, sent=sent)
        self.successor = successor
        """The method or endpoint to use instead, if one is known."""


class FeeUnknown(KalshiError):
    """The fees of a market have no published formula. No order was sent."""


class RiskGateClosed(KalshiError):
    """A kill switch is shutting this order's scope down, or has just done so. Nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class ThrottleTimeout(KalshiError):
    """No tokens became available within ``max_queue_s``. Nothing was sent, no token was spent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class DeadlineExceeded(KalshiError):
    """The call's deadline is over. A write of which bytes may have left raises OutcomeUnknown instead."""


class NotReached(DeadlineExceeded):
    """``orders.wait``: the order did not reach the state in time, or has ended and never can."""

    def __init__(self, message: str, order: Order | None = None) -> None:
        super().__init__(message, sent=True)
        self.order = order
        """The order as it was last read; None if no read returned it."""


class PaginationError(KalshiError):
    """A list cannot be followed further; ``cursor`` is where it stopped."""


class SlowConsumer(KalshiError):
    """A reader of a stream is too far behind: what follows was dropped, for this reader alone."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=True)


class SubscriptionRefused(KalshiError):
    """The exchange refused what a reader of a stream asked for."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message, sent=True)
        self.code = code
        """Number of the exchange's error."""


class RecordingFailed(KalshiError):
    """The file of a recording could not be written to its end; what was written before can be read."""


class BookNotCurrent(KalshiError):
    """A live book may differ from the exchange's, and was not read; its ``last_known`` levels can be."""

    def __init__(self, message: str, *, gap_reason: str, since_ms: int) -> None:
        super().__init__(message, sent=False)
        self.gap_reason = gap_reason
        """Why, such as "connection lost": see ``kalshi_async.streams.GapReason``."""
        self.since_ms = since_ms
        """Since when, in Unix milliseconds of the exchange's clock."""


class RecordingEnded(KalshiError, StopAsyncIteration):
    """The recording that a replay plays is over: an ``async for`` ends by it."""


class TransportError(KalshiError):
    """The exchange could not be reached, or its answer did not arrive."""


class NotSent(TransportError):
    """Certainly not sent: no connection, no TLS, no free connection in time."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class ReplyLost(TransportError):
    """The request may have arrived and no usable answer came back."""


class UnexpectedReply(KalshiError):
    """The exchange answered, and the answer does not match the contract."""

    def __init__(self, message: str, *, status: int, body: bytes) -> None:
        super().__init__(f"{message}; status {status}, body {shown_body(body)}", sent=True)
        self.status = status
        """The HTTP status of the answer."""
        self.body = body
        """The whole body as received; the message shows its first 200 bytes."""


class RejectedRows(UnexpectedReply):
    """Some rows of a list did not decode. A ``Paginator`` yields the page's good rows first."""

    def __init__(
        self, message: str, *, status: int, body: bytes, rows: tuple[bytes, ...], page: object
    ) -> None:
        super().__init__(message, status=status, body=body)
        self.rows = rows
        """The raw bytes of each row that did not decode."""
        self.page = page
        """The decoded reply without these rows."""


class OutcomeUnknown(KalshiError):
    """It is not known whether a write was executed: either once or not at all.

    Do not simply send it again: ``session.orders.resolve(error)`` finds out, also in another process.
    ``__cause__`` is the error that left the outcome open. Times are Unix ms of the exchange's clock.
    """

    def __init__(
        self,
        message: str,
        *,
        client_order_ids: tuple[str, ...] = (),
        ticker: str | None = None,
        subaccount: int | None = None,
        first_sent_ms: int | None = None,
        last_signed_ms: int | None = None,
        sent: bool | None = None,
    ) -> None:
        super().__init__(message, sent=sent)
        self.client_order_ids = client_order_ids
        """The keys by which the orders of the write can be found."""
        self.client_order_id = client_order_ids[0] if client_order_ids else None
        """The first of ``client_order_ids``."""
        self.ticker = ticker
        """The market of the order, if it is known."""
        self.subaccount = subaccount
        """The subaccount that the request named, or None."""
        self.first_sent_ms = first_sent_ms
        """The earliest time signed in an attempt, None if none was signed."""
        self.last_signed_ms = last_signed_ms
        """The latest time signed in an attempt: 30 s later the exchange accepts none of them."""

    @classmethod
    def of(
        cls,
        write: AnyRequest,
        message: str | None = None,
        *,
        cause: BaseException | None = None,
        first_sent_ms: int | None = None,
        last_signed_ms: int | None = None,
        sent: bool | None = None,
    ) -> OutcomeUnknown:
        """Make the error of one write, complete: its keys, its scope and its cause.

        Without a ``message`` it says that the write may have been executed, and what to do.
        """
        keys = ", ".join(write.client_order_ids[:3])
        met = cause.reason if isinstance(cause, KalshiError) else str(cause)
        unknown = cls(
            message or f"{write.name} may or may not have been executed: {met}",
            client_order_ids=write.client_order_ids,
            ticker=write.ticker,
            subaccount=write.subaccount,
            first_sent_ms=first_sent_ms,
            last_signed_ms=last_signed_ms,
            sent=sent,
        )
        unknown.operation, unknown.subject, unknown.__cause__ = write.name, write.subject, cause
        unknown.advice = f"resolve client_order_id {keys} before sending again" if keys else READ_FIRST
        return unknown

    def as_record(self) -> dict[str, str | int | None]:
        """Return plain JSON values from which ``from_record`` rebuilds the error, in any process."""
        return {
            "message": str(self),
            "client_order_id": self.client_order_id,
            "ticker": self.ticker,
            "subaccount": self.subaccount,
            "first_sent_ms": self.first_sent_ms,
            "last_signed_ms": self.last_signed_ms,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, str | int | None]) -> OutcomeUnknown:
        """Rebuild the error from a record, which another process may have saved."""
        key = record["client_order_id"]
        ticker, subaccount = record.get("ticker"), record.get("subaccount")
        first, last = record["first_sent_ms"], record["last_signed_ms"]
        return cls(
            str(record.get("message", "")),
            client_order_ids=(str(key),) if key else (),
            ticker=None if ticker is None else str(ticker),
            subaccount=None if subaccount is None else int(subaccount),
            first_sent_ms=None if first is None else int(first),
            last_signed_ms=None if last is None else int(last),
        )


class ApiError(KalshiError):
    """The exchange refused the request: a reply with a status of 300 or more."""

    def __init__(
        self,
        status: int,
        *,
        code: str | None = None,
        message: str | None = None,
        details: str | Mapping[str, object] | None = None,
        body: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        parts = [str(status), code, message if message != code else None, details]
        shown = [part_of(part) for part in parts if part]
        if len(shown) == 1:
            shown.append(f"body {shown_body(body)}")
        super().__init__(": ".join(shown), sent=True)
        self.status = status
        """The HTTP status."""
        self.code = code.lower() if code else None
        """The exchange's error code in lower case, such as "insufficient_balance", or None."""
        self.raw_code = code
        """The error code as the exchange sent it."""
        self.message = message
        """The exchange's text, or None."""
        self.details = details
        """The text or object that came with the message, or None."""
        self.body = body
        """The raw body of the reply."""
        self.headers = headers
        """The headers of the reply, as received."""

    def header(self, name: bytes) -> bytes | None:
        """Return the value of the reply's first header of that ``name`` (in lower case), or None."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def is_redirect(self) -> bool:
        """Whether the reply was a redirect: it named another place, to which nothing was sent."""
        return 300 <= self.status < 400 and bool(self.header(b"location"))


class BadRequest(ApiError):
    """400: the exchange found a mistake in the request."""


class Unauthorized(ApiError):
    """401: the key id, the signature or the timestamp was not accepted."""


class Forbidden(ApiError):
    """403: the key or the account may not do this."""


class NotFound(ApiError):
    """404: unknown, in another scope, or (for a change of an order) no longer open."""


class IncompleteRequest(ApiError):
    """408 while part of the request had not left: certainly not executed. Any other 408 may have been."""


class Conflict(ApiError):
    """409: contradicts the state of the exchange, such as a client_order_id that was used before."""


class ExchangePaused(Conflict):
    """409: trading or the exchange is paused; certainly not executed."""


class RateLimited(ApiError):
    """429: the token bucket is empty; certainly not executed."""


class ServerError(ApiError):
    """5xx. Raised by a read, which can be tried again; a write raises OutcomeUnknown from it."""
