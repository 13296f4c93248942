"""A redirect is a refusal: it names its target, and nothing is ever sent there."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import ApiError, OutcomeUnknown
from kalshi_async.wire.refusals import LONGEST_TARGET
from tests.stages.scene import Scene, new_order

TARGET = "https://elsewhere.test/trade-api/v2/portfolio/orders"
REDIRECTS = [301, 302, 303, 307, 308]


def redirect(status: int, target: str = TARGET, body: bytes = b"") -> httpx.Response:
    return httpx.Response(status, headers={"location": target}, content=body)


@pytest.mark.parametrize("status", REDIRECTS)
async def test_an_order_that_is_redirected_is_refused(scene: Scene, status: int) -> None:
    scene.play(redirect(status))
    with pytest.raises(ApiError, match=f"{status}.*{TARGET}.*not followed") as caught:
        await scene.session.orders.create(new_order())
    assert caught.value.status == status
    assert caught.value.is_redirect
    assert len(scene.network.requests) == 1
    assert scene.account.orders == {}


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_read_that_is_redirected_is_refused(scene: Scene, status: int) -> None:
    scene.play(redirect(status))
    with pytest.raises(ApiError, match=f"{status}.*{TARGET}"):
        await scene.session.portfolio.balance()
    assert len(scene.network.requests) == 1


async def test_a_cancel_that_is_redirected_is_refused_and_can_be_tried_again(scene: Scene) -> None:
    order_id = await scene.rest()
    scene.play(redirect(307))
    with pytest.raises(ApiError, match="307"):
        await scene.session.orders.cancel(order_id)
    await scene.session.orders.cancel(order_id)
    assert scene.account.resting == {}


async def test_a_write_without_a_second_chance_that_is_redirected_is_refused(scene: Scene) -> None:
    scene.play(redirect(307))
    with pytest.raises(ApiError, match="307"):
        await scene.session.order_groups.create(contracts_limit=10)


async def test_a_redirect_settles_nothing_while_an_earlier_attempt_is_in_doubt(scene: Scene) -> None:
    """The first delivery was executed and its answer lost; a gateway redirects the second."""
    scene.play(scene.landed(), redirect(307))
    placed = await scene.session.orders.create(new_order())
    assert set(scene.account.orders) == {placed.order_id}


@pytest.mark.parametrize("status", [300, 304])
async def test_a_status_of_that_kind_without_a_target_proves_nothing(scene: Scene, status: int) -> None:
    scene.play(*[scene.landed(httpx.Response(status)) for _ in range(40)])
    with pytest.raises(OutcomeUnknown):
        await scene.session.with_options(deadline_s=0.05).orders.create(new_order())


async def test_the_text_of_the_gateway_is_kept_and_a_long_target_is_cut(scene: Scene) -> None:
    scene.play(redirect(302, TARGET + "?" + "x" * 10_000, b'{"error":{"code":"login","message":"sign in"}}'))
    with pytest.raises(ApiError) as caught:
        await scene.session.portfolio.balance()
    assert caught.value.code == "login"
    assert "sign in" in str(caught.value)
    assert len(str(caught.value)) < LONGEST_TARGET + 200


async def test_the_transport_of_a_session_returns_a_redirect_as_received(scene: Scene) -> None:
    """A client of httpx decides itself; one that follows is refused at another origin, unsigned."""
    scene.play(redirect(307))
    url = scene.sandbox.environment.rest_url
    async with httpx.AsyncClient(transport=scene.session.transport, follow_redirects=True) as client:
        with pytest.raises(Exception, match="refused, unsigned"):
            await client.get(f"{url}/portfolio/balance")
    assert len(scene.network.requests) == 1
    scene.play(redirect(307))
    async with httpx.AsyncClient(transport=scene.session.transport) as client:
        reply = await client.get(f"{url}/portfolio/balance")
    assert (reply.status_code, reply.headers["location"]) == (307, TARGET)
