"""What a scene is: what is there before, what is asked, and what it does.

``effects`` counts in the ledger of the exchange how often the request was carried out;
``agrees`` compares a reply with that ledger. A batch has one effect count per leg.
"""

from __future__ import annotations

from typing import ClassVar

from kalshi_async import BatchResult, CreateOrder
from kalshi_async.contract import Operation
from kalshi_async.sandbox.engine.state import Order
from tests.certainty.world import World


class Scene:
    """A request and its traces. One object plays one case."""

    operation: ClassVar[Operation[object]]
    tier: ClassVar[str] = "advanced"
    # Refusals that say "it is so already": true of a request that a proxy delivered twice. None for
    # what has a key that reads show: there the client must find out that it was its own.
    already: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, world: World) -> None:
        self.world = world

    async def prepare(self) -> None:
        """Place what must be there before; nothing by default."""

    async def act(self) -> object:
        """Make the request through the session's public method."""
        raise NotImplementedError

    def effects(self) -> list[int]:
        """Count how often each leg was carried out."""
        raise NotImplementedError

    def agrees(self, reply: object) -> bool:
        """Whether a reply of success says what the ledger says."""
        return True

    @property
    def requests(self) -> list[CreateOrder]:
        """Orders that can be resolved by their keys, one per leg; none for most scenes."""
        return []


class OnOrder(Scene):
    async def prepare(self) -> None:
        self.placed = await self.world.rest("order")

    @property
    def order(self) -> Order:
        return self.world.account.orders[self.placed.order_id]


def legs_of(answer: object) -> list[object]:
    """Split an answer into one reply or error per leg."""
    if isinstance(answer, BatchResult):
        return [leg.reply if leg.error is None else leg.error for leg in answer]
    return [answer]
