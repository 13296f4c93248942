"""Situations in which a leading SDK fails and that no other test here is about."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from types import MappingProxyType, ModuleType

import httpx
import msgspec
import pytest

import kalshi_async
from kalshi_async import (
    CreateOrder,
    Forbidden,
    KalshiError,
    OrderStatus,
    RetryPolicy,
    Session,
    SubaccountTransferOrder,
    TransferOrder,
    UnexpectedReply,
)
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.signing.signer import KeySigner, Signer
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.served import ONE_PIECE, TICKER, D, session_of


async def test_a_network_error_on_any_post_never_repeats_a_signature(scene: Scene) -> None:
    # A leading SDK sends five times with one signature, which is stale by the third.
    order = await scene.session.orders.create(new_order(10, "0.40"))
    posts: list[Callable[[], Awaitable[object]]] = [
        lambda: scene.session.orders.create(new_order()),
        lambda: scene.session.orders.create_batch([new_order()]),
        lambda: scene.session.orders.amend(order, price="0.41"),
        lambda: scene.session.orders.decrease(order, reduce_to=3),
        lambda: scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 5)),
        lambda: scene.session.transfers.create(TransferOrder(5, destination_exchange_shard=1)),
    ]
    for post in posts:
        scene.play(httpx.ConnectError("refused"), RESET, ever=lambda: httpx.ReadTimeout("silence"))
        with pytest.raises(KalshiError):
            _complete(await post())
        signed = [
            (request.headers["kalshi-access-timestamp"], request.headers["kalshi-access-signature"])
            for request in scene.writes
        ]
        assert len(signed) == len(set(signed)) > 4


def _complete(result: object) -> None:
    if isinstance(result, kalshi_async.BatchResult):
        result.raise_for_errors()


@pytest.mark.parametrize(
    "body", ["<html>", "", "[]", '{"error": {"code": "internal_error"}}', '{"order": {}}']
)
async def test_a_2xx_that_is_no_reply_is_unexpected_on_a_read(scene: Scene, body: str) -> None:
    # Others return None, or leak a JSONDecodeError or an AttributeError.
    scene.play(ever=lambda: httpx.Response(200, text=body))
    with pytest.raises(UnexpectedReply) as caught:
        await scene.session.orders.get("an-order")
    assert caught.value.body == body.encode()
    assert caught.value.sent is True


async def test_a_new_enum_value_on_one_order_fails_no_page(scene: Scene) -> None:
    await scene.rest()
    await scene.rest("0.41")

    async def renamed(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        page = msgspec.json.decode(await response.aread())
        page["orders"][0]["status"] = "half_resting"
        return httpx.Response(200, json=page)

    scene.play(renamed)
    first, second = await scene.session.orders.list().collect()
    assert (first.status, first.status.is_known) == ("half_resting", False)
    assert second.status is OrderStatus.RESTING


async def test_the_resting_order_value_is_the_value_or_the_403(scene: Scene) -> None:
    # A leading SDK reads the wrong key and says "0" to everybody.
    with pytest.raises(Forbidden):
        await scene.session.portfolio.resting_order_value()
    broker = scene.sandbox.add_account("broker", is_fcm=True)
    async with session_of(scene.sandbox, broker, scene.clock, base_transport=scene.inner) as session:
        await session.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
        value = await session.portfolio.resting_order_value()
    assert value.total_resting_order_value_cents == 440


async def test_every_group_write_reaches_another_shard_and_subaccount(scene: Scene) -> None:
    exchange = scene.sandbox.exchange
    exchange.accounts.create_subaccount(scene.account, 2)
    groups = scene.session.order_groups
    group = (await groups.create(contracts_limit=5, subaccount=1, exchange_index=2)).order_group_id
    await groups.trigger(group, subaccount=1, exchange_index=2)
    assert scene.account.groups[group].is_triggered
    await groups.reset(group, subaccount=1, exchange_index=2)
    assert not scene.account.groups[group].is_triggered
    await groups.update_limit(group, contracts_limit=7, subaccount=1, exchange_index=2)
    assert scene.account.groups[group].limit_e2 == 700
    view = scene.session.with_options(subaccount=1, exchange_index=2)
    async with view.dead_man(order_group_id=group):
        pass
    assert scene.account.groups[group].is_triggered
    await view.order_groups.delete(group)
    assert not scene.account.groups


class CountingSigner:
    """Counts how often it is asked."""

    def __init__(self, inner: Signer) -> None:
        self._inner = inner
        self.count = 0

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        self.count += 1
        return await self._inner.headers(method, path, now_ms)


async def test_each_attempt_is_signed_once(scene: Scene) -> None:
    # A leading SDK signs every request twice.
    signer = CountingSigner(KeySigner(scene.alice.credentials))
    session = Session(
        scene.sandbox.environment,
        signer,
        clock=scene.clock,
        base_transport=scene.network,
        retry=RetryPolicy(),
    )
    async with session:
        signer.count = 0
        scene.play(RESET, httpx.Response(429))
        await session.orders.create(new_order())
        assert signer.count == len(scene.network.requests) == 3


async def test_two_clients_in_one_program_share_nothing(scene: Scene) -> None:
    other = scene.sandbox.add_account("bob")
    async with session_of(scene.sandbox, other, scene.clock, base_transport=scene.inner) as session:
        await scene.session.orders.create_batch([new_order() for _ in range(ONE_PIECE)])
        assert session.rate_limits.write.tokens() == session.rate_limits.write.capacity
        await session.orders.cancel_all(subaccount=0)
        scene.play(RESET)
        placed = await scene.session.orders.create(new_order(subaccount=0))
        assert placed.order_id in scene.account.resting, "another account's recall stops nothing here"
        assert placed.count == D(1)


def modules() -> list[ModuleType]:
    names = [
        info.name
        for info in pkgutil.walk_packages(kalshi_async.__path__, "kalshi_async.")
        if not info.name.startswith(("kalshi_async.sandbox", "kalshi_async.demo", "kalshi_async.__main__"))
        and info.name != "kalshi_async.pytest_plugin"
    ]
    return [importlib.import_module(name) for name in names]


def state() -> dict[str, str]:
    """Every container that hangs on a module, as text."""
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            is_container = isinstance(value, (dict, list, set, bytearray))
            if is_container and not name.startswith("__") and not isinstance(value, MappingProxyType):
                found[f"{module.__name__}.{name}"] = repr(value)
    return found


async def test_no_module_holds_state_that_a_session_changes(scene: Scene) -> None:
    # Configuration at module level is what makes two clients in one program one client.
    before = state()
    await scene.rest()
    scene.play(RESET, httpx.Response(429))
    await scene.session.orders.create(new_order())
    await scene.session.orders.list().collect()
    await scene.session.orders.cancel_all(subaccount=0)
    assert before
    assert state() == before
