"""Every example of the contract is reproduced, or its difference is explained here.

    scene -> request of the example -> status and body, compared exactly

Identifiers stand for each other and times are compared by their notation. A difference
that is not in the table fails, and so does a row of the table that no longer differs.
The one example of a GET needs no scene where an account and nothing else leads to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.conformance.account_scenes import ACCOUNT_SCENES
from tests.conformance.comparing import Identifiers, differences
from tests.conformance.examples import Example, examples
from tests.conformance.market_scenes import MARKET_SCENES
from tests.conformance.order_scenes import ORDER_SCENES
from tests.conformance.scenes import Scene, an_account
from tests.conformance.stage import Stage

EXAMPLES = {example.title: example for example in examples()}
PLAIN_READS: Mapping[str, Scene] = {
    title: an_account
    for title, example in EXAMPLES.items()
    if example.request is not None and example.request.method == "GET" and title.isidentifier()
}
SCENES = {**PLAIN_READS, **ORDER_SCENES, **ACCOUNT_SCENES, **MARKET_SCENES}

_HELPFUL = "the body is unverified; details that name the rule were added"
_AT_ONCE = "payments are applied at once here, by ach"
_NEVER_CLOSES = "this exchange closes when its operator says so; the example calls itself illustrative"

_FOR_A_PEER = "no longer in the schema; kalshi-sdk 22.4.0 refuses a market without it"

# Title of the example -> where the answer differs -> why.
EXPLAINED: Mapping[str, Mapping[str, str]] = {
    "decrease_order: both or neither of reduce_by / reduce_to (code unverified)": {
        "$.error.details": _HELPFUL,
    },
    "get_queue_positions: neither market_tickers nor event_ticker (code unverified)": {
        "$.error.details": _HELPFUL,
    },
    "get_account_limits": {
        "$.grants": "one row per account: nothing expires here and nothing is earned by volume",
    },
    "get_exchange_schedule": {
        "$.schedule.standard_hours[0].thursday": _NEVER_CLOSES,
        "$.schedule.maintenance_windows": _NEVER_CLOSES,
    },
    "get_exchange_status, weekly trading pause": {
        "$.exchange_estimated_resume_time": "optional; only the operator knows when it will resume",
        "$.exchange_index_statuses": "optional; sent always, not only while everything trades",
    },
    "get_exchange_status, exchange down": {
        "status": "an exchange pause leaves its status readable: 200 with the same two flags",
        "$.intra_exchange_transfers_active": "optional; sent always",
        "$.exchange_index_statuses": "optional; sent always",
    },
    "get_market": {"$.market.liquidity_dollars": _FOR_A_PEER},
    "get_markets": {"$.markets[0].liquidity_dollars": _FOR_A_PEER},
    "get_historical_market": {"$.market.liquidity_dollars": _FOR_A_PEER},
    "get_historical_markets": {"$.markets[0].liquidity_dollars": _FOR_A_PEER},
    "get_intra_exchange_transfers": {
        "$.cursor": 'optional on this list; the last page says "" like on every other list',
    },
    "get_withdrawals": {
        "$.withdrawals[0].status": _AT_ONCE,
        "$.withdrawals[0].type": _AT_ONCE,
        "$.withdrawals[0].finalized_ts": _AT_ONCE,
    },
    "shape, nested with service (before 2026-08-06)": {
        "$.error.service": "the exchange speaks as of today: the key was dropped on 2026-08-06",
    },
}


def test_every_example_has_a_scene_and_every_scene_its_example() -> None:
    assert SCENES.keys() == EXAMPLES.keys()
    assert EXPLAINED.keys() <= EXAMPLES.keys()


@pytest.mark.parametrize("title", EXAMPLES)
async def test_an_example_is_reproduced(stage: Stage, title: str) -> None:
    example = EXAMPLES[title]
    found = await played(example, stage)
    explained = EXPLAINED.get(title, {})
    assert [row for row in found if row.partition(":")[0] not in explained] == []
    assert explained.keys() <= {row.partition(":")[0] for row in found}


async def played(example: Example, stage: Stage) -> list[str]:
    """Play one example and return where the answer differs."""
    request = await SCENES[example.title](stage) or example.request
    assert request is not None, "an error example gets its request from its scene"
    reply = await stage.send(request)
    is_json = reply.headers.get("content-type") == "application/json"
    body = reply.json() if is_json else None
    status = (
        []
        if reply.status_code == example.status
        else [f"status: {example.status} became {reply.status_code}"]
    )
    return status + differences(example.body, body, stage.known)


def test_the_comparison_sees_what_differs() -> None:
    # Guards the guard: a comparison that accepts everything would keep the tests above green.
    example = {"order_id": "a", "trade_id": "b", "count": "1.00", "ts": 1_795_348_800, "rows": [1], "gone": 1}
    reply = {"order_id": "x", "trade_id": "x", "count": "1.0", "ts": 1_795_348_800_000, "rows": [], "new": 1}
    assert sorted(differences(example, reply, Identifiers())) == [
        "$.count: '1.00' became '1.0'",
        "$.gone: missing",
        "$.new: not in the example",
        "$.rows: 1 rows became 0",
        "$.trade_id: 'b' became 'x'",
        "$.ts: 1795348800 became 1795348800000",
    ]


@pytest.mark.parametrize("time", ["2026-11-22T12:00:01Z", "2026-11-22T12:00:01.02784Z"])
def test_times_are_compared_by_their_notation(time: str) -> None:
    known = Identifiers()
    assert differences({"created_time": "2026-11-22T12:00:00.9Z"}, {"created_time": time}, known) == []
    trailing_zero, offset = time.replace("Z", "0Z"), time.replace("Z", "+00:00")
    for wrong in (trailing_zero if "." in time else "x", offset):
        assert differences({"created_time": time}, {"created_time": wrong}, known) != []
