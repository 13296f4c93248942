"""Turn structs into JSON and JSON into structs, once, in C.

Teaches: msgspec beside FastAPI. Money leaves as the text that the Decimal is, and comes in as text or
a whole number: a float cannot hold cents and is refused. Fields bear the exchange's own names.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec
from fastapi import Request, Response
from msgspec import Struct

from kalshi_async import InvalidRequest

Body = TypeVar("Body")


class Key(Struct, forbid_unknown_fields=True):
    """A user's API key, as PEM text; on the sandbox nothing at all makes a guest."""

    key_id: str = ""
    private_key: str = ""
    subaccount: int = 0


class NewOrder(Struct, forbid_unknown_fields=True):
    """An order to place. With a client_order_id of its own, sending it twice is a 409."""

    ticker: str
    side: Literal["bid", "ask"]
    count: str | int
    price: str
    client_order_id: str | None = None
    time_in_force: str = "good_till_canceled"
    post_only: bool = False


class Doubt(Struct):
    """The ``record`` that came with a 504, as it came."""

    message: str
    client_order_id: str | None
    ticker: str | None
    subaccount: int | None
    first_sent_ms: int | None
    last_signed_ms: int | None


def reply(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return anything made of structs as JSON."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


async def body_of(request: Request, kind: type[Body]) -> Body:
    """Read a request's body as ``kind``; raises InvalidRequest naming what is wrong.

    JSON must be called so: before it sends that from the page of somebody else a browser asks, and
    is not answered, while plain text it would send without asking, cookie included.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise InvalidRequest("the body must be application/json")
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:  # the second: brackets, thousands deep
        raise InvalidRequest(str(error)) from error
