"""The road in-process: the exchange's application behind a base transport that breaks.

It knows no connections: every request opens a new one, so that each fault is met at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.edge.operations import operation_of
from tests.outages.outage import Meets, Outage

FLIGHT_S = 0.02
"""One way."""

PAGE = "<html><body><h1>{}</h1></body></html>"


class BrokenTransport(httpx.AsyncBaseTransport):
    """Delivers requests to the application while the outage lets it. Owns what is on its way."""

    def __init__(self, sandbox: Sandbox, outage: Outage) -> None:
        self._inner = httpx.ASGITransport(sandbox.app)
        self._outage = outage
        self._on_the_way: set[asyncio.Task[httpx.Response]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or fail as the outage says."""
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        meets = self._outage.meets(operation_of(request.method, path))
        await asyncio.sleep(FLIGHT_S)
        if meets is Meets.NOTHING:
            return await self._answered(request)
        if meets is Meets.UNANSWERED:
            answer = self.deliver(request)
            await asyncio.wait({answer})
            if self._outage.fault == "late delivery":
                return await self._awaited(request, self._after_the_outage(answer))
        return await FAULTS[self._outage.fault](self, request, meets)

    async def landed(self) -> None:
        """Wait until everything on its way has arrived."""
        while self._on_the_way:
            await asyncio.wait(self._on_the_way)

    def deliver(self, request: httpx.Request, at_s: float = 0.0) -> asyncio.Task[httpx.Response]:
        """Deliver a request now, or later, whether or not its client still waits."""
        task = asyncio.create_task(self._delivered(request, at_s), name="on its way")
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)
        return task

    async def refused(self, request: httpx.Request, meets: Meets) -> httpx.Response:
        """RST: to a request under way, or to the attempt to connect."""
        if meets is not Meets.FAULT:
            raise httpx.ReadError("the connection broke")
        raise httpx.ConnectError("connection refused")

    async def without_names(self, request: httpx.Request, meets: Meets) -> httpx.Response:
        """No name is looked up: after a break, connecting hangs."""
        if meets is not Meets.FAULT:
            raise httpx.ReadError("the connection broke")
        left_s, connect_s = self._outage.ends_s - _now_s(), _timeout_s(request, "connect")
        await asyncio.sleep(min(left_s, connect_s))
        if left_s >= connect_s:
            raise httpx.ConnectTimeout("the name was not looked up in time")
        return await self._answered(request)

    async def silence(self, request: httpx.Request, _: Meets) -> httpx.Response:
        """Bytes are swallowed."""
        await asyncio.sleep(_timeout_s(request, "read"))
        raise httpx.ReadTimeout("no answer in time")

    async def late_delivery(self, request: httpx.Request, _: Meets) -> httpx.Response:
        """Bytes are held, and delivered when the outage is over."""
        return await self._awaited(request, self.deliver(request, self._outage.ends_s))

    async def failure(self, request: httpx.Request, _: Meets) -> httpx.Response:
        """A gateway's 502, or the exchange's own 503."""
        if self._outage.uses_html:
            return httpx.Response(502, html=PAGE.format(502))
        return httpx.Response(503, json={"error": {"code": "service_unavailable", "message": "down"}})

    async def gateway(self, request: httpx.Request, meets: Meets) -> httpx.Response:
        """A gateway counts by itself."""
        if meets is not Meets.FAULT:
            raise httpx.ReadError("the connection broke")
        if self._outage.uses_html:
            return httpx.Response(429, html=PAGE.format(429))
        return httpx.Response(429, json={"error": "too many requests"})

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        return await self._awaited(request, self.deliver(request))

    async def _awaited(self, request: httpx.Request, answer: asyncio.Task[httpx.Response]) -> httpx.Response:
        try:
            async with asyncio.timeout(_timeout_s(request, "read")):
                response = await asyncio.shield(answer)
                await asyncio.sleep(FLIGHT_S)
                return response
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error

    async def _delivered(self, request: httpx.Request, at_s: float) -> httpx.Response:
        await asyncio.sleep(max(0.0, at_s - _now_s()))
        return await self._inner.handle_async_request(request)

    def _after_the_outage(self, answer: asyncio.Task[httpx.Response]) -> asyncio.Task[httpx.Response]:
        async def held() -> httpx.Response:
            await asyncio.sleep(max(0.0, self._outage.ends_s - _now_s()))
            return answer.result()

        task = asyncio.create_task(held(), name="held")
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)
        return task


Fault = Callable[[BrokenTransport, httpx.Request, Meets], Awaitable[httpx.Response]]

FAULTS: Mapping[str, Fault] = {
    "refused": BrokenTransport.refused,
    "silence": BrokenTransport.silence,
    "late delivery": BrokenTransport.late_delivery,
    "5xx": BrokenTransport.failure,
    "429": BrokenTransport.gateway,
    "DNS down": BrokenTransport.without_names,
}
"""What lasts on this road."""


def _timeout_s(request: httpx.Request, kind: str) -> float:
    seconds: float = request.extensions["timeout"][kind]
    return seconds


def _now_s() -> float:
    return asyncio.get_running_loop().time()
