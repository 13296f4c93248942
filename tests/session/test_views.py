"""Views of a session, sessions beside each other, and sessions that are not open."""

from __future__ import annotations

import asyncio
import math

import httpx
import pytest

from kalshi_async import (
    CreateOrder,
    CredentialsError,
    DeadlineExceeded,
    InvalidRequest,
    KalshiError,
    OutcomeUnknown,
    Session,
)
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.raw_server import serving, silent
from tests.stages.scripted import Scripted, silence
from tests.stages.served import TICKER, D, Stage, session_of


def new_order(**options: int) -> CreateOrder:
    return CreateOrder(TICKER, "bid", 1, "0.10", **options)  # type: ignore[arg-type]  # scope, all of it


async def test_a_view_changes_nothing_of_the_session(stage: Stage) -> None:
    stage.subaccounts(2)
    stage.session.with_options(subaccount=2)
    created = await stage.session.orders.create(new_order())
    assert created.subaccount is None
    assert stage.account.orders[created.order_id].subaccount == 0


async def test_a_view_of_a_view_keeps_what_it_does_not_change(stage: Stage) -> None:
    stage.subaccounts(2)
    ticker = stage.market_on_shard(2)
    stage.sandbox.exchange.transfers.between_subaccounts(stage.account, "x", 0, 2, 5_000, 2)
    view = stage.session.with_options(subaccount=2).with_options(exchange_index=2).with_options(deadline_s=9)
    created = await view.orders.create(CreateOrder(ticker, "bid", 1, "0.10"))
    assert (created.subaccount, created.exchange_index) == (2, 2)


async def test_a_view_can_go_back_to_the_primary(stage: Stage) -> None:
    # 0 is a subaccount, None is no choice: a view of a view tells them apart.
    stage.subaccounts(2)
    primary = stage.session.with_options(subaccount=2).with_options(subaccount=0)
    created = await primary.orders.create(new_order())
    assert created.subaccount == 0


async def test_views_share_the_budget_and_the_signer(stage: Stage) -> None:
    view = stage.session.with_options(subaccount=1)
    assert view.rate_limits is stage.session.rate_limits
    assert view.signer is stage.session.signer
    assert view.environment is stage.session.environment
    await stage.session.with_options(deadline_s=1).orders.create(new_order())
    assert view.rate_limits.write.tokens() == 890


async def test_two_views_can_be_used_at_once(stage: Stage) -> None:
    stage.subaccounts(3)
    views = [stage.session.with_options(subaccount=number) for number in (1, 2, 3)]
    created = await asyncio.gather(*(view.orders.create(new_order()) for view in views))
    assert [order.subaccount for order in created] == [1, 2, 3]


