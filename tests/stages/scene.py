"""A real exchange behind a scripted network: who loses what, and when, is up to the test.

The exchange runs in-process and shares the test's virtual clock; ``Scripted`` stands
between it and the session, so that "the request landed and its answer was lost" can be
told from "it never arrived".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from kalshi_async import AttemptEvent, CreateOrder, Hooks, ReplyEvent, Session, WaitEvent
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.scripted import Line, Scripted, body_of, delivered
from tests.stages.served import BASE_PATH, TICKER, session_of

RESET = httpx.ReadError("reset by peer")


@dataclass
class Scene:
    """Alice's session over a network that obeys the script."""

    sandbox: Sandbox
    network: Scripted
    inner: httpx.AsyncBaseTransport
    alice: SandboxAccount
    clock: VirtualClock
    exits: AsyncExitStack = field(repr=False)
    session: Session = field(init=False)
    attempts: list[AttemptEvent] = field(default_factory=list)
    replies: list[ReplyEvent] = field(default_factory=list)
    waits: list[WaitEvent] = field(default_factory=list)

    @property
    def account(self) -> Account:
        """Alice as the exchange knows her."""
        return self.alice.account

    def play(self, *script: Line, ever: Callable[[], Line] | None = None) -> None:
        """Script what the next requests meet, whatever they are; then all is well.

        ever: makes what all later requests meet, in place of "all is well": trouble that lasts.
        """
        self.network.requests.clear()
        self.network.play(*script, ever=ever)

    def landed(self, then: Exception | httpx.Response = RESET) -> Line:
        """A request that is executed and whose answer is lost, or replaced by another."""
        return delivered(self.inner, then)

    def meanwhile(self, act: Callable[[], object], line: Line = RESET) -> Line:
        """Something happens while a request is under way, which then meets ``line``."""

        async def happen(request: httpx.Request) -> httpx.Response:
            act()
            if isinstance(line, Exception):
                raise line
            assert callable(line)
            return await line(request)

        return happen

    @property
    def writes(self) -> list[httpx.Request]:
        """What was sent since ``play`` and changes something."""
        return [request for request in self.network.requests if request.method != "GET"]

    @property
    def reads(self) -> list[httpx.Request]:
        return [request for request in self.network.requests if request.method == "GET"]

    async def has_written(self, count: int = 1) -> None:
        """Let others run until that many writes have been sent."""
        for _ in range(1_000):
            if len(self.writes) >= count:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"{count} writes were never sent")

    def assert_resent(self, times: int | None = None) -> None:
        """One request so many times: the same bytes to the same place, each signed for its own time.

        times: None where it was sent until the deadline.
        """
        if times is None:
            times = len(self.writes)
            assert times > 4, "given up with time left"
        assert len(self.writes) == times
        assert len({(request.url, body_of(request)) for request in self.writes}) == 1
        assert len({request.headers["kalshi-access-timestamp"] for request in self.writes}) == times
        assert len({request.headers["kalshi-access-signature"] for request in self.writes}) == times

    async def again(self, **options: Any) -> Session:
        """Another process of alice's: a session of its own, on an undisturbed network by default."""
        options = {"base_transport": self.inner, **options}
        session = session_of(self.sandbox, self.alice, self.clock, **options)
        return await self.exits.enter_async_context(session)

    async def rest(self, price: str = "0.40", count: int = 10, **options: Any) -> str:
        """Alice rests a bid; returns its order_id."""
        order = CreateOrder(TICKER, "bid", count, price, **options)
        return (await self.session.orders.create(order)).order_id

    async def quote(self) -> str:
        """Rest an order in a group of its own; returns the group."""
        group = (await self.session.order_groups.create(contracts_limit=100)).order_group_id
        await self.rest(order_group_id=group, subaccount=0)
        self.play()
        return group


@asynccontextmanager
async def opened(
    clock: VirtualClock, *, tier: str = "advanced", read_lag_ms: int = 0, **options: Any
) -> AsyncIterator[Scene]:
    """Open a scene; ``options`` are those of ``Sandbox``. Its reads do not lag by themselves."""
    wire: list[RequestRecord] = []
    options = {"read_lag_ms": read_lag_ms, "observe": wire.append, **options}
    sandbox = Sandbox(tier=tier, clock=clock, seed=7, **options)
    inner = httpx.ASGITransport(sandbox.app)
    async with AsyncExitStack() as exits:
        network = Scripted(inner=inner)
        scene = Scene(sandbox, network, inner, sandbox.add_account("alice"), clock, exits)
        hooks = Hooks(
            on_attempt=scene.attempts.append, on_reply=scene.replies.append, on_wait=scene.waits.append
        )
        scene.session = await exits.enter_async_context(
            session_of(sandbox, scene.alice, clock, base_transport=network, hooks=hooks)
        )
        for heard in (scene.attempts, scene.replies, scene.waits):
            heard.clear()
        yield scene


def refusal(status: int, code: str, **fields: str) -> httpx.Response:
    """An error as the exchange words it."""
    body = {"error": {"code": code, "message": code.replace("_", " "), **fields}}
    return httpx.Response(status, content=msgspec.json.encode(body))


def new_order(count: int = 1, price: str = "0.10", **options: Any) -> CreateOrder:
    """A bid that rests."""
    return CreateOrder(TICKER, "bid", count, price, **options)


def path(tail: str) -> str:
    """A path of the exchange."""
    return BASE_PATH + tail
