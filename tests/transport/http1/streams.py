"""Random reply streams.

    python -m tests.transport.http1.streams [--streams N] [--seed N] [--base-transport …]

Valid replies, mutated and cut by seeded dice, ended by FIN, by RST or by silence. Whatever
comes, a request ends with a reply or with an error of httpx; it is never sent twice; and
the next request on the same transport is answered right. Exits 1 if anything was otherwise.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.transport.http1.asking import ask, progress_of, request
from tests.transport.http1.kinds import Kind
from tests.transport.http1.playing import play_many
from tests.transport.http1.replies import SAMPLES
from tests.transport.http1.server import Connection, Server, echo, serving

READ_S = 5.0
HANGS_AFTER_S = 60.0

TOKENS = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"-1", b"\xff"),
    *(b"0\r\n\r\n", b"ffffffffffffffff", b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/1.1 100 Continue\r\n\r\n"),
    *(b"Content-Length: 3\r\n", b"Content-Length: 99999\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(
        b"Connection: close\r\n",
        b"Connection: keep-alive\r\n",
        b"204",
        b"304",
        b"101",
        b"chunked",
        b"x" * 70_000,
    ),
)


@dataclass
class Outcome:
    """What happened over all streams; ``wrong`` is empty when nothing did that must not."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stream:
    """What a server says to one request, and how it ends the connection."""

    pieces: tuple[bytes, ...]
    ending: str
    method: str


def stream(dice: random.Random) -> Stream:
    """Roll one stream."""
    sample = dice.choice(SAMPLES)
    raw = sample.raw
    for _ in range(dice.choice((0, 1, 1, 2, 3, 6))):
        raw = dice.choice(MUTATIONS)(raw, dice)
    cuts = sorted({0, len(raw), *(dice.randrange(len(raw) + 1) for _ in range(dice.randrange(4)))})
    pieces = tuple(raw[start:end] for start, end in pairwise(cuts))
    ending = dice.choice(("FIN", "FIN", "RST", "silence"))
    return Stream(pieces, "FIN" if sample.ends and ending == "silence" else ending, sample.method)


def _place(raw: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(raw) + 1)
    return start, min(len(raw), start + dice.choice((1, 1, 2, 5, 20)))


def _flip(raw: bytes, dice: random.Random) -> bytes:
    start, end = _place(raw, dice)
    return raw[:start] + dice.randbytes(end - start) + raw[end:]


def _insert(raw: bytes, dice: random.Random) -> bytes:
    start, _ = _place(raw, dice)
    return raw[:start] + dice.choice(TOKENS) + raw[start:]


def _delete(raw: bytes, dice: random.Random) -> bytes:
    start, end = _place(raw, dice)
    return raw[:start] + raw[end:]


def _repeat(raw: bytes, dice: random.Random) -> bytes:
    start, end = _place(raw, dice)
    return raw[:end] + raw[start:end] * dice.choice((1, 2, 50)) + raw[end:]


def _truncate(raw: bytes, dice: random.Random) -> bytes:
    return raw[: _place(raw, dice)[0]]


def _splice(raw: bytes, dice: random.Random) -> bytes:
    other = dice.choice(SAMPLES).raw
    return raw[: _place(raw, dice)[0]] + other[_place(other, dice)[0] :]


def _follow(raw: bytes, dice: random.Random) -> bytes:
    return raw + dice.choice(SAMPLES).raw


MUTATIONS = (_flip, _insert, _delete, _repeat, _truncate, _splice, _follow)


class Theatre:
    """The server of all streams: a request to ``/n`` meets stream n, every other one an echo."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = streams
        self.met: Counter[str] = Counter()

    async def scene(self, connection: Connection) -> None:
        while True:
            received = await connection.request()
            target = received.first_line.split(b" ")[1].decode()
            self.met[target] += 1
            if target.startswith("/next"):
                await connection.say(echo(received))
                continue
            said = self.streams[int(target[1:])]
            await connection.say(*said.pieces)
            if said.ending == "silence":
                continue  # and answer what comes next, as if all had been well
            if said.ending == "RST":
                connection.reset()
            return


async def play(kind: Kind, count: int, seed: int) -> Outcome:
    """Play streams one after the other over one transport."""
    dice = random.Random(seed)
    streams = [stream(dice) for _ in range(count)]
    outcome = Outcome()
    theatre = Theatre(streams)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with serving(theatre.scene) as server, kind.open(ssl_context=context) as transport:
        for number, each in enumerate(streams):
            await _meet(transport, server, number, each, outcome)
        await transport.aclose()
        await server.is_left_alone()
    repeated = [target for target, times in theatre.met.items() if times > 1]
    outcome.wrong += [f"{target} was sent {theatre.met[target]} times" for target in repeated]
    return outcome


async def _meet(
    transport: httpx.AsyncBaseTransport, server: Server, number: int, said: Stream, outcome: Outcome
) -> None:
    asked = request(f"{server.url}/{number}", said.method, read=READ_S)
    end = await _end_of(transport, asked)
    outcome.ends[end.partition(" ")[0]] += 1
    if end.startswith("!"):
        outcome.wrong.append(f"{end} from {said}")
    elif end != "reply" and not progress_of(asked).sent:
        outcome.wrong.append(f"{end}, told as not sent, from {said}")
    # What is still on its way, a FIN or late bytes, arrives while the connection is idle: a
    # request that crosses it is lost, and rightly so.
    await asyncio.sleep(0.01)
    following = request(f"{server.url}/next/{number}", "POST", b"body", read=READ_S)
    try:
        reply = await asyncio.wait_for(ask(transport, following), HANGS_AFTER_S)
    except Exception as error:  # any is a finding
        outcome.wrong.append(f"next: {error!r} after {said}")
    else:
        if reply.body != b"/next/%d body" % number:
            outcome.wrong.append(f"next: {reply.body[:80]!r} after {said}")


async def _end_of(transport: httpx.AsyncBaseTransport, asked: httpx.Request) -> str:
    try:
        await asyncio.wait_for(ask(transport, asked), HANGS_AFTER_S)
    except httpx.TransportError as error:
        return type(error).__name__
    except TimeoutError:
        return "!hangs"
    except Exception as error:  # any other is foreign
        return f"!foreign {error!r}"
    return "reply"


async def readings(kind: Kind, streams: Sequence[Stream]) -> list[tuple[int, bytes] | None]:
    """Return what a transport makes of each stream, and None for what it refuses."""
    found: list[tuple[int, bytes] | None] = []
    async with serving(Theatre(streams).scene) as server:
        for number, each in enumerate(streams):
            async with kind.open(ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as transport:
                try:
                    reply = await ask(transport, request(f"{server.url}/{number}", each.method))
                except httpx.TransportError:
                    found.append(None)
                else:
                    found.append((reply.status, reply.body))
    return found


def run(kind: Kind, count: int, seed: int) -> Outcome:
    """Play on a virtual clock of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(play(kind, count, seed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print and return the exit code."""
    return play_many("streams", run, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
