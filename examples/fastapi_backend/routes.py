"""Orders, positions and fills as JSON, and the stream that shows them live.

Teaches: FastAPI over structs. The library validates the requests, and its replies are encoded as JSON
without another model.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from msgspec import structs

from examples.fastapi_backend.desk import Desk
from examples.fastapi_backend.stream import HEADERS, events
from examples.fastapi_backend.wire import Doubt, NewOrder, body_of, reply
from kalshi_async import CreateOrder, OutcomeUnknown

COOKIE = "desk"
router = APIRouter(prefix="/api")


async def visited(request: Request) -> AsyncIterator[Desk]:
    """Yield the desk of the user's cookie; it stays open until the reply has been sent."""
    with request.app.state.desks.visit(request.cookies.get(COOKIE, "")) as desk:
        yield desk


TheDesk = Annotated[Desk, Depends(visited)]
Rows = Annotated[int, Query(ge=1, le=1000)]


@router.get("/orders")
async def orders(
    desk: TheDesk, status: Literal["resting", "canceled", "executed"] | None = None, limit: Rows = 100
) -> Response:
    return reply(await desk.session.orders.list(status=status, limit=limit).collect(limit))


@router.post("/orders")
async def create_order(desk: TheDesk, request: Request) -> Response:
    order = CreateOrder(**structs.asdict(await body_of(request, NewOrder)))
    return reply(await desk.session.orders.create(order), 201)


@router.post("/orders/resolve")
async def resolve_order(desk: TheDesk, request: Request) -> Response:
    """Find out whether the order of a 504 was placed. The body is the ``record`` of that reply."""
    error = OutcomeUnknown.from_record(structs.asdict(await body_of(request, Doubt)))
    return reply(await desk.session.orders.resolve(error))


@router.delete("/orders/{order_id}")
async def cancel_order(desk: TheDesk, order_id: str, ticker: str | None = None) -> Response:
    return reply(await desk.session.orders.cancel(order_id, ticker=ticker))


@router.get("/positions")
async def positions(desk: TheDesk, limit: Rows = 100) -> Response:
    return reply(await desk.session.positions.list(limit=limit).collect(limit))


@router.get("/fills")
async def fills(desk: TheDesk, limit: Rows = 100) -> Response:
    return reply(await desk.session.fills.list(limit=limit).collect(limit))


@router.get("/events")
async def stream(desk: TheDesk, request: Request) -> Response:
    body = events(desk, request.app.state.markets)
    return StreamingResponse(body, media_type="text/event-stream", headers=HEADERS)
