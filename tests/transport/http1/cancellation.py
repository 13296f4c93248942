"""Requests canceled at random moments.

    python -m tests.transport.http1.cancellation [--requests N] [--seed N] …

Each is canceled, if at all, after some steps of the loop or some virtual milliseconds:
while it waits for a connection, connects, writes, or reads. Afterwards no connection, no
task and no place in the pool may be lost, and every reply is that of its own request.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import sys
from collections import Counter
from collections.abc import Sequence

import httpx

from kalshi_async.contract.operation import Priority
from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from kalshi_async.transport.progress import PRIORITY
from tests.transport.http1.asking import ask, is_right, progress_of, request
from tests.transport.http1.kinds import Kind
from tests.transport.http1.playing import play_many
from tests.transport.http1.server import Connection, Server, breathe, plain, serving
from tests.transport.http1.streams import Outcome

AT_ONCE = 24
MOST_CONNECTIONS = 8
PATIENCE_S = 30.0
BULK = bytes(300_000)


class Slow:
    """A server that takes its time at every point, and now and then hangs up on a reply."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"server {seed}")
        self.served: Counter[bytes] = Counter()

    async def scene(self, connection: Connection) -> None:
        while True:
            received = await connection.request()
            target = received.first_line.split(b" ")[1]
            self.served[target] += 1
            raw = plain(target + b" " + received.body)
            cut = self._dice.randrange(len(raw))
            for piece in (raw[:cut], raw[cut:]):
                if self._dice.random() < 0.5:
                    await asyncio.sleep(self._dice.random() * 0.01)
                await connection.say(piece)
            if self._dice.random() < 0.05:
                return


async def play(kind: Kind, count: int, seed: int) -> Outcome:
    """Ask ``count`` times, ``AT_ONCE`` at a time, and cancel most of them somewhere."""
    before = asyncio.all_tasks()
    outcome = Outcome()
    slow = Slow(seed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with serving(slow.scene) as server:
        async with kind.open(ssl_context=context, max_connections=MOST_CONNECTIONS) as transport:
            numbers = iter(range(count))

            async def worker() -> None:
                for number in numbers:
                    await _one(transport, server, number, random.Random(f"{seed} {number}"), outcome)

            await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
            await asyncio.sleep(1)
            outcome.wrong += await _lost_places(transport, server)
            if len(server.open) > MOST_CONNECTIONS:
                outcome.wrong.append(f"{len(server.open)} connections are open in the end")
        await server.is_left_alone()
        await breathe()
    outcome.wrong += [f"{target!r} was sent {n} times" for target, n in slow.served.items() if n > 1]
    outcome.wrong += [f"task {task.get_name()} is left" for task in asyncio.all_tasks() - before]
    return outcome


async def _one(
    transport: httpx.AsyncBaseTransport, server: Server, number: int, dice: random.Random, outcome: Outcome
) -> None:
    body = BULK if dice.random() < 0.1 else b"body"
    asked = request(f"{server.url}/{number}", "POST", body, pool=PATIENCE_S, read=PATIENCE_S)
    asked.extensions[PRIORITY] = dice.choice(list(Priority))
    task = asyncio.create_task(ask(transport, asked), name=f"request {number}")
    if dice.random() < 0.5:
        for _ in range(dice.randrange(30)):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(dice.random() * 0.03)
    if dice.random() < 0.9:
        task.cancel()
    end = await _end_of(task, b"/%d " % number + body)
    outcome.ends[end.partition(" ")[0]] += 1
    if end.startswith("!"):
        outcome.wrong.append(f"request {number}: {end}")
    if end == "reply" and not progress_of(asked).sent:
        outcome.wrong.append(f"request {number} was answered and told as not sent")


async def _end_of(task: asyncio.Task[object], expected: bytes) -> str:
    try:
        reply = await asyncio.wait_for(asyncio.shield(task), 4 * PATIENCE_S)
    except asyncio.CancelledError:
        return "canceled" if task.cancelled() else "!canceled by nobody"
    except TimeoutError:
        return "!hangs"
    except (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError) as error:
        return f"lost {error!r}"  # the server hung up
    except Exception as error:  # any other is foreign
        return f"!foreign {error!r}"
    return "reply" if getattr(reply, "body", None) == expected else f"!of another request: {reply!r:.200}"


async def _lost_places(transport: httpx.AsyncBaseTransport, server: Server) -> list[str]:
    """Ask as many times at once as there are places: with one lost, or one reply left over, some fail."""

    async def serves(number: int) -> bool:
        for attempt in range(3):  # the server hangs up now and then
            try:
                return await is_right(transport, server.url, f"/last/{number}/{attempt}")
            except (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError):
                continue
        return False

    try:
        right = await asyncio.gather(*(serves(number) for number in range(2 * MOST_CONNECTIONS)))
    except httpx.TransportError as error:
        return [f"after all: {error!r}"]
    return [] if all(right) else ["after all: some replies were wrong"]


def run(kind: Kind, count: int, seed: int) -> Outcome:
    """Play on a virtual clock of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(play(kind, count, seed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print and return the exit code."""
    return play_many("requests", run, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
