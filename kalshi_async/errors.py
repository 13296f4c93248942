"""Every error a call can raise. Nothing else but cancellation ever escapes a call.

    KalshiError
    ├── InvalidRequest        refused here, before anything was sent (also a ValueError)
    ├── CredentialsError      the key cannot be used
    ├── EndpointRetired       the endpoint belongs to another generation of the API
    ├── RiskGateClosed        new risk in a scope that is being shut down; not sent
    ├── ThrottleTimeout       waited longer than max_queue_s for tokens; not sent
    ├── DeadlineExceeded      deadline_s is over; sent says whether bytes may have left
    │   └── NotReached        orders.wait: the state did not come, or never can
    ├── PaginationError       the exchange repeats a cursor, or pages without end
    ├── UnexpectedReply       answered, but not with what the contract says
    │   └── RejectedRows      some rows of a list did not decode; the others are kept
    ├── TransportError
    │   ├── NotSent           no byte of the request left
    │   └── ReplyLost         bytes may have left and no answer came back
    ├── OutcomeUnknown        a write that may or may not have been executed
    └── ApiError              answered with a status of 300 or more
        ├── BadRequest        400
        ├── Unauthorized      401
        ├── Forbidden         403
        ├── NotFound          404
        ├── Conflict          409
        │   └── ExchangePaused  409 trading_is_paused, exchange_is_paused
        ├── RateLimited       429
        └── ServerError       500 and above

Ask first what is certain, then what went wrong:

    order = CreateOrder(ticker, "bid", 10, "0.44")
    try:
        placed = await session.orders.create(order)
    except OutcomeUnknown as error:
        # It may rest or not. Ask before anything is sent again.
        found = await session.orders.resolve(error, timeout_s=60)
    except Conflict:
        ...  # refused: this order object was sent before
    except (BadRequest, Forbidden) as error:
        print(error.code, error.message)    # refused: nothing was executed
    except KalshiError as error:
        print(error, error.sent)

A call has tried what is safe before it raises. What was certainly not executed (not
sent, or refused with 429) is sent again; so is a write whose answer was lost, if a
second delivery can do no harm: an order under its own ``client_order_id``, a cancel. What
may do harm is read instead of repeated, and what even reading does not settle within
the deadline is ``OutcomeUnknown``. Its ``as_record`` survives the process:

    record = json.dumps(error.as_record())
    later = OutcomeUnknown.from_record(json.loads(record))
    found = await session.orders.resolve(later, timeout_s=60)
    print(found.fate, found.order)

A ``Fate`` is ``Fate.PLACED``, ``Fate.ABSENT`` or ``Fate.UNKNOWN``; the last says that the
exchange's reads do not reach far enough yet: ask again.

``sent`` on each of them: False, nothing that the exchange could have acted upon has
left; True, it has; None, not known. What a list raises also carries ``cursor``, to resume
from, and from ``Paginator.collect`` ``collected``: the rows that came before, in order, of
the type of that list. No error holds a request header: keys and signatures never
reach a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

from kalshi_async.contract.orders import Order

BODY_SHOWN = 200


class KalshiError(Exception):
    """Base of every error of this package.

    ``sent`` says whether the exchange can have acted on the request (None: not known),
    ``operation`` which one it was. What a list raises has the ``cursor`` to resume from,
    and from ``Paginator.collect`` the rows before it, ``collected``.
    """

    def __init__(self, message: str, *, sent: bool | None = None) -> None:
        super().__init__(message)
        self.sent = sent
        self.operation: str | None = None
        self.cursor: str | None = None
        self.collected: tuple[object, ...] = ()

    def replace(self, *, message: str | None = None, **changes: object) -> Self:
        """Return a copy with another message or other attributes; an error is never changed."""
        twin = type(self).__new__(type(self), *(self.args if message is None else (message,)))
        twin.__dict__.update(self.__dict__, **changes)
        twin.__cause__, twin.__context__ = self.__cause__, self.__context__
        return twin.with_traceback(self.__traceback__)

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own would call __init__ with the text alone; errors cross processes.
        return _unpickled, (type(self), self.args), self.__dict__


class InvalidRequest(KalshiError, ValueError):
    """The request breaks a rule that is known without asking; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class CredentialsError(KalshiError):
    """A key that is missing, unreadable or of the wrong kind. Never shows the key."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class EndpointRetired(KalshiError):
    """The endpoint is not spoken by this environment; ``successor`` names what is."""

    def __init__(self, message: str, *, successor: str | None = None, sent: bool = False) -> None:
        super().__init__(message, sent=sent)
        self.successor = successor


class RiskGateClosed(KalshiError):
    """A dead-man switch is closing this order's scope. Nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class ThrottleTimeout(KalshiError):
    """Tokens did not come within ``max_queue_s``. Nothing was sent or spent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class DeadlineExceeded(KalshiError):
    """The call's deadline is over. A write whose bytes left raises OutcomeUnknown instead."""


class NotReached(DeadlineExceeded):
    """What ``orders.wait`` waits for did not come in time, or never can: the order has ended.

    ``order`` is the order as it was last seen, None if it was never shown.
    """

    def __init__(self, message: str, order: Order | None = None) -> None:
        super().__init__(message, sent=True)
        self.order = order


