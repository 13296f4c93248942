"""A settler looks once. Its doubt may be a refusal, or a failure that is no answer at all."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import Conflict, KalshiError, NotFound, ServerError
from kalshi_async.calls.call import Doubt, Refused
from kalshi_async.errors import ReplyLost
from kalshi_async.requests.orders import CancelItem
from kalshi_async.resources.settling.account import GroupSettler
from kalshi_async.resources.settling.batches import BatchSearch, CancelLegs
from kalshi_async.resources.settling.orders import CancelSettler, CreateSettler
from kalshi_async.resources.settling.proof import HORIZON_S, MARGIN_MS, Span
from tests.stages.scene import Scene, new_order
from tests.stages.served import TICKER

SAID = (b"Date", b"Sun, 22 Nov 2026 12:00:10 GMT")
SAID_MS = 1_795_348_810_000


def refused(*headers: tuple[bytes, bytes]) -> KalshiError:
    return Conflict(409, code="order_already_exists", headers=headers)


@pytest.mark.parametrize(
    ("clock_ms", "last_ms"),
    [
        (-25_000, SAID_MS),
        (-900, SAID_MS),
        (300, SAID_MS + 300),
        (900, SAID_MS + 900),
        (9_000, SAID_MS + 1_000),
    ],
)
def test_the_date_of_a_refusal_corrects_the_span(clock_ms: int, last_ms: int) -> None:
    signed_ms = SAID_MS + clock_ms
    span = Span.of(Doubt(signed_ms - 400, signed_ms, refused(SAID)))
    assert (span.last_ms, span.proof_ms) == (last_ms, last_ms + MARGIN_MS)
    # A refusal that comes late does not make the first attempt later: the request took its time.
    assert span.earliest_ms == min(signed_ms, last_ms) - 400 - MARGIN_MS


def test_an_attempt_that_was_paused_does_not_delay_the_proof() -> None:
    """Reads must be younger than what can have been executed, and not than each refused resend."""
    span = Span.of(Doubt(SAID_MS - 4_000, SAID_MS - 4_000, refused(SAID), refused_signed_ms=SAID_MS))
    assert span.proof_ms == SAID_MS - 4_000 + MARGIN_MS


@pytest.mark.parametrize("error", [refused(), refused((b"date", b"tomorrow")), ReplyLost("lost")], ids=str)
def test_without_a_date_our_clock_may_be_off_by_the_horizon(error: KalshiError) -> None:
    span = Span.of(Doubt(SAID_MS, SAID_MS + 400, error))
    assert span.proof_ms == SAID_MS + 400 + MARGIN_MS
    assert span.earliest_ms == SAID_MS - HORIZON_S * 1_000


def doubt(scene: Scene, error: KalshiError) -> Doubt:
    now_ms = scene.clock.now_ms()
    return Doubt(now_ms, now_ms, error)


@pytest.mark.parametrize("error", [ReplyLost("lost"), ServerError(502)], ids=str)
async def test_what_is_certainly_not_done_is_refused_in_words_of_its_own_if_no_answer_came(
    scene: Scene, error: KalshiError
) -> None:
    context = scene.session._context
    order_id = await scene.rest(count=3)
    scene.sandbox.market(TICKER).trade("ask", "0.40", 3)
    unsettled = doubt(scene, error)
    cancel = await CancelSettler(context, order_id).look(unsettled)
    assert isinstance(cancel, Refused)
    assert isinstance(cancel.error, NotFound)
    await scene.clock.sleep(HORIZON_S + 3)
    group = await GroupSettler(context, "unknown", is_deletion=False).look(unsettled)
    assert isinstance(group, Refused)
    assert isinstance(group.error, NotFound)
    create = await CreateSettler(context, new_order()).look(unsettled)
    assert isinstance(create, Refused)
    assert create.error is error


async def test_a_refusal_counts_until_the_batch_is_sent_again(scene: Scene) -> None:
    order_id = await scene.rest(count=3)
    scene.sandbox.market(TICKER).trade("ask", "0.40", 3)
    search = BatchSearch(CancelLegs(scene.session._context, {order_id: CancelItem(order_id)}), [order_id])
    first = doubt(scene, ReplyLost("lost"))
    assert search.refusal(order_id, first) is None
    assert await search.look({order_id: first})
    scene.play()
    assert await search.look({order_id: first})
    assert not scene.reads, "it is known by now"
    assert isinstance(search.refusal(order_id, first), NotFound)
    again = Doubt(first.first_sent_ms, first.last_signed_ms + 100, ReplyLost("lost"))
    assert search.refusal(order_id, again) is None
    assert await search.look({order_id: again})
    assert scene.reads


async def test_cancels_are_read_from_one_page_and_the_older_ones_by_themselves(scene: Scene) -> None:
    old = [await scene.rest(count=1) for _ in range(2)]
    orders = [await scene.rest(count=1) for _ in range(8)]
    for order_id in (*old, *orders[:6]):
        await scene.session.orders.cancel(order_id, ticker=TICKER)

    async def newest(request: httpx.Request) -> httpx.Response:
        response = await scene.inner.handle_async_request(request)
        rows = [row for row in (await _json(response))["orders"] if row["order_id"] not in old]
        return httpx.Response(200, json={"orders": rows, "cursor": "more"})

    items = {order_id: CancelItem(order_id) for order_id in (*old, *orders)}
    search = BatchSearch(CancelLegs(scene.session._context, items), items)
    scene.play(newest)
    assert not await search.look(dict.fromkeys(items, doubt(scene, ReplyLost("lost"))))
    assert set(search.executed) == {*old, *orders[:6]}
    assert len(scene.reads) == 1 + len(old)


async def _json(response: httpx.Response) -> dict[str, list[dict[str, object]]]:
    await response.aread()
    found: dict[str, list[dict[str, object]]] = response.json()
    return found
