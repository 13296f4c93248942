"""What can still change proves nothing until reads are younger than the last attempt.

Each change goes from one value to another and back. The request that goes back is lost and then
refused, while reads may still show the first value, of before both changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import pytest

from kalshi_async import OutcomeUnknown
from kalshi_async.contract.exchange import GET_EXCHANGE_STATUS
from kalshi_async.session import SessionView
from tests.stages.replies import BASE_PATH
from tests.stages.scene import RESET, Scene, new_order, refusal
from tests.stages.scripted import Line

REFUSED = refusal(403, "permission_denied")
"""Final for a request that is not in doubt, and no word about one that is."""
SKEWS_MS = [-900, 0, 900]
"""The exchange's clock less ours."""

LONG_S = 8.0
"""A deadline that is long enough for reads that lag by three seconds."""


@dataclass(frozen=True)
class Change:
    """A change, the change back, and what the exchange holds."""

    there: Callable[[SessionView], Awaitable[object]]
    back: Callable[[SessionView], Awaitable[object]]
    truth: Callable[[], object]
    first: object


Prepare: TypeAlias = Callable[[Scene], Awaitable[Change]]


async def decrease(scene: Scene) -> Change:
    order = await scene.session.orders.create(new_order(5, "0.02"))
    return Change(
        lambda session: session.orders.amend(order, count=10),
        lambda session: session.orders.decrease(order, reduce_to=5),
        lambda: scene.account.orders[order.order_id].remaining_e2,
        500,
    )


async def amend(scene: Scene) -> Change:
    order = await scene.session.orders.create(new_order(5, "0.02"))
    return Change(
        lambda session: session.orders.amend(order, price="0.03"),
        lambda session: session.orders.amend(order, price="0.02"),
        lambda: scene.account.orders[order.order_id].price_e4,
        200,
    )


async def limit(scene: Scene) -> Change:
    group = (await scene.session.order_groups.create(contracts_limit=50)).order_group_id
    return Change(
        lambda session: session.order_groups.update_limit(group, contracts_limit=1_000),
        lambda session: session.order_groups.update_limit(group, contracts_limit=50),
        lambda: scene.account.groups[group].limit_e2,
        5_000,
    )


async def netting(scene: Scene) -> Change:
    return Change(
        lambda session: session.subaccounts.set_netting(0, enabled=False),
        lambda session: session.subaccounts.set_netting(0, enabled=True),
        lambda: scene.account.netting[0],
        True,
    )


every_change = pytest.mark.parametrize(
    "prepare", [decrease, amend, limit, netting], ids=lambda prepare: prepare.__name__
)
every_lag = pytest.mark.parametrize("lag_ms", [0, 400, 2_000, 3_000])
every_skew = pytest.mark.parametrize("skew_ms", SKEWS_MS)


async def dated(scene: Scene) -> httpx.Response:
    """The refusal with the exchange's date, as every reply of it has one."""
    status = httpx.Request("GET", "http://exchange" + BASE_PATH + GET_EXCHANGE_STATUS.path)
    date = (await scene.inner.handle_async_request(status)).headers["date"]
    return httpx.Response(403, headers={"date": date}, content=REFUSED.content)


async def changed_there(scene: Scene, prepare: Prepare, lag_ms: int, skew_ms: int) -> Change:
    scene.sandbox.faults.skew_clock(skew_ms)
    change = await prepare(scene)
    await scene.clock.sleep(5)
    scene.sandbox.faults.lag_reads(lag_ms)
    await change.there(scene.session)
    return change


@every_change
@every_lag
@every_skew
async def test_a_change_back_that_never_arrived_is_never_called_done(
    scene: Scene, prepare: Prepare, lag_ms: int, skew_ms: int
) -> None:
    change = await changed_there(scene, prepare, lag_ms, skew_ms)
    scene.play(RESET, REFUSED)
    with pytest.raises(OutcomeUnknown):
        await change.back(scene.session)
    assert change.truth() != change.first


@every_change
@every_lag
@every_skew
@pytest.mark.parametrize("is_dated", [True, False], ids=["dated refusal", "refusal without a date"])
async def test_a_change_back_that_landed_is_seen_once_reads_are_young_enough(
    scene: Scene, prepare: Prepare, lag_ms: int, skew_ms: int, is_dated: bool
) -> None:
    change = await changed_there(scene, prepare, lag_ms, skew_ms)
    script: list[Line] = [scene.landed(), await dated(scene) if is_dated else REFUSED]
    scene.play(*script)
    began_s = scene.clock.monotonic()
    await change.back(scene.session.with_options(deadline_s=LONG_S))
    assert scene.clock.monotonic() - began_s >= lag_ms / 1_000
    assert change.truth() == change.first


@every_change
async def test_a_value_that_a_second_program_set_meanwhile_is_as_good_as_ours(
    scene: Scene, prepare: Prepare
) -> None:
    change = await changed_there(scene, prepare, 400, 0)
    other = await scene.again()

    async def meanwhile(request: httpx.Request) -> httpx.Response:
        await change.back(other)
        raise RESET

    scene.play(meanwhile, REFUSED)
    await change.back(scene.session)
    assert change.truth() == change.first
