"""The addresses of hosts: look-ups on threads of their own, and what earlier ones have found.

A look-up runs in the C library and cannot be stopped; while a name server is silent it may take
half a minute. On the default executor of the loop, a few such look-ups would take every thread
from the program. Here each has a daemon thread, which holds up neither the program nor its exit.

There is one look-up per host at a time, and all that connect to the host share its answer. One
that has hung for ``OVERTAKE_S`` is given up by starting another beside it: the name server may be
back long before the C library asks it again. If a look-up fails or is slow, the addresses that
the last good one has found are used. The address that answered last is tried first.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import zip_longest
from threading import Thread
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

PATIENCE_S = 0.25
"""Seconds to wait for a look-up when addresses are known from an earlier one (ours)."""

OVERTAKE_S = 2.0
"""Seconds after which a second look-up is started beside one that hangs (ours; glibc asks again after 5)."""

MOST_LOOK_UPS = 4
"""Look-ups of one host under way, at most (ours)."""


@dataclass(slots=True)
class _Host:
    found: list[str] = field(default_factory=list)  # by the last look-up that succeeded
    preferred: str | None = None  # the address that answered last
    look_up: asyncio.Task[list[str]] | None = None
    started_s: float = 0.0

    def hear(self, look_up: asyncio.Task[list[str]]) -> None:
        """Keep what a look-up has found, also if nobody waits for it any longer."""
        if not look_up.cancelled() and look_up.exception() is None:
            self.found = look_up.result()


class Addresses:
    """Answers with the addresses of a host. Owner of the look-ups and of what they have found."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    async def of(self, name: str, port: int) -> list[str]:
        """Return the addresses in the order in which to try them; raises OSError or UnicodeError."""
        try:
            return [str(ip_address(name))]  # an address already
        except ValueError:
            host = self._hosts.setdefault(name, _Host())
        loop = asyncio.get_running_loop()
        if host.look_up is None or host.look_up.done():
            host.look_up, host.started_s = loop.create_task(_look_up(name, port)), loop.time()
            host.look_up.add_done_callback(host.hear)
        patience_s = max(0.0, host.started_s + PATIENCE_S - loop.time()) if host.found else None
        try:
            async with asyncio.timeout(patience_s):
                # Shielded: the look-up goes on for the others if this request is canceled.
                await asyncio.shield(host.look_up)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            if not host.found:
                raise
        return in_order(host.found, host.preferred)

    def prefer(self, name: str, address: str) -> None:
        """Remember the address that answered."""
        if name in self._hosts:
            self._hosts[name].preferred = address

    def close(self) -> None:
        """Stop waiting for look-ups; their threads end by themselves."""
        for look_up in [host.look_up for host in self._hosts.values() if host.look_up is not None]:
            look_up.cancel()


def in_order(found: Sequence[str], preferred: str | None) -> list[str]:
    """Return the preferred address first, then IPv6 and IPv4 in turn, as RFC 8305 says.

    The system lists all of one kind first. If that kind does not work here, each of its
    addresses would hold up the first address that works.
    """
    first = [address for address in found if (":" in address) == (":" in found[0])]
    second = [address for address in found if address not in first]
    mixed = [address for pair in zip_longest(first, second) for address in pair if address is not None]
    return sorted(mixed, key=lambda address: address != preferred)


async def _look_up(name: str, port: int) -> list[str]:
    """Return the first answer; start another look-up beside one that hangs."""
    under_way: set[asyncio.Task[list[str]]] = set()
    try:
        while True:
            under_way.add(asyncio.create_task(resolved(name, port)))
            limit_s = OVERTAKE_S if len(under_way) < MOST_LOOK_UPS else None
            done, _ = await asyncio.wait(under_way, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                return each.result()
    finally:
        for each in under_way:
            each.cancel()


async def resolved(name: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host; raises OSError, or UnicodeError for no name at all."""
    found = await asyncio.get_running_loop().run_in_executor(_THREADS, _resolve, name, port)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def _resolve(name: str, port: int) -> Sequence[tuple[object, object, object, object, tuple[object, ...]]]:
    return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)


class _DaemonThreads(Executor):
    """Runs each call on a daemon thread of its own. An executor, so that any event loop can wait for it."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        future: Future[Result] = Future()
        future.set_running_or_notify_cancel()  # from here on it cannot be canceled, only abandoned

        def run() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # handed to the one that waits
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=run, name="kalshi_async look-up", daemon=True).start()
        return future


_THREADS = _DaemonThreads()
