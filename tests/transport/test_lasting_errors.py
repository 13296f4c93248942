"""What keeps every request of a session from being sent, and no time mends: said at once."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import DEMO, CreateOrder, Credentials, InvalidRequest, RateLimits, Session
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.keys import ed25519, pem
from tests.stages.scripted import Scripted

ED25519_PEM = pem(ed25519())


@pytest.mark.skipif(
    "config.getoption('--base-transport') != 'ours'", reason="httpx's own error names no file"
)
async def test_a_file_of_authorities_that_does_not_exist_is_named_at_once(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time mends it: neither is a session opened without it, nor a request tried again."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    named = pytest.raises(InvalidRequest, match=r"SSL_CERT_FILE names '/nowhere/ca.pem'.*correct or unset it")
    with named:
        await Session(DEMO, Credentials("id", ED25519_PEM), clock=clock).__aenter__()
    limits = RateLimits(clock.monotonic)
    async with Session(DEMO, Credentials("id", ED25519_PEM), rate_limits=limits, clock=clock) as session:
        with named:
            await session.portfolio.balance()
        with named:
            await session.orders.create(CreateOrder("T", "bid", 1, "0.10"))
        with named:
            await session.settled(after_ms=1)
        with named:
            await session.dead_man(order_group_id="g").__aenter__()
    assert clock.monotonic() == 0


async def test_what_a_foreign_transport_cannot_speak_at_all_is_said_at_once(clock: VirtualClock) -> None:
    base = Scripted(*[httpx.UnsupportedProtocol("no such scheme")] * 2)
    limits = RateLimits(clock.monotonic)
    async with Session(
        DEMO, Credentials("id", ED25519_PEM), base_transport=base, rate_limits=limits, clock=clock
    ) as session:
        with pytest.raises(InvalidRequest, match="nothing can be sent: no such scheme") as caught:
            await session.portfolio.balance()
    assert caught.value.sent is False
    assert len(base.requests) == 1


async def test_a_connection_that_the_server_has_closed_is_no_lasting_error(clock: VirtualClock) -> None:
    """httpx's own transport names it like a mistake of the caller."""
    base = Scripted(
        httpx.LocalProtocolError("closed"),
        httpx.Response(200, json={"exchange_active": True, "trading_active": True}),
    )
    limits = RateLimits(clock.monotonic)
    async with Session(
        DEMO, Credentials("id", ED25519_PEM), base_transport=base, rate_limits=limits, clock=clock
    ) as session:
        assert (await session.exchange.status()).exchange_active
    assert len(base.requests) == 2
