"""Errors of the library as HTTP replies: one table of statuses, and the body.

Teaches: keeping certainty across HTTP. A request of unknown outcome looks neither like success nor like a
failure: OutcomeUnknown is 504, and its body has the record that POST /api/orders/resolve takes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import cast

from fastapi import Request, Response

from examples.fastapi_backend.wire import reply
from kalshi_async import (
    ApiError,
    BadRequest,
    Conflict,
    CredentialsError,
    DeadlineExceeded,
    EndpointRetired,
    ExchangePaused,
    Forbidden,
    InvalidRequest,
    KalshiError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    RiskGateClosed,
    ThrottleTimeout,
    Unauthorized,
)

# An error, or its nearest base class in this table -> status, and Retry-After in seconds.
STATUSES = MappingProxyType(
    {
        InvalidRequest: (422, None),
        CredentialsError: (401, None),
        Unauthorized: (401, None),
        Forbidden: (403, None),
        NotFound: (404, None),
        Conflict: (409, None),
        ExchangePaused: (503, 30),
        BadRequest: (400, None),
        RateLimited: (429, 1),  # even the smallest bucket fills within a second or two
        ThrottleTimeout: (503, 1),
        RiskGateClosed: (503, None),
        NotSent: (503, 1),
        EndpointRetired: (501, None),
        DeadlineExceeded: (504, None),
        OutcomeUnknown: (504, None),
        KalshiError: (502, None),  # ReplyLost, ServerError, UnexpectedReply: the exchange's fault
    }
)


def status_of(error: KalshiError) -> tuple[int, int | None]:
    """Return the status of an error, and its Retry-After in seconds."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem(error: KalshiError) -> dict[str, object]:
    """Return an error as JSON values. ``sent``: can the exchange have acted on it (null: unknown)?"""
    return {
        "error": type(error).__name__,
        "message": str(error),
        "sent": error.sent,
        "code": error.code if isinstance(error, ApiError) else None,
        "record": error.as_record() if isinstance(error, OutcomeUnknown) else None,
    }


async def refuse(_: Request, error: Exception) -> Response:
    """Answer a request that failed; FastAPI calls this for every KalshiError."""
    known = cast(KalshiError, error)
    status, retry_after_s = status_of(known)
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return reply(problem(known), status, headers)