class PaginationError(KalshiError):
    """A list cannot be followed further; ``cursor`` is where it stopped."""


class TransportError(KalshiError):
    """The exchange could not be reached, or its answer did not arrive."""


class NotSent(TransportError):
    """Certainly not sent: no connection, no TLS, no free connection in time."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=False)


class ReplyLost(TransportError):
    """The request may have arrived and no usable answer came back."""


class UnexpectedReply(KalshiError):
    """The exchange answered, and the answer is not what the contract says.

    ``status`` and ``body`` are the answer as received, so that nothing is lost.
    """

    def __init__(self, message: str, *, status: int, body: bytes) -> None:
        super().__init__(f"{message}; status {status}, body {_shown(body)}", sent=True)
        self.status = status
        self.body = body


class RejectedRows(UnexpectedReply):
    """Rows of a list that did not decode: ``rows`` holds the raw bytes of each.

    ``page`` is the reply without them; a ``Paginator`` yields its rows before it raises.
    """

    def __init__(
        self, message: str, *, status: int, body: bytes, rows: tuple[bytes, ...], page: object
    ) -> None:
        super().__init__(message, status=status, body=body)
        self.rows = rows
        self.page = page


class UncertainWrite(Protocol):
    """The request of a write whose fate is not known; ``wire.outgoing.Outgoing`` is one."""

    @property
    def name(self) -> str:
        """The name of the operation."""
        ...

    @property
    def client_order_ids(self) -> tuple[str, ...]:
        """The keys of the orders that it places."""
        ...

    @property
    def ticker(self) -> str | None:
        """The market of those orders, if they share one."""
        ...

    @property
    def subaccount(self) -> int | None:
        """The subaccount of those orders, if they share one."""
        ...


class OutcomeUnknown(KalshiError):
    """A write whose fate is not known: it may have been executed, once.

    ``client_order_ids`` are the keys under which its orders can be found;
    ``client_order_id`` is the first of them. ``ticker`` and ``subaccount`` say where to
    look. ``first_sent_ms`` and ``last_signed_ms`` are Unix milliseconds on the
    exchange's clock. ``__cause__`` is what went wrong. Do not simply send again:
    ``session.orders.resolve(error)`` finds out, also in another process.
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
        self.client_order_id = client_order_ids[0] if client_order_ids else None
        self.ticker = ticker
        self.subaccount = subaccount
        self.first_sent_ms = first_sent_ms
        self.last_signed_ms = last_signed_ms

    @classmethod
    def of(
        cls,
        write: UncertainWrite,
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
        advice = f"; resolve client_order_id {keys} before sending again" if keys else ""
        unknown = cls(
            message or f"{write.name} may or may not have been executed: {cause}{advice}",
            client_order_ids=write.client_order_ids,
            ticker=write.ticker,
            subaccount=write.subaccount,
            first_sent_ms=first_sent_ms,
            last_signed_ms=last_signed_ms,
            sent=sent,
        )
        unknown.operation = write.name
        unknown.__cause__ = cause
        return unknown

    def as_record(self) -> dict[str, str | int | None]:
        """Return what ``from_record`` needs, as plain JSON values, to resolve it elsewhere."""
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
        """Rebuild the error from a record that was written down, perhaps by another process."""
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
    """The exchange refused. ``code`` is lower-cased to branch on; ``raw_code`` is as sent.

    ``status`` is the HTTP status and ``message`` the exchange's text. ``details`` is the text
    or object that came with it, ``body`` the raw bytes and ``headers`` those of the reply.
    """

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
        shown = [str(part) for part in parts if part]
        if len(shown) == 1:
            shown.append(f"body {_shown(body)}")
        super().__init__(": ".join(shown), sent=True)
        self.status = status
        self.code = code.lower() if code else None
        self.raw_code = code
        self.message = message
        self.details = details
        self.body = body
        self.headers = headers

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of the reply with that name, in lower case, or None."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_advice(self, advice: str) -> Self:
        """Return the same error whose text ends with what to do about it."""
        return self.replace(message=f"{self}: {advice}")


class BadRequest(ApiError):
    """400: the exchange found a mistake in the request."""


class Unauthorized(ApiError):
    """401: key id, signature or timestamp was not accepted."""


class Forbidden(ApiError):
    """403: the key or the account may not do this."""


class NotFound(ApiError):
    """404: unknown, in another scope, or, for a mutation, no longer open."""


class Conflict(ApiError):
    """409: contradicts what the exchange holds, such as a client_order_id used before."""


class ExchangePaused(Conflict):
    """409: trading or the exchange is paused; certainly not executed."""


class RateLimited(ApiError):
    """429: the token bucket is empty; certainly not executed."""


class ServerError(ApiError):
    """5xx. After a read, try again; a write raises OutcomeUnknown from it."""


def _unpickled(kind: type[KalshiError], arguments: tuple[object, ...]) -> KalshiError:
    return kind.__new__(kind, *arguments)


def _shown(body: bytes) -> str:
    if len(body) <= BODY_SHOWN:
        return repr(body)
    return f"{body[:BODY_SHOWN]!r}... ({len(body)} bytes)"
