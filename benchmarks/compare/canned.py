"""The canned exchange: a keep-alive HTTP server that does as little work as possible.

    python -m compare.canned        (with benchmarks/ on the path)

It runs in a process of its own and prints one JSON line: its plain address, its TLS address, and
the file with its certificate. It serves until its standard input closes. The replies come from
``answers``; the server validates nothing and keeps no state.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .answers import BASE_PATH, answer
from .certificate import write_certificate

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a canned exchange."""

    plain: str
    tls: str
    authority: str
    """The file with its self-signed certificate, for clients to trust."""


@contextmanager
def canned_exchange(python: str = sys.executable) -> Iterator[Addresses]:
    """Run a canned exchange in a process of its own."""
    command = [python, "-m", "compare.canned"]
    folder = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Addresses(**json.loads(process.stdout.readline()))
        process.stdin.close()


class Connection(asyncio.Protocol):
    """The connection of one client. Answers every complete request, in order."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (request := _first_request(self._received)) is not None:
            head, body = request
            self._received = self._received[len(head) + len(_END_OF_HEAD) + len(body) :]
            method, target, _ = head.split(b" ", 2)
            self._transport.write(answer(method, target, body))


def _first_request(received: bytes) -> tuple[bytes, bytes] | None:
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return None
    head, start = received[:end], end + len(_END_OF_HEAD)
    _, found, rest = head.lower().partition(_LENGTH)
    stop = start + (int(rest.partition(b"\r\n")[0]) if found else 0)
    return (head, received[start:stop]) if len(received) >= stop else None


async def serve() -> None:
    """Listen on both addresses, print them, and serve until the standard input closes."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = write_certificate(Path(folder))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        plain = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
        tls = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024, ssl=context)
        base = BASE_PATH.decode()
        ports = [server.sockets[0].getsockname()[1] for server in (plain, tls)]
        addresses = {
            "plain": f"http://127.0.0.1:{ports[0]}{base}",
            "tls": f"https://127.0.0.1:{ports[1]}{base}",
            "authority": str(certificate),
        }
        print(json.dumps(addresses), flush=True)
        closed = asyncio.Event()
        loop.add_reader(sys.stdin.fileno(), closed.set)
        await closed.wait()


if __name__ == "__main__":
    asyncio.run(serve())
