"""The road over loopback: a relay that refuses connections, falls silent or answers by itself.

A connection that was open when silence began stays silent for good, as behind a NAT that has
forgotten it; so does one that was opened while it lasted.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from kalshi_async.sandbox import Relay, Sandbox
from kalshi_async.sandbox.edge.operations import operation_of
from kalshi_async.sandbox.faults._raw_http import reply
from kalshi_async.sandbox.faults.relay import _Call, _Connection
from tests.outages.outage import Meets, Outage

FAULTS = ("refused", "silence", "5xx", "429")
"""What lasts on this road."""


class BrokenRelay(Relay):
    """Owner of the connections that are silent for good, and of the closed door."""

    def __init__(self, sandbox: Sandbox, outage: Outage) -> None:
        super().__init__(sandbox)
        self._outage = outage
        self._known: set[_Connection] = set()
        self._silent: set[_Connection] = set()
        self._door = ExitStack()
        self._resetting: set[asyncio.Task[None]] = set()
        outage.on_begin.append(self._begin)
        outage.on_end.append(self._door.close)

    async def __aexit__(self, *error: object) -> None:
        self._door.close()
        await super().__aexit__(*error)

    def _begin(self) -> None:
        if self._outage.fault == "silence":
            self._silent |= self._known
        if self._outage.fault == "refused":
            self._door.enter_context(self.refusing())
            for connection in self._known:
                if not connection.is_open:
                    continue
                task = asyncio.create_task(connection.reset(), name="reset")
                self._resetting.add(task)
                task.add_done_callback(self._resetting.discard)

    async def _relay(self, call: _Call) -> None:
        method, target, *_ = call.request.first_line.decode("latin-1").split(" ")
        await call.read_request()
        self._known.add(call._client)
        if call._client in self._silent:
            await _for_ever()
        meets = self._outage.meets(operation_of(method, target.partition("?")[0]))
        if meets is Meets.NOTHING:
            await call.send((await call.onward()).raw)
            return
        if meets is Meets.UNANSWERED:
            await call.onward()
        await self._fail(call, meets)

    async def _fail(self, call: _Call, meets: Meets) -> None:
        fault = self._outage.fault
        if fault == "silence":
            self._silent.add(call._client)
            await _for_ever()
        if fault == "refused" or (fault == "429" and meets is not Meets.FAULT):
            if call._client.is_open:  # otherwise reset together with the others
                await call.reset()
            return
        status = 429 if fault == "429" else 502
        await call.send(reply(status, b"text/html", b"<html></html>").raw)


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()
