"""What the path from a call to its reply costs, ours alone: a minute's look while changing it.

    python benchmarks/path.py [--top N] [--rounds N] [--stock]

First the function calls of a create, a cancel and a page of 100 orders, counted by cProfile
with a constant in place of the signature and a connection in memory: the same number in every
run of one Python version. Then the CPU time of each against the raw floor over loopback, both
in this process and in turns, the canned exchange in one of its own: ratios within a round.
``--top`` lists the functions that are called most; ``--stock`` goes over httpx's transport.
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


class Line(asyncio.Transport):
    """One end of a connection in memory: what is written arrives at the loop's next turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Some clients look at the socket: this pair is never written to.
        self._pair = socket.socketpair()
        super().__init__({"socket": self._pair[0]})
        self._loop = loop

    def connect(self, protocol: asyncio.Protocol, far: Line, to: asyncio.Protocol) -> None:
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
        """Do nothing: nothing is read before it is there."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: there is no buffer."""


class LoopInMemory(asyncio.SelectorEventLoop):
    """An event loop on which every connection leads to a canned exchange in memory."""

    async def create_connection(  # type: ignore[override]  # only what a client of TCP says
        self, protocol_factory: Callable[[], asyncio.Protocol], *_: object, **__: object
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        protocol, exchange = protocol_factory(), Connection()
        near, far = Line(self), Line(self)
        far.connect(exchange, near, protocol)
        near.connect(protocol, far, exchange)
        return near, protocol


def target(url: str) -> Target:
    """Return whom to ask, without the work of a private key."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Target(url, KEY_ID, pem, nosign=True)


def calls_of(adapter: Adapter) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Return what is looked at."""
    return {
        "create": adapter.create,
        "cancel": adapter.cancel,
        f"page of {ROWS}": lambda: adapter.page(ROWS),
    }


async def counted(adapter: Adapter) -> Mapping[str, Counter[str]]:
    """Return how often each function was called in ``COUNTED`` calls of each kind.

    What the canned exchange, the adapter and this file call is taken out again.
    """
    await adapter.open(target("http://127.0.0.1:1/trade-api/v2"))
    counts = {}
    for name, call in calls_of(adapter).items():
        for _ in range(20):  # caches fill, the connection opens
            await call()
        profile = cProfile.Profile()
        gc.disable()  # a collection would call whatever it finds to finalize
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
            if isinstance(called.code, str):  # a builtin, which has no callees of its own
                counts[_named(called.code)] -= called.callcount
    return counts


def _is_here(code: str | CodeType) -> bool:
    return not isinstance(code, str) and Path(code.co_filename).is_relative_to(HERE)


def _named(code: str | CodeType) -> str:
    if isinstance(code, str):
        return code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_firstlineno} {code.co_name}"


def costs(measured: Adapter, rounds: int) -> Rounds:
    """Measure CPU seconds of one call each, ours and the floor's."""
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
    """Return the longest time for which a page of orders holds the event loop up: its decoding."""
    target = b"%b/portfolio/orders?limit=%d" % (BASE_PATH, rows)
    body = answer(b"GET", target, b"").partition(b"\r\n\r\n")[2]
    incoming = Incoming(200, (), body)
    return min(timeit.repeat(lambda: decode(GET_ORDERS, incoming), number=1, repeat=30)) * 1000


def main() -> int:
    """Print everything; return 1 when a create misses its target."""
    parser = argparse.ArgumentParser(description="Look at the cost of our own path.")
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
        print(f"{rows:>5} orders: the event loop stands still for {stall_ms(rows):.1f} ms")
    is_met = counts["create"].total() <= MOST_CALLS * COUNTED
    return 0 if is_met and found.ratio("ours create", "floor create") <= MOST_FLOORS else 1


if __name__ == "__main__":
    sys.exit(main())
