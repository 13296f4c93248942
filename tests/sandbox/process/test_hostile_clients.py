"""No client can stop the exchange, fill its memory or its log.

The default run is a slice: ``nox -s hostile`` sets ``KALSHI_ASYNC_HOSTILE=full`` and runs all of it.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from kalshi_async.sandbox.edge.limits import HEAD_S
from tests.sandbox.process.hostile import STATUS, ExchangeProcess, exchange, post
from tests.stages.signals import hear_signals

FULL = os.environ.get("KALSHI_ASYNC_HOSTILE") == "full"
HANG_UPS = 1_000 if FULL else 200
UNSIGNED_MB = 200 if FULL else 50
RESET = struct.pack("ii", 1, 0)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and limits descriptors")


def test_hang_ups_in_mid_body_do_not_stop_it() -> None:
    """The sixteenth stopped it, with a log that nobody read."""
    random_source = random.Random(15)
    with exchange() as running:
        for _ in range(HANG_UPS):
            with running.connect() as client:
                client.sendall(post(1_000) + b"x" * random_source.randrange(999))
                if random_source.random() < 0.5:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        assert running.answers()
        code, log = running.stop()
    assert code == 0
    assert b"Traceback" not in log
    assert log.count(b"\n") <= HANG_UPS


def send_unsigned(running: ExchangeProcess, megabytes: int, *, chunked: bool) -> None:
    """Send a body that is too large, and then a request that is answered."""
    piece = b"x" * 1_000_000
    head = post(megabytes * len(piece))
    if chunked:
        head = head.replace(b"content-length: %d" % (megabytes * len(piece)), b"transfer-encoding: chunked")
        piece = b"%x\r\n%b\r\n" % (len(piece), piece)
    with running.connect() as client:
        client.sendall(head)
        for _ in range(megabytes):
            client.sendall(piece)
        client.sendall((b"0\r\n\r\n" if chunked else b"") + STATUS)
        replies = b""
        while replies.count(b"HTTP/1.1") < 2:
            replies += client.recv(10_000)
    assert replies.startswith(b"HTTP/1.1 413")
    assert b"HTTP/1.1 200" in replies


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
def test_a_large_unsigned_body_takes_no_memory(chunked: bool) -> None:
    with exchange() as running:
        for _ in range(5):  # the first requests load code
            send_unsigned(running, 2, chunked=chunked)
        grew = []
        for _ in range(3):  # the least of them: what other work on the machine adds is not the body's
            before = running.forget_peak()
            send_unsigned(running, UNSIGNED_MB, chunked=chunked)
            grew.append(running.peak_bytes() - before)
        grown = min(grew)
        print(f"{UNSIGNED_MB} MB unsigned: resident set grew by {grown / 1e6:.2f} MB")
        assert grown <= 2_000_000
        assert running.stop()[0] == 0


def test_without_descriptors_it_logs_little_and_recovers() -> None:
    """It wrote 41 MB: a traceback for each of 2,048 tries a second."""
    with exchange(descriptors=40) as running:
        clients = [running.connect() for _ in range(200)]
        time.sleep(2.5)  # the process tries again every second
        for client in clients:
            client.close()
        assert running.answers()
        code, log = running.stop()
    assert code == 0
    assert b"out of system resource" in log
    print(f"{len(log)} bytes of log")
    assert log.count(b"\n") <= 3
    assert b"Traceback" not in log


def test_bad_requests_do_not_fill_the_log() -> None:
    with exchange() as running:
        for _ in range(200):
            with running.connect() as client:
                client.sendall(b"\x16\x03\x01 not HTTP\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 400")
        code, log = running.stop()
    assert (code, log.count(b"\n")) == (0, 1)


@pytest.mark.skipif(not FULL, reason="takes ten seconds; test_limits does it in virtual time")
def test_a_head_that_drips_in_is_cut() -> None:
    with exchange() as running, running.connect() as client:
        client.settimeout(0.5)
        client.sendall(b"GET / HTTP/1.1\r\nx: ")
        started_s = time.monotonic()
        reply = b""
        while not reply and time.monotonic() - started_s < 2 * HEAD_S:
            try:
                client.sendall(b"a")
                reply = client.recv(100)
            except TimeoutError:
                continue
        took_s = time.monotonic() - started_s
    print(f"cut after {took_s:.1f} s: {reply[:30]!r}")
    assert reply.startswith(b"HTTP/1.1 408")
    assert HEAD_S - 1 < took_s < HEAD_S + 3


@pytest.mark.parametrize(("host", "announced"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_beyond_loopback_it_warns_and_announces_a_usable_address(host: str, announced: str) -> None:
    with exchange("--host", host) as running:
        assert running.rest_url.startswith(f"http://{announced}:")
        assert running.answers()
        code, log = running.stop()
    assert code == 0
    assert log.startswith(f"warning: --host {host} lets other machines connect".encode())


def test_on_loopback_it_warns_of_nothing() -> None:
    with exchange("--host", "localhost") as running:
        assert running.stop() == (0, b"")


def test_clients_that_never_read_stop_nothing() -> None:
    """20 of them cost 578 MB, and an answer to another client took nine seconds."""
    with exchange() as running:
        assert running.answers()
        clients = []
        before = running.forget_peak()
        for _ in range(5):
            client = running.connect()
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.send(b"GET / HTTP/1.1\r\n\r\n" * 14_000)
            clients.append(client)
        assert running.answers()
        grown = running.peak_bytes() - before
        code, log = running.stop()
        for client in clients:
            client.close()
    print(f"resident set grew by {grown / 1e6:.1f} MB")
    assert grown < 10_000_000
    assert (code, log) == (0, b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_also_if_nobody_reads_its_line(number: signal.Signals, tmp_path: Path) -> None:
    """The line of 1,500 markets is longer than what a pipe holds."""
    markets = [text for count in range(1_500) for text in ("--market", f"KX{'A' * 60}-26NOV23-B{count}")]
    process = subprocess.Popen(
        [sys.executable, "-m", "kalshi_async.sandbox", *markets],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        preexec_fn=hear_signals,
    )
    with process:
        try:
            assert process.stdout is not None
            assert os.read(process.stdout.fileno(), 1) == b"{"
            assert len(list(tmp_path.glob("kalshi-sandbox-*/trader.pem"))) == 1
            process.send_signal(number)
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert list(tmp_path.iterdir()) == []


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    """The way of ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with exchange() as running:
            running.process.send_signal(signal.SIGHUP)
            assert running.answers()
            assert running.stop()[0] == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_stdout_that_takes_nothing_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kalshi_async.sandbox"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr.splitlines()[-1]
