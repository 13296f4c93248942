"""Replies to batches, changed on their way back from the exchange."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.stages.scene import Scene
from tests.stages.scripted import Line, body_of

Row = dict[str, Any]


READS_OF_ONE_LOOK = 2
"""How fresh reads are, and the orders; a fresh read shows an order at once."""


def changed(entry: Row, **changes: object) -> Row:
    """Return an entry with changes; ``...`` leaves a field out."""
    return {key: value for key, value in (entry | changes).items() if value is not ...}


def pieces_of(scene: Scene) -> list[list[Row]]:
    """Return the items of every batch that was sent."""
    return [json.loads(body_of(request))["orders"] for request in scene.writes]


def rewritten(scene: Scene, change: Any) -> Line:
    """Let the exchange answer, and change the list of entries on its way back."""

    async def deliver(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        await response.aread()
        entries = response.json()["orders"]
        return httpx.Response(response.status_code, json={"orders": change(entries)})

    return deliver
