"""Opening a session: what fails there and says what to do, and what must not fail there."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    Credentials,
    Environment,
    InvalidRequest,
    RateLimits,
    Session,
    Unauthorized,
)
from kalshi_async.sandbox import RequestRecord, Sandbox, SandboxAccount
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.scripted import Line, Scripted, silence
from tests.stages.served import BASE_PATH, TICKER, Stage, session_of

LIMITS = BASE_PATH + "/account/limits"
HOUR_MS = 3_600_000


async def refusal(session: Session) -> Unauthorized:
    with pytest.raises(Unauthorized) as caught:
        await session.__aenter__()
    return caught.value


@pytest.fixture
async def alice(sandbox: Sandbox) -> SandboxAccount:
    return sandbox.add_account("alice")


def down(sandbox: Sandbox, line: Callable[[], Line]) -> Scripted:
    """The sandbox behind a network that answers the questions about limits so, until ``play()``."""
    network = Scripted(inner=httpx.ASGITransport(sandbox.app), path="/account/limits")
    network.play(ever=line)
    return network


async def test_a_wrong_key_an_unknown_id_and_a_wrong_clock_say_three_different_things(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock
) -> None:
    stranger = sandbox.add_account("bob").private_key_pem
    no_such_id = "00000000-0000-4000-8000-000000000000"
    wrong = {
        "key": Session(sandbox.environment, Credentials(alice.key_id, stranger), clock=clock),
        "id": Session(sandbox.environment, Credentials(no_such_id, alice.private_key_pem), clock=clock),
        "clock": session_of(sandbox, alice, VirtualClock(START_MS + HOUR_MS)),
    }
    said = {name: str(await refusal(session)) for name, session in wrong.items()}
    assert "the private key does not belong to this API key id" in said["key"]
    assert "knows no such API key id" in said["id"]
    assert "this machine's clock is 3600 s ahead of the exchange's: synchronise it" in said["clock"]


async def test_a_slow_clock_is_told_as_such(sandbox: Sandbox, alice: SandboxAccount) -> None:
    error = await refusal(session_of(sandbox, alice, VirtualClock(START_MS - HOUR_MS)))
    assert "3600 s behind" in str(error)
    assert (error.status, error.code, error.operation) == (
        401,
        "header_timestamp_expired",
        "get_account_limits",
    )


async def test_a_refused_key_is_asked_about_once(
    sandbox: Sandbox, alice: SandboxAccount, wire: list[RequestRecord]
) -> None:
    # A key does not get better by asking again, and the venue may lock out who insists.
    await refusal(session_of(sandbox, alice, VirtualClock(START_MS - HOUR_MS)))
    assert [record.status for record in wire] == [401]


async def test_a_session_that_failed_to_open_is_closed(sandbox: Sandbox, alice: SandboxAccount) -> None:
    session = session_of(sandbox, alice, VirtualClock(START_MS - HOUR_MS))
    await refusal(session)
    with pytest.raises(InvalidRequest, match="not open"):
        await session.exchange.status()


async def test_opening_learns_the_accounts_own_limits_and_costs(stage: Stage) -> None:
    limits = stage.session.rate_limits
    assert (limits.write.capacity, limits.write.refill_per_s) == (900, 300)
    assert limits.costs.of_path("DELETE", BASE_PATH + "/portfolio/events/orders") == 2
    # Both questions have been paid for, and nothing else has.
    assert (limits.read.tokens(), limits.write.tokens()) == (880, 900)


async def test_a_503_opens_with_basic_limits_and_a_warning(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    network = down(sandbox, lambda: httpx.Response(503))
    async with session_of(sandbox, alice, clock, base_transport=network) as session:
        limits = session.rate_limits
        assert (limits.read.capacity, limits.write.capacity) == (200, 100)
        (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert "503" in warning.getMessage()
        assert "Basic limits" in warning.getMessage()
        # The reason for it all: an outage must not lock a trader out of canceling.
        order = await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
        await session.orders.cancel(order)


async def test_the_limits_are_learned_in_the_background_once_the_outage_is_over(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock
) -> None:
    network = down(sandbox, lambda: httpx.Response(503))
    async with session_of(sandbox, alice, clock, base_transport=network) as session:
        assert session.rate_limits.write.capacity == 100
        network.play()
        await clock.sleep(1.5)
        assert session.rate_limits.write.capacity == 900
        # What was not there before is not given away: the tokens are those of before.
        assert session.rate_limits.write.tokens() < 300
        asked = len(network.requests)
        await clock.sleep(600)
        assert len(network.requests) == asked, "known limits are not asked for again"


async def test_a_long_outage_is_asked_about_ever_less_often(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock
) -> None:
    asked_s: list[float] = []

    async def out(request: httpx.Request) -> httpx.Response:
        asked_s.append(clock.monotonic())
        return httpx.Response(503)

    async with session_of(sandbox, alice, clock, base_transport=down(sandbox, lambda: out)) as session:
        await clock.sleep(150)
        assert session.rate_limits.write.capacity == 100
    # Each question goes on for 2 s, ever closer to their end; between questions it waits.
    pauses = [later - earlier for earlier, later in pairwise(asked_s)]
    assert [round(pause) for pause in pauses if pause > 0.9] == [1, 2, 5, 15, 60]


@pytest.mark.parametrize(
    "line",
    [
        httpx.Response(403, json={"error": {"code": "permission_denied"}}),
        httpx.Response(200, text="<html>a captive portal</html>"),
        httpx.ConnectError("no route"),
        silence,
    ],
    ids=["forbidden", "garbage", "unreachable", "silent"],
)
async def test_no_other_trouble_keeps_a_session_from_opening(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock, line: Line
) -> None:
    async with session_of(sandbox, alice, clock, base_transport=down(sandbox, lambda: line)) as session:
        assert session.rate_limits.write.capacity == 100
        await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))


async def test_nobody_listening_opens_as_well_with_httpxs_own_transport(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock
) -> None:
    with socket.socket() as bound:  # bound and not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        nowhere = Environment("nowhere", f"http://127.0.0.1:{bound.getsockname()[1]}{BASE_PATH}")
        credentials = Credentials(alice.key_id, alice.private_key_pem)
        async with Session(nowhere, credentials, clock=clock) as session:
            assert session.rate_limits.write.capacity == 100


async def test_closing_during_an_outage_leaves_no_task_behind(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock
) -> None:
    before = asyncio.all_tasks()
    async with session_of(sandbox, alice, clock, base_transport=down(sandbox, lambda: silence)):
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before


async def test_given_limits_are_taken_and_nothing_is_asked(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock, wire: list[RequestRecord]
) -> None:
    limits = RateLimits(clock.monotonic, write=(5, 50))
    async with session_of(sandbox, alice, clock, rate_limits=limits) as session:
        assert session.rate_limits is limits
    assert wire == []


async def test_a_closed_session_may_be_opened_again(stage: Stage) -> None:
    session = await stage.member("carol")
    await session.aclose()
    async with session:
        assert (await session.portfolio.balance()).balance_cents == 1_000_000


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("authentication_error", "check the API key id, its private key and the environment"),
        ("header_timestamp_expired", "this machine's clock is off: synchronise it"),
    ],
)
async def test_a_401_of_few_words_is_advised_as_well(
    sandbox: Sandbox, alice: SandboxAccount, clock: VirtualClock, code: str, advice: str
) -> None:
    line = httpx.Response(401, json={"error": {"code": code}})
    error = await refusal(session_of(sandbox, alice, clock, base_transport=down(sandbox, lambda: line)))
    assert advice in str(error)
