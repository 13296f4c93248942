"""Structs to JSON and back, with msgspec.

Teaches: msgspec beside FastAPI. Money is sent as text and accepted as text or a whole number. A float
is refused, because most amounts in cents have no exact float. Fields have the exchange's own names.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec
from fastapi import Request, Response
from msgspec import Struct

from kalshi_async import InvalidRequest

Body = TypeVar("Body")


class Key(Struct, forbid_unknown_fields=True):
    """A user's API key, the private key as PEM text. On the sandbox, an empty one logs in a guest."""

    key_id: str = ""
    private_key: str = ""
    subaccount: int = 0


class NewOrder(Struct, forbid_unknown_fields=True):
    """An order to place. With a client_order_id, sending it a second time answers 409."""

    ticker: str
    side: Literal["bid", "ask"]
    count: str | int
    price: str
    client_order_id: str | None = None
    time_in_force: str = "good_till_canceled"
    post_only: bool = False


class Doubt(Struct):
    """The ``record`` in the body of a 504."""

    message: str
    client_order_id: str | None
    ticker: str | None
    subaccount: int | None
    first_sent_ms: int | None
    last_signed_ms: int | None


def reply(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a reply with ``value`` as JSON."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


async def body_of(request: Request, kind: type[Body]) -> Body:
    """Read a request's body as ``kind``. Raises InvalidRequest, which names the mistake.

    The content type must be application/json. This stops requests from the pages of other sites: a
    browser sends plain text across sites without asking, but JSON only after a preflight request, which
    this backend does not answer.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise InvalidRequest("the body must be application/json")
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:  # the second: thousands of nested brackets
        raise InvalidRequest(str(error)) from error
