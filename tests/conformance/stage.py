"""Where the examples play: an exchange, its members, and short words to set a scene."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal

import httpx

from kalshi_async.sandbox import Rules, Sandbox
from kalshi_async.sandbox.engine.state import Side
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conformance.comparing import Identifiers
from tests.conformance.examples import Request
from tests.stages.members import BASE, OTHER_TICKER, TICKER, Json, Member, new_order

__all__ = ["BASE", "OTHER_TICKER", "TICKER", "Stage", "create"]

# Identifiers and names of the examples.
ORDER = "7b1c2f0e-52a4-4c9d-8f1e-0a6b3d9e4c21"
SECOND_ORDER = "c4e9d7a1-0b35-4f6a-b7c2-5d8e1f2a3b4c"
GROUP = "5a9e3c77-1f42-4d8b-9e60-2b7c8d1a4f53"
TRANSFER = "aa11bb22-cc33-4d44-8e55-ff6677889900"
CLIENT_ORDER_ID = "sim-20261122-0001"
OLD_TICKER = "KXHIGHNY-26JUL04-B90.5"
EVENTS = "/portfolio/events/orders"
GROUPS = "/portfolio/order_groups"


class Stage:
    """One exchange for one example; ``open`` before anything else."""

    sandbox: Sandbox
    alice: Member

    def __init__(self, clock: VirtualClock, resources: AsyncExitStack) -> None:
        self.clock = clock
        self.known = Identifiers()
        self._resources = resources

    async def open(
        self,
        *,
        cash: int = 10_000,
        tier: str = "off",
        is_fcm: bool = False,
        **switches: object,
    ) -> Member:
        """Open the exchange and alice's account; return her. ``switches`` are fields of ``Rules``."""
        rules = replace(Rules(read_lag_ms=0), **switches)  # type: ignore[arg-type]  # replace checks the names
        self.sandbox = Sandbox(tier=tier, clock=self.clock, seed=7, rules=rules)
        transport = httpx.ASGITransport(self.sandbox.app)
        http = httpx.AsyncClient(transport=transport, base_url="http://exchange")
        await self._resources.enter_async_context(http)
        account = self.sandbox.add_account("alice", cash=Decimal(cash), is_fcm=is_fcm)
        self.alice = Member(http, account, self.clock)
        return self.alice

    async def send(self, request: Request) -> httpx.Response:
        """Send a request of an example, with our identifiers in the place of its own."""
        path = self.known.translate(request.path.removeprefix(BASE))
        body = json.loads(self.known.translate(json.dumps(request.body)))
        query = {name: self.known.translate(str(value)) for name, value in request.query.items()}
        return await self.alice.send(request.method, path, body, **query)

    async def mutate(self, path: str, body: Json | None = None, method: str = "POST") -> Json:
        """Send a mutation that must work, and return its reply."""
        reply = await self.alice.send(method, path, {} if body is None else body)
        assert reply.is_success, reply.text
        document: Json = reply.json() if reply.content else {}
        return document

    async def order(self, name: str = ORDER, **changes: object) -> str:
        """Let alice rest the order of the examples (10 at 0.48), known as ``name``."""
        order_id = str((await self.alice.rest(**changes))["order_id"])
        assert self.known.learn(name, order_id)
        return order_id

    async def group(self, **body: object) -> str:
        """Let alice create the group of the examples."""
        reply = await self.mutate(GROUPS + "/create", {"contracts_limit": 100} | body)
        assert self.known.learn(GROUP, reply["order_group_id"])
        return str(reply["order_group_id"])

    async def subaccounts(self, count: int) -> None:
        """Open subaccounts 1 to ``count``."""
        for _ in range(count):
            await self.mutate("/portfolio/subaccounts")

    def quote(self, side: Side, price: str, count: str | int, ticker: str = TICKER) -> None:
        """Let somebody else rest an order."""
        self.sandbox.exchange.market(ticker).quote(side, price, Decimal(count))

    def trade(self, side: Side, price: str, count: str | int, ticker: str = TICKER) -> None:
        """Let somebody else take what rests."""
        self.sandbox.exchange.market(ticker).trade(side, price, Decimal(count))

    async def fill_three(self) -> None:
        """Rest the order of the examples and let three of its ten contracts fill."""
        await self.order(client_order_id=CLIENT_ORDER_ID)
        self.trade("ask", "0.48", 3)

    async def sell_three(self) -> None:
        """Act out "ask that takes liquidity immediately": 3 of 5 on the other market."""
        self.quote("bid", "0.48", 3, OTHER_TICKER)
        taking = {
            "ticker": OTHER_TICKER, "side": "ask", "count": "5.00", "price": "0.4700",
            "time_in_force": "immediate_or_cancel", "client_order_id": "sim-20261122-0002",
        }  # fmt: skip
        await self.order(SECOND_ORDER, **taking)

    async def old_fill(self) -> None:
        """Fill the order of the examples in a market of July, and archive everything."""
        self.sandbox.exchange.markets.add(OLD_TICKER)
        await self.order(client_order_id=CLIENT_ORDER_ID, ticker=OLD_TICKER)
        self.trade("ask", "0.48", 10, OLD_TICKER)
        await self.archive()

    async def archive(self) -> None:
        """Move the cutoff of the historical tier to now."""
        await self.clock.sleep(1)
        self.sandbox.exchange.historical_cutoff_us = self.clock.now_ms() * 1_000


def create(**changes: object) -> Request:
    """Return a create of the order of the examples, with changes."""
    return Request("POST", BASE + EVENTS, new_order(**changes))
