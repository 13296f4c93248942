"""The exchange on a loopback socket, as a guest in somebody else's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from kalshi_async.sandbox import RequestRecord, Rules, Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import BASE, Member, new_order


async def test_it_trades_over_a_real_socket(clock: VirtualClock) -> None:
    async with Sandbox(clock=clock) as sandbox, httpx.AsyncClient(base_url=_origin(sandbox)) as http:
        alice = Member(http, sandbox.add_account("alice", "rsa"), clock)
        reply = await alice.create()
        assert reply.status_code == 201
        # The date is the exchange's and not the web server's.
        assert reply.headers["date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
        assert "server" not in reply.headers


async def test_it_accepts_as_soon_as_it_is_entered(clock: VirtualClock) -> None:
    async with Sandbox(clock=clock) as sandbox:
        parts = urlsplit(sandbox.environment.rest_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=1):
            pass


async def test_it_leaves_the_signals_alone(clock: VirtualClock) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with Sandbox(clock=clock):
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_state_outlives_the_server(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock)
    alice = sandbox.add_account("alice")
    for _ in range(2):
        async with sandbox, httpx.AsyncClient(base_url=_origin(sandbox)) as http:
            assert (await Member(http, alice, clock).create()).status_code == 201
    assert len(alice.account.orders) == 2


async def test_a_taken_port_is_an_os_error(clock: VirtualClock) -> None:
    async with Sandbox(clock=clock) as sandbox:
        port = urlsplit(sandbox.rest_url).port
        assert port is not None
        with pytest.raises(OSError, match="in use"):
            await Sandbox(clock=clock, port=port).start()


async def test_stopping_waits_for_the_reply_in_flight(clock: VirtualClock) -> None:
    answered = asyncio.Event()
    sandbox = Sandbox(clock=clock, observe=lambda record: answered.set())
    alice = sandbox.add_account("alice")
    await sandbox.start()
    reader, writer = await _connect(sandbox)
    writer.write(_request(Member(httpx.AsyncClient(), alice, clock)))
    await writer.drain()
    await answered.wait()
    await sandbox.stop()
    assert (await reader.read()).startswith(b"HTTP/1.1 201")
    writer.close()
    await writer.wait_closed()


async def test_stopping_does_not_wait_for_half_a_request(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock)
    alice = sandbox.add_account("alice")
    await sandbox.start()
    _, writer = await _connect(sandbox)
    writer.write(_request(Member(httpx.AsyncClient(), alice, clock))[:-10])
    await writer.drain()
    async with asyncio.timeout(5):
        await sandbox.stop()
    assert not alice.account.orders
    writer.close()
    with contextlib.suppress(ConnectionResetError):
        await writer.wait_closed()


async def test_stopping_twice_is_harmless(clock: VirtualClock) -> None:
    async with Sandbox(clock=clock) as sandbox:
        await sandbox.stop()


async def test_an_observer_sees_every_request(clock: VirtualClock) -> None:
    seen: list[RequestRecord] = []
    sandbox = Sandbox(clock=clock, observe=seen.append)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.app), base_url="http://x") as http:
        await Member(http, sandbox.add_account("alice"), clock).get("/portfolio/balance", subaccount=0)
        await http.get("/nowhere")
    assert [(record.method, record.path, record.status) for record in seen] == [
        ("GET", f"{BASE}/portfolio/balance", 200),
        ("GET", "/nowhere", 404),
    ]
    assert "kalshi-access-signature" in seen[0].headers


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"profile": "2019"}, "profile must be"),
        ({"tier": "gold"}, "tier must be one of basic"),
        ({"accounts": ["alice", "alice"]}, "'alice' is taken"),
        ({"markets": ["A-1", "A-1"]}, "A-1"),
        ({"markets": ["a-1"]}, "a ticker has 1 to 200 of A-Z, 0-9, - . and _, was 'a-1'"),
        # A text was taken for the list of its letters.
        ({"markets": "ABC"}, "markets must be a list of names, was the text 'ABC'"),
        ({"accounts": "me"}, "accounts must be a list of names, was the text 'me'"),
        ({"traders": -1}, "traders must be at least 0 and at most 1000, was -1"),
        ({"read_lag_ms": -1}, "read_lag_ms must be at least 0"),
        ({"rules": Rules(read_lag_ms=-1)}, "read_lag_ms must be at least 0"),
        ({"port": 99_999}, "port must be at least 0 and at most 65535, was 99999"),
    ],
)
async def test_wrong_arguments_are_named(
    clock: VirtualClock, arguments: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Sandbox(clock=clock, **arguments)  # type: ignore[arg-type]  # wrong on purpose


async def test_an_unknown_key_type_opens_no_account(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock)
    with pytest.raises(ValueError, match="ed25519 or rsa, was 'dsa'"):
        sandbox.add_account("alice", "dsa")  # type: ignore[arg-type]  # wrong on purpose
    assert not sandbox.exchange.accounts


async def test_a_start_that_is_canceled_leaves_nothing_behind(clock: VirtualClock) -> None:
    sandbox = Sandbox(clock=clock)
    starting = asyncio.create_task(sandbox.start())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.sleep(1)
    assert [task for task in asyncio.all_tasks() if "sandbox" in task.get_name()] == []


async def test_private_keys_stay_out_of_reprs(clock: VirtualClock) -> None:
    assert "PRIVATE KEY" not in repr(Sandbox(clock=clock).add_account("alice"))


async def test_the_same_seed_gives_the_same_ids(clock: VirtualClock) -> None:
    first, second = (Sandbox(clock=clock, seed=5, accounts=["alice"]) for _ in range(2))
    assert first.accounts["alice"].key_id == second.accounts["alice"].key_id
    assert list(first.exchange.accounts) == list(second.exchange.accounts)


def test_a_missing_web_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("kalshi_async.sandbox", "uvicorn"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ImportError, match=r'pip install "kalshi-async\[sandbox\]"'):
        __import__("kalshi_async.sandbox")


def _origin(sandbox: Sandbox) -> str:
    return sandbox.rest_url.removesuffix(BASE)


async def _connect(sandbox: Sandbox) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(sandbox.rest_url)
    return await asyncio.open_connection(parts.hostname, parts.port)


def _request(member: Member) -> bytes:
    path = "/portfolio/events/orders"
    request = httpx.Request(
        "POST", "http://exchange" + BASE + path, json=new_order(), headers=member.headers("POST", path)
    )
    lines = [f"POST {BASE}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + request.content
