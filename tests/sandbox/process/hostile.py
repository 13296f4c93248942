"""The exchange as a process whose stderr is a pipe that is not read, and raw requests for it."""

from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ORDERS = "/trade-api/v2/portfolio/events/orders"
STATUS = b"GET /trade-api/v2/exchange/status HTTP/1.1\r\nhost: x\r\n\r\n"
STOP_S = 20.0


class ExchangeProcess:
    """The exchange, its address, and what it wrote to stderr."""

    def __init__(self, process: subprocess.Popen[bytes], line: dict[str, str]) -> None:
        self.process = process
        self.rest_url = line["rest_url"]

    def connect(self) -> socket.socket:
        parts = urlsplit(self.rest_url)
        return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=STOP_S)

    def answers(self) -> bool:
        with self.connect() as client:
            client.sendall(STATUS)
            return client.recv(100).startswith(b"HTTP/1.1 200")

    def stop(self) -> tuple[int, bytes]:
        """Send SIGTERM; return the exit code, and all of stderr."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_S)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()

    def forget_peak(self) -> int:
        """Let ``peak_bytes`` begin anew; return what is resident now."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # proc(5): resets VmHWM
        return self.peak_bytes()

    def peak_bytes(self) -> int:
        (line,) = [
            line
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
            if line.startswith("VmHWM:")
        ]
        return int(line.split()[1]) * 1024


@contextmanager
def exchange(*arguments: str, descriptors: int | None = None) -> Iterator[ExchangeProcess]:
    def limit() -> None:
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    process = subprocess.Popen(
        [sys.executable, "-m", "kalshi_async.sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limit,
    )
    with process:
        try:
            assert process.stdout is not None
            yield ExchangeProcess(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


def post(announced: int) -> bytes:
    return (
        f"POST {ORDERS} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {announced}\r\n\r\n"
    ).encode()
