"""How tests run here.

An ``async def`` test or fixture runs, without any decorator of its own, on an event loop
with virtual time: waiting is free. A test and its fixtures share loop, task and context.
Tests marked ``real_time`` get the ordinary loop: they talk to another process.
``--base-transport=stock`` lets every session without a transport of its own use httpx's;
``--all-transports`` runs all of tests/transport/http1 over httpx's too, and not a slice.
"""

from __future__ import annotations

import ipaddress
import sys

import pytest

from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests import base_transport
from tests.stages.fixtures import lag_ms, other, sandbox, scene, session, stage, wire

__all__ = ["lag_ms", "other", "sandbox", "scene", "session", "stage", "wire"]

# 2026-11-22 12:00:00 UTC, the moment at which the samples of the exchange play.
START_MS = 1_795_348_800_000


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--base-transport", choices=base_transport.NAMES, default="ours", help=base_transport.HELP
    )
    parser.addoption(
        "--all-transports", action="store_true", help="test httpx's own transport as thoroughly as ours"
    )


def pytest_configure(config: pytest.Config) -> None:
    base_transport.choose(config.getoption("--base-transport"))


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Choose the event loop; the pytest plugin of anyio asks for it by this name."""
    if request.node.get_closest_marker("real_time"):
        return "asyncio", {}
    return "asyncio", {"loop_factory": VirtualTimeLoop}


@pytest.fixture
async def clock() -> VirtualClock:
    """A clock on the test's own loop that starts at ``START_MS``."""
    return VirtualClock(START_MS)


class NetworkRefused(RuntimeError):
    """A test tried to leave the machine. No OSError, lest the code under test handle it."""


def refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    """Stop every connection and name look-up that is not for this machine (an audit hook)."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # a path is a Unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not is_loopback(host):
        raise NetworkRefused(f"tests may not reach {host!r}")


def is_loopback(host: object) -> bool:
    """Tell whether a host, as handed to a socket, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


# An audit hook cannot be taken back, which is what a guard wants; it also sees C code.
sys.addaudithook(refuse_the_network)
