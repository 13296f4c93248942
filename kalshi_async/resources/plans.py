"""The plan of a batch create: its requests, their tokens and their waits. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kalshi_async.calls.context import Context
from kalshi_async.contract.orders import BATCH_CREATE_ORDERS
from kalshi_async.requests.orders import CreateOrder
from kalshi_async.resources._placing import chunks


@dataclass(frozen=True, slots=True)
class PlannedChunk:
    """One request of a planned batch."""

    orders: Sequence[CreateOrder]
    """Orders of the request."""
    tokens: int
    """Write tokens that the request costs."""
    wait_s: float
    """Seconds from the planning until the tokens are granted."""


def plan_items(context: Context, orders: Sequence[CreateOrder]) -> list[PlannedChunk]:
    """Return the plan that ``orders.plan_batch`` describes."""
    pipeline = context.pipeline
    pieces = list(chunks(context, BATCH_CREATE_ORDERS, orders))
    costs = [pipeline.limits.cost(BATCH_CREATE_ORDERS, pipeline.base_path, len(piece)) for piece in pieces]
    bucket = pipeline.limits.bucket(BATCH_CREATE_ORDERS.bucket)
    waits_s = bucket.schedule_s(costs, BATCH_CREATE_ORDERS.priority)
    return [PlannedChunk(*planned) for planned in zip(pieces, costs, waits_s, strict=True)]
