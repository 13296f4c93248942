"""What is certain after a failure, and what follows from it.

Not sent and refused: again. Unknown: again where a second delivery does no harm, and
settled by reading; OutcomeUnknown, with all that is needed to find the order, only when
nothing is certain. The network is scripted; behind it stands the real exchange, so that
"placed once" can be looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from kalshi_async import (
    ApiError,
    Forbidden,
    KalshiError,
    NotSent,
    OutcomeUnknown,
    RateLimits,
    ReplyLost,
    ServerError,
    TransferOrder,
    UnexpectedReply,
)
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.scene import Scene, new_order
from tests.stages.scripted import BrokenStream, Line, Scripted
from tests.stages.served import session_of

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class Unheard(Exception):
    """Of a type that no transport of ours has ever raised."""


NEVER_SENT: list[Exception] = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("no slot"),
]
LOST: list[Exception] = [
    httpx.ReadTimeout("silence"),
    httpx.ReadError("reset by peer"),
    httpx.WriteError("broken pipe"),
    httpx.RemoteProtocolError("server disconnected without sending a response"),
    httpx.CloseError("closed"),
    OSError("whatever the machine says"),
    TimeoutError("of the transport's own making"),
    Unheard("?"),
]
SERVER_ERRORS = [(500, ""), (502, HTML), (503, '{"error":{"code":"service_unavailable"}}'), (504, HTML)]
UNREADABLE = [
    HTML,
    "",
    "{",
    "[]",
    '{"order_id": "1", "fill_count": "1.00"',
    '{"fill_count": "0.00", "remaining_count": "1.00", "ts_ms": 1}',
    '{"error": {"code": "internal_error", "message": "internal error"}}',
    '{"order_id": 7, "fill_count": "0.00", "remaining_count": "1.00", "ts_ms": 1}',
]
Fault = Exception | tuple[int, str]
FAULTS: list[Fault] = [*LOST, *SERVER_ERRORS, *((201, body) for body in UNREADABLE)]


def by_name(value: object) -> str | None:
    return type(value).__name__ if isinstance(value, Exception) else None


def answer(fault: Fault) -> Exception | httpx.Response:
    """A fresh one for every attempt: a response may be read once."""
    return fault if isinstance(fault, Exception) else httpx.Response(fault[0], text=fault[1])


async def lost_order(scene: Scene, line: Callable[[], Line]) -> OutcomeUnknown:
    """Send an order while every answer is lost, to its deadline: all attempts are the same bytes."""
    order = new_order()
    began_s = scene.clock.monotonic()
    scene.play(ever=line)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(order)
    assert scene.clock.monotonic() == began_s + 5
    scene.assert_resent()
    scene.network.play()
    assert caught.value.client_order_ids == (order.client_order_id,)
    assert caught.value.operation == "create_order"
    return caught.value


@pytest.mark.parametrize("error", NEVER_SENT + LOST, ids=by_name)
async def test_a_read_is_tried_again_whatever_the_network_did(scene: Scene, error: Exception) -> None:
    scene.play(error)
    assert (await scene.session.portfolio.balance()).balance_cents == 1_000_000
    assert len(scene.network.requests) == 2


@pytest.mark.parametrize(("status", "body"), SERVER_ERRORS + [(200, body) for body in UNREADABLE])
async def test_a_read_is_tried_again_after_a_failing_server_or_a_garbled_reply(
    scene: Scene, status: int, body: str
) -> None:
    scene.play(httpx.Response(status, text=body))
    assert (await scene.session.portfolio.balance()).balance_cents == 1_000_000
    assert len(scene.network.requests) == 2


async def test_a_read_that_was_understood_and_refused_is_not_tried_again(scene: Scene) -> None:
    scene.play(httpx.Response(403, json={"error": {"code": "permission_denied"}}))
    with pytest.raises(Forbidden):
        await scene.session.portfolio.balance()
    assert len(scene.network.requests) == 1


@pytest.mark.parametrize(
    ("line", "last"),
    [(Unheard("?"), ReplyLost), (httpx.ConnectError("refused"), NotSent)],
    ids=["lost", "not sent"],
)
async def test_a_read_is_tried_until_its_deadline(scene: Scene, line: Line, last: type[KalshiError]) -> None:
    scene.play(ever=lambda: line)
    started_s = scene.clock.monotonic()
    with pytest.raises(last) as caught:
        await scene.session.orders.list().collect()
    assert scene.clock.monotonic() == started_s + 10
    assert 12 <= len(scene.network.requests) <= 40
    assert caught.value.__notes__ == [
        "get_orders was not done within 10 s; it ended "
        + ("before anything was sent" if last is NotSent else "after bytes may have left")
    ]
    assert caught.value.sent is (False if last is NotSent else None)


async def test_a_failing_server_is_the_error_of_the_read_that_gave_up(scene: Scene) -> None:
    scene.play(ever=lambda: httpx.Response(503, text=HTML))
    with pytest.raises(ServerError, match="503") as caught:
        await scene.session.portfolio.balance()
    assert caught.value.body == HTML.encode()


@pytest.mark.parametrize("error", NEVER_SENT, ids=by_name)
async def test_an_order_that_was_not_sent_is_sent_again(scene: Scene, error: Exception) -> None:
    # A leading SDK calls a connect timeout ambiguous, and the quote is gone.
    scene.play(error, error)
    order = await scene.session.orders.create(new_order())
    assert len(scene.network.requests) == 3
    assert set(scene.account.orders) == {order.order_id}


async def test_a_transport_that_is_known_to_blame_the_connection_is_not_believed(clock: VirtualClock) -> None:
    # httpx-aiohttp calls a reset after the request a connect timeout: sent again, this group exists twice.
    kind = type("AiohttpTransport", (Scripted,), {"__module__": "httpx_aiohttp.transport"})
    base = kind(*[httpx.ConnectTimeout("reset by peer")] * 4)
    sandbox = Sandbox(clock=clock)
    limits = RateLimits(clock.monotonic)
    async with session_of(
        sandbox, sandbox.add_account("alice"), clock, base_transport=base, rate_limits=limits
    ) as session:
        with pytest.raises(OutcomeUnknown):
            await session.order_groups.create(contracts_limit=10)
    assert len(base.requests) == 1


async def test_an_order_that_cannot_be_sent_says_so_and_costs_nothing(scene: Scene) -> None:
    tokens = scene.session.rate_limits.write.tokens()
    scene.play(ever=lambda: httpx.ConnectError("refused"))
    with pytest.raises(NotSent) as caught:
        await scene.session.orders.create(new_order())
    assert caught.value.sent is False
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    assert scene.session.rate_limits.write.tokens() == tokens


@pytest.mark.parametrize("fault", FAULTS, ids=by_name)
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "never arrived"])
async def test_an_order_in_doubt_is_sent_again_with_its_own_key(
    scene: Scene, fault: Fault, landed: bool
) -> None:
    # A leading SDK repeats it without a key: up to four copies.
    scene.play(scene.landed(answer(fault)) if landed else answer(fault))
    order = await scene.session.orders.create(new_order())
    scene.assert_resent(2)
    assert set(scene.account.orders) == {order.order_id}


@pytest.mark.parametrize("error", LOST, ids=by_name)
async def test_an_order_whose_answers_are_all_lost_is_unknown(scene: Scene, error: Exception) -> None:
    unknown = await lost_order(scene, lambda: error)
    assert unknown.sent is None, "a transport that does not report its progress knows nothing"
    assert isinstance(unknown.__cause__, ReplyLost)
    assert unknown.__cause__.__cause__ is error


@pytest.mark.parametrize(("status", "body"), SERVER_ERRORS)
async def test_a_failing_server_leaves_an_order_unknown(scene: Scene, status: int, body: str) -> None:
    unknown = await lost_order(scene, lambda: httpx.Response(status, text=body))
    assert unknown.sent is True
    assert isinstance(unknown.__cause__, ServerError)
    assert unknown.__cause__.status == status


@pytest.mark.parametrize("body", UNREADABLE)
async def test_a_success_that_cannot_be_read_leaves_an_order_unknown(scene: Scene, body: str) -> None:
    # The order may be live: None, a JSONDecodeError or an AttributeError would lose it.
    unknown = await lost_order(scene, lambda: httpx.Response(201, text=body))
    assert unknown.sent is True
    assert isinstance(unknown.__cause__, UnexpectedReply)
    assert unknown.__cause__.body == body.encode(), "the raw bytes are all that is known"


async def test_a_redirect_is_a_refusal_and_is_not_followed(scene: Scene) -> None:
    scene.play(httpx.Response(307, headers={"location": "https://elsewhere"}))
    with pytest.raises(ApiError, match="307"):
        await scene.session.orders.create(new_order())
    assert {request.url.host for request in scene.network.requests} == {"localhost"}


async def test_a_body_that_breaks_off_leaves_an_order_unknown(scene: Scene) -> None:
    stream = BrokenStream([b'{"order_id":'], httpx.ReadError("reset by peer"))
    unknown = await lost_order(scene, lambda: httpx.Response(201, stream=stream))
    assert isinstance(unknown.__cause__, ReplyLost)


async def test_a_body_without_end_is_not_kept(scene: Scene) -> None:
    def endless() -> httpx.Response:
        mebibytes = (bytes(1024 * 1024) for _ in range(1_000))
        return httpx.Response(201, stream=BrokenStream(mebibytes, AssertionError("all of it was read")))

    unknown = await lost_order(scene, endless)
    assert "larger than" in str(unknown.__cause__)


async def test_a_body_beyond_measure_that_a_transport_holds_whole_is_not_read_either(scene: Scene) -> None:
    unknown = await lost_order(scene, lambda: httpx.Response(201, content=bytes(17 * 1024 * 1024)))
    assert "larger than" in str(unknown.__cause__)


async def test_an_unknown_order_can_be_found_by_what_the_error_says(scene: Scene) -> None:
    await scene.clock.sleep(2)
    unknown = await lost_order(scene, lambda: scene.landed())
    assert unknown.first_sent_ms == START_MS + 2_000
    assert unknown.client_order_id is not None
    assert unknown.client_order_id in str(unknown)
    order = await scene.session.orders.find(unknown.client_order_id)
    assert order is not None, "this one was placed"
    assert set(scene.account.orders) == {order.order_id}, "once, although it was sent again and again"


async def test_the_first_and_the_last_attempt_are_told_apart(scene: Scene) -> None:
    # A late copy of either attempt can still arrive: whoever looks must know the whole span. One that
    # was not sent has no copy.
    scene.play(httpx.ConnectError("refused"), ever=lambda: httpx.ReadTimeout("silence"))
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(new_order())
    assert caught.value.first_sent_ms is not None
    assert START_MS < caught.value.first_sent_ms <= START_MS + 100
    assert caught.value.last_signed_ms is not None
    assert START_MS + 4_500 <= caught.value.last_signed_ms <= START_MS + 5_000


async def test_what_must_happen_once_is_sent_once(scene: Scene) -> None:
    # Nothing tells a second delivery from a second wish, and a reset could undo a trigger.
    orders, groups = scene.session.orders, scene.session.order_groups
    order = await orders.create(new_order())
    group = await groups.create(contracts_limit=1)
    moved = TransferOrder(1, source_subaccount=1)
    writes: list[Callable[[], Awaitable[object]]] = [
        lambda: orders.decrease(order, reduce_by="0.5"),
        lambda: groups.create(contracts_limit=1),
        lambda: groups.reset(group.order_group_id),
        lambda: scene.session.subaccounts.create(),
        lambda: scene.session.transfers.create(moved),
    ]
    for write in writes:
        scene.play(httpx.ReadTimeout("silence"))
        with pytest.raises(OutcomeUnknown):
            await write()
        assert len(scene.writes) == 1


async def test_a_body_that_only_blocks_leaves_an_order_unknown(scene: Scene) -> None:
    # Somebody's transport answers with the stream of a synchronous client.
    class Blocking(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"{}"

    unknown = await lost_order(scene, lambda: httpx.Response(201, stream=Blocking()))
    assert "cannot be read here" in str(unknown.__cause__)