@pytest.mark.parametrize(
    "options",
    [
        {"subaccount": 64},
        {"subaccount": -1},
        {"subaccount": "1"},
        {"exchange_index": -2},
        {"deadline_s": 0},
        {"deadline_s": -1.0},
        {"deadline_s": math.nan},
        {"max_queue_s": -0.1},
    ],
)
async def test_a_view_that_makes_no_sense_is_refused(stage: Stage, options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(InvalidRequest, match=name):
        stage.session.with_options(**options)  # type: ignore[arg-type]  # the point


async def test_a_misspelt_option_is_a_type_error(stage: Stage) -> None:
    with pytest.raises(TypeError):
        stage.session.with_options(sub_account=1)  # type: ignore[call-arg]  # the point


async def test_a_session_that_is_not_open_says_so_and_spends_nothing(
    sandbox: Sandbox, clock: VirtualClock
) -> None:
    session = session_of(sandbox, sandbox.add_account("alice"), clock)
    for _ in range(2):
        tokens = session.rate_limits.write.tokens()
        with pytest.raises(InvalidRequest, match="async with") as caught:
            await session.orders.create(new_order())
        assert caught.value.sent is False
        assert session.rate_limits.write.tokens() == tokens
        async with session:
            await session.orders.create(new_order())


async def test_a_view_of_a_closed_session_is_closed_too(stage: Stage) -> None:
    view = stage.session.with_options(subaccount=1)
    await stage.session.aclose()
    with pytest.raises(InvalidRequest, match="not open"):
        await view.portfolio.balance()


async def test_closing_twice_is_no_mistake(stage: Stage) -> None:
    await stage.session.aclose()
    await stage.session.aclose()


async def test_two_members_share_a_base_transport_and_nothing_else(
    sandbox: Sandbox, clock: VirtualClock
) -> None:
    shared = Scripted(inner=httpx.ASGITransport(sandbox.app))
    alice, bob = sandbox.add_account("alice"), sandbox.add_account("bob")
    async with session_of(sandbox, alice, clock, base_transport=shared) as ours:
        async with session_of(sandbox, bob, clock, base_transport=shared) as theirs:
            await theirs.orders.create(CreateOrder(TICKER, "ask", 1, "0.40"))
            assert ours.rate_limits.write.tokens() == 900
        # Whoever gave the transport closes it; the other session still needs it.
        assert not shared.is_closed
        bought = await ours.orders.create(CreateOrder(TICKER, "bid", 1, "0.40"))
        assert bought.fill_count == D(1)
    assert not shared.is_closed


async def test_closing_while_an_order_is_on_its_way_leaves_it_unknown(clock: VirtualClock) -> None:
    # Nothing but a KalshiError ever escapes a call, whatever closing does to its connection.
    async with serving(silent) as environment:
        sandbox = Sandbox(clock=clock)
        sandbox.add_account("alice")
        session = Session(environment, sandbox.credentials("alice"), clock=clock)
        async with session:
            order, read = (
                asyncio.create_task(session.orders.create(new_order())),
                asyncio.create_task(session.portfolio.balance()),
            )
            await asyncio.sleep(1)
        with pytest.raises(OutcomeUnknown):
            await order
        with pytest.raises(KalshiError):
            await read


async def test_a_call_canceled_by_its_caller_stays_canceled(sandbox: Sandbox, clock: VirtualClock) -> None:
    network = Scripted(inner=httpx.ASGITransport(sandbox.app))
    alice = sandbox.add_account("alice")
    async with session_of(sandbox, alice, clock, base_transport=network) as session:
        network.play(silence)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await session.orders.create(new_order())


def test_nothing_means_production_by_default(sandbox_variables: dict[str, str]) -> None:
    for name in ("", "prod", "PRODUCTION"):
        with pytest.raises(CredentialsError, match="KALSHI_ENVIRONMENT must be one of production, demo"):
            Session.from_env({**sandbox_variables, "KALSHI_ENVIRONMENT": name})
    with pytest.raises(CredentialsError, match="KALSHI_ENVIRONMENT"):
        Session.from_env(sandbox_variables)


@pytest.mark.parametrize("name", ["demo", "production"])
def test_the_environment_is_taken_from_its_variable(sandbox_variables: dict[str, str], name: str) -> None:
    session = Session.from_env({**sandbox_variables, "KALSHI_ENVIRONMENT": name})
    assert session.environment.name == name


def test_the_proxy_is_taken_from_its_variables(sandbox_variables: dict[str, str]) -> None:
    variables = {
        **sandbox_variables,
        "KALSHI_ENVIRONMENT": "demo",
        "NO_PROXY": "external-api-ws.demo.kalshi.co",
    }
    proxy = Session.from_env({**variables, "HTTPS_PROXY": "http://a.example:1"})._transport.proxy
    assert proxy is not None
    assert proxy.serves("external-api.demo.kalshi.co", 443)
    assert not proxy.serves("external-api-ws.demo.kalshi.co", 443)
    assert Session.from_env(variables)._transport.proxy is None


@pytest.fixture
def sandbox_variables() -> dict[str, str]:
    """What Credentials.from_env wants, with a key that opens no real door."""
    member = Sandbox().add_account("alice")
    return {"KALSHI_API_KEY_ID": member.key_id, "KALSHI_PRIVATE_KEY": member.private_key_pem}


async def test_reads_that_stay_behind_are_said_to_be_however_late_the_last_look(stage: Stage) -> None:
    # At the very end there is no time for one: it would end without an answer, and say less.
    stage.sandbox.faults.lag_reads(60_000)
    with pytest.raises(DeadlineExceeded, match="short of the change, and 3 s are over"):
        await stage.session.settled(after_ms=stage.clock.now_ms(), timeout_s=3)
