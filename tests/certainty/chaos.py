"""The chaos of a soak: single faults, outages that last, and reads that lag, all drawn by a seed.

Outages are faults of the exchange's script, so that they work on both roads; only refused
connections are a matter of the road, and ``Chaos.is_refusing`` tells it.
"""

from __future__ import annotations

import random

import httpx

from kalshi_async.contract.orders import CREATE_ORDER
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import Answer, Delivery, Fault, replies as faults
from kalshi_async.sandbox.faults.script import ANY
from tests.certainty.world import Impatient

FAULT_RATE = 0.05
"""The share of requests that meet a single fault."""

PEACE_S = (0.5, 4.0)
"""Between two outages, at least and at most."""

OUTAGE_S = (0.3, 3.0)
"""An outage, at least and at most."""

LAGS_MS = (0, 300, 1_000, 2_000)
"""How far reads lag; drawn anew with every outage."""

SINGLE: tuple[Fault, ...] = (
    faults.TooManyRequests(),
    faults.ServerFailure(503),
    faults.ServerFailure(500, applied=True),
    faults.LoseReply(applied=False),
    faults.LoseReply(),
    faults.Delay(2.0),
    faults.Delay(2.0, applied=True),
    faults.Stall(),
    faults.Stall(applied=True),
    faults.DeliverTwice("first"),
)

LASTING: tuple[Fault, ...] = (
    faults.TooManyRequests(),
    faults.ServerFailure(503),
    faults.ServerFailure(502, applied=True),
    faults.LoseReply(applied=False),
    faults.LoseReply(),
    faults.Stall(),
    faults.Stall(applied=True),
)


class Chaos:
    """Outages one after the other. Owner of what lasts now; itself a fault of the script."""

    def __init__(self, exchange: Sandbox, seed: int, *, may_refuse: bool) -> None:
        self._exchange = exchange
        self._dice = random.Random(f"chaos {seed}")
        self._kinds: tuple[Fault | None, ...] = (*LASTING, None) if may_refuse else LASTING
        self._fault: Fault | None = None
        self.is_refusing = False
        """Whether no connection can be opened now."""
        self.outages = self.singles = 0
        """Outages and single faults so far."""
        exchange.faults.every(ANY, self)
        for fault in SINGLE:
            exchange.faults.sometimes(ANY, fault, rate=FAULT_RATE / len(SINGLE))
        # Of a create alone: a second cancel or amend is told the truth, that it is so already.
        exchange.faults.sometimes(
            CREATE_ORDER.name, faults.DeliverTwice("second"), rate=FAULT_RATE / len(SINGLE)
        )

    async def deliver(self, delivery: Delivery) -> Answer:
        """Let the outage answer, if there is one."""
        return await (delivery.onward() if self._fault is None else self._fault.deliver(delivery))

    def count(self) -> None:
        """Count the single faults that the script has played, and let it forget them."""
        played = self._exchange.faults.played
        self.singles += sum(each.fault is not self for each in played)
        played.clear()

    async def run(self) -> None:
        """Begin and end outages until canceled."""
        dice, clock = self._dice, self._exchange.clock
        while True:
            await clock.sleep(dice.uniform(*PEACE_S))
            self._exchange.faults.lag_reads(dice.choice(LAGS_MS))
            kind = dice.choice(self._kinds)
            self.outages += 1
            self.count()
            self._fault, self.is_refusing = kind, kind is None
            try:
                await clock.sleep(dice.uniform(*OUTAGE_S))
            finally:
                self._fault, self.is_refusing = None, False


class Door(Impatient):
    """The application in-process, whose door an outage may close."""

    chaos: Chaos

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.chaos.is_refusing:
            raise httpx.ConnectError("connection refused")
        return await super().handle_async_request(request)
