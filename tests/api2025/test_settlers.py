"""A settler of 2025 looks once, and says nothing of an order that proves nothing."""

from __future__ import annotations

from kalshi_async import RateLimited
from kalshi_async.api2025 import requests as legacy
from kalshi_async.api2025.settling import AmendSettler
from kalshi_async.calls.call import Doubt
from tests.api2025.test_doubt import placed
from tests.stages.served import Stage

DOUBT = Doubt(0, 0, RateLimited(429))


async def test_an_amend_stays_open_while_the_order_is_not_shown_or_rests_unchanged(stage: Stage) -> None:
    context, amend = stage.session._context, legacy.AmendOrderRequest(yes_price=45)
    assert await AmendSettler(context, "unknown", amend).look(DOUBT) is None
    assert await AmendSettler(context, await placed(stage), amend).look(DOUBT) is None
