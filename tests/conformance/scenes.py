"""Kinds of scenes: what a scene is, and the plain ones that many examples share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.conformance.examples import Request
from tests.conformance.stage import BASE, EVENTS, TICKER, Stage, create
from tests.stages.members import Json

Scene = Callable[[Stage], Awaitable[Request | None]]
"""Leads the exchange to where an example begins.

For an example without a request it returns the one to send.
"""


async def an_account(stage: Stage) -> None:
    await stage.open()


def refused_create(**changes: object) -> Scene:
    """A create that the exchange refuses without more ado."""

    async def scene(stage: Stage) -> Request:
        await stage.open()
        return create(**changes)

    return scene


def refused_amend(**changes: object) -> Scene:
    """An amend of the order of the examples that repeats its terms, but for the changes."""

    async def scene(stage: Stage) -> Request:
        await stage.open()
        order_id = await stage.order()
        terms: Json = {"ticker": TICKER, "side": "bid", "price": "0.4800", "count": "10.00"}
        return Request("POST", f"{BASE}{EVENTS}/{order_id}/amend", terms | changes)

    return scene


def refused_decrease(body: Json) -> Scene:
    """A decrease of the order of the examples."""

    async def scene(stage: Stage) -> Request:
        await stage.open()
        order_id = await stage.order()
        return Request("POST", f"{BASE}{EVENTS}/{order_id}/decrease", body)

    return scene


def gone(method: str, path: str, body: object = None) -> Scene:
    """A request about an order that was canceled; ``path`` has a place for its id."""

    async def scene(stage: Stage) -> Request:
        await stage.open()
        order_id = await stage.order()
        await stage.mutate(f"{EVENTS}/{order_id}", method="DELETE")
        return Request(method, BASE + path.format(order_id), body)

    return scene


def unknown(method: str, path: str, body: object = None, **query: object) -> Scene:
    """A request about something that nobody has."""

    async def scene(stage: Stage) -> Request:
        await stage.open()
        return Request(method, BASE + path, body, query)

    return scene
