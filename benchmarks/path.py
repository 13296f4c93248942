"""Measure the path from a call to its reply, for this library alone; takes about a minute.

    python benchmarks/path.py [--top N] [--rounds N] [--stock]

First, cProfile counts the function calls of a create, a cancel and a page of 100 orders. The
signature is a constant and the connection is in memory, so the number is the same in every run of
one Python version. Then the CPU time of each is compared with that of the floor over loopback. Both
run in turns in this process, the canned exchange runs in another, and ratios are taken within a
round. ``--top`` lists the functions that are called most; ``--stock`` uses httpx's transport.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import socket
import sys
import timeit
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import process_time
from types import CodeType

from compare.adapter import KEY_ID, Adapter, Target
from compare.adapters import floor, ours, ours_over_httpx
from compare.answers import BASE_PATH, answer
from compare.canned import Connection, canned_exchange
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rounds import Case, Rounds, machine

from kalshi_async.contract.orders import GET_ORDERS
from kalshi_async.wire.decoding import decode
from kalshi_async.wire.incoming import Incoming

HERE = Path(__file__).parent
COUNTED = 100
BATCH = 150
ROWS = 100
PAGES = (100, 200, 1000)
MOST_CALLS = 350
MOST_FLOORS = 2.5


class MemoryTransport(asyncio.Transport):
    """One end of a connection in memory. Written bytes arrive at the next turn of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Some clients ask for the socket. No byte is ever written to this pair.
        self._pair = socket.socketpair()
        super().__init__({"socket": self._pair[0]})
        self._loop = loop

    def connect(self, protocol: asyncio.Protocol, far: MemoryTransport, to: asyncio.Protocol) -> None:
        """Connect ``protocol``, which writes here, with ``to``, whose own transport is ``far``."""
        self._protocol, self._far, self._to = protocol, far, to
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._loop.call_soon(self._to.data_received, bytes(data))

    def is_closing(self) -> bool:
        return self._pair[0].fileno() < 0

    def close(self) -> None:
        if not self.is_closing():
            for end in self._pair:
                end.close()
            self._loop.call_soon(self._protocol.connection_lost, None)
            self._loop.call_soon(self._far.close)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        """Do nothing: data is pushed, and never read ahead."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: there is no buffer."""


class LoopInMemory(asyncio.SelectorEventLoop):
    """An event loop on which every connection is to a canned exchange in memory."""

    async def create_connection(  # type: ignore[override]  # only the arguments of a TCP client
        self, protocol_factory: Callable[[], asyncio.Protocol], *_: object, **__: object
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        protocol, exchange = protocol_factory(), Connection()
        near, far = MemoryTransport(self), MemoryTransport(self)
        far.connect(exchange, near, protocol)
        near.connect(protocol, far, exchange)
        return near, protocol


def target(url: str) -> Target:
    """Return a target at ``url`` that replaces the signature by a constant."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Target(url, KEY_ID, pem, nosign=True)


def calls_of(adapter: Adapter) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Return the calls that are measured, by name."""
    return {
        "create": adapter.create,
        "cancel": adapter.cancel,
        f"page of {ROWS}": lambda: adapter.page(ROWS),
    }


async def counted(adapter: Adapter) -> Mapping[str, Counter[str]]:
    """Return how often each function was called in ``COUNTED`` calls of each kind.

    Functions that the canned exchange, the adapter or this file calls are not counted.
    """
    await adapter.open(target("http://127.0.0.1:1/trade-api/v2"))
    counts = {}
    for name, call in calls_of(adapter).items():
        for _ in range(20):  # fill caches, open the connection
            await call()
        profile = cProfile.Profile()
        gc.disable()  # a collection would add calls of finalizers
        profile.enable()
        for _ in range(COUNTED):
            await call()
        profile.disable()
        gc.enable()
        counts[name] = _without_ourselves(profile)
    await adapter.close()
    return counts


def _without_ourselves(profile: cProfile.Profile) -> Counter[str]:
    counts: Counter[str] = Counter()
    for entry in profile.getstats():
        if not _is_here(entry.code):
            counts[_named(entry.code)] += entry.callcount
            continue
        for called in entry.calls or ():
            if isinstance(called.code, str):  # a builtin: it makes no further calls
                counts[_named(called.code)] -= called.callcount
    return counts


def _is_here(code: str | CodeType) -> bool:
    return not isinstance(code, str) and Path(code.co_filename).is_relative_to(HERE)


def _named(code: str | CodeType) -> str:
    if isinstance(code, str):
        return code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_firstlineno} {code.co_name}"


def costs(measured: Adapter, rounds: int) -> Rounds:
    """Measure the CPU seconds of each call, of this library and of the floor."""
    with canned_exchange() as exchange, asyncio.Runner() as runner:
        cases: dict[str, Case] = {}
        for library, adapter in (("floor", floor.adapter), ("ours", measured)):
            runner.run(adapter.open(target(exchange.plain)))
            for name, call in calls_of(adapter).items():
                cases[f"{library} {name}"] = lambda call=call: runner.run(_batch(call))  # type: ignore[misc]
        found = Rounds(cases, count=rounds)
        runner.run(measured.close())
        runner.run(floor.adapter.close())
    return found


async def _batch(call: Callable[[], Awaitable[object]]) -> float:
    await call()
    started_s = process_time()
    for _ in range(BATCH):
        await call()
    return (process_time() - started_s) / BATCH


def stall_ms(rows: int) -> float:
    """Return the time for which a page of orders blocks the event loop: the time to decode it."""
    target = b"%b/portfolio/orders?limit=%d" % (BASE_PATH, rows)
    body = answer(b"GET", target, b"").partition(b"\r\n\r\n")[2]
    incoming = Incoming(200, (), body)
    return min(timeit.repeat(lambda: decode(GET_ORDERS, incoming), number=1, repeat=30)) * 1000


def main() -> int:
    """Print the results; return 1 if a create misses a target."""
    parser = argparse.ArgumentParser(description="Measure the path from a call to its reply.")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="list the N most called functions")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--stock", action="store_true", help="over httpx's own transport")
    options = parser.parse_args()
    measured = (ours_over_httpx if options.stock else ours).adapter
    print(machine("httpx", "msgspec"))
    with asyncio.Runner(loop_factory=LoopInMemory) as runner:
        counts = runner.run(counted(measured))
    for name, of_functions in counts.items():
        print(f"{name:>12}: {of_functions.total() / COUNTED:7.1f} function calls")
        for function, times in of_functions.most_common(options.top):
            print(f"{times / COUNTED:22.1f}  {function}")
    found = costs(measured, options.rounds)
    for name in counts:
        ratio = found.ratio(f"ours {name}", f"floor {name}")
        took = f"{found.microseconds(f'ours {name}'):.0f} µs to {found.microseconds(f'floor {name}'):.0f} µs"
        print(f"{name:>12}: {ratio:7.2f} times the CPU time of the floor ({took})")
    for rows in PAGES:
        print(f"{rows:>5} orders: the event loop is blocked for {stall_ms(rows):.1f} ms")
    is_met = counts["create"].total() <= MOST_CALLS * COUNTED
    return 0 if is_met and found.ratio("ours create", "floor create") <= MOST_FLOORS else 1


if __name__ == "__main__":
    sys.exit(main())
