"""The connection that is kept up: what ends it, how it comes back, and what readers are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from kalshi_async import Credentials, Hooks, InvalidRequest, Session, Signer, Unauthorized
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.errors import DeadlineExceeded, KalshiError, SlowConsumer, SubscriptionRefused
from kalshi_async.hooks import ConnectionEvent, GapEvent, LagEvent
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.signer import KeySigner
from kalshi_async.streams import FillEvent, Gap, GapReason, Phase, Refused, Resumed, Stream
from kalshi_async.streams._order import in_order
from kalshi_async.streams.link import ANSWER_S, CHECK_S, LONGEST_PAUSE_S, OPEN_S, SILENCE_S
from kalshi_async.streams.reader import ENTER_S
from tests.stages.served import session_of
from tests.streams.carrier import Carrier, refused


@asynccontextmanager
async def streaming(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier, hooks: Hooks | None = None
) -> AsyncIterator[Stream]:
    async with session_of(sandbox, sandbox.add_account("alice"), clock, hooks=hooks) as session:
        stream = session.stream(transport=carrier)
        stream._random = Random(1)
        async with stream:
            yield stream


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def stream(sandbox: Sandbox, clock: VirtualClock, carrier: Carrier) -> AsyncIterator[Stream]:
    async with streaming(sandbox, clock, carrier) as stream:
        yield stream


async def passing(seconds: float, carrier: Carrier, *, pings: bool = True) -> None:
    """Let time pass, in which the exchange pings every ten seconds."""
    for _ in range(int(seconds)):
        await asyncio.sleep(1)
        if pings:
            carrier.ping()


async def taken(reader: Any, count: int) -> list[Any]:
    async with asyncio.timeout(0.001):
        return [await anext(reader) for _ in range(count)]


async def nothing_more(reader: Any) -> None:
    with pytest.raises(TimeoutError):
        await taken(reader, 1)


async def test_the_handshake_is_signed_anew_each_time(
    stream: Stream, carrier: Carrier, clock: VirtualClock
) -> None:
    await stream.live()
    carrier.cut()
    await asyncio.sleep(5)
    await stream.live()
    stamps = [int(headers["KALSHI-ACCESS-TIMESTAMP"]) for headers in carrier.headers]
    assert len(stamps) == 2
    assert stamps[0] < stamps[1] <= clock.now_ms()


async def test_a_reader_gets_what_happens_from_its_entry_on(stream: Stream, carrier: Carrier) -> None:
    carrier.emit("fill")
    async with stream.fills() as fills:
        for _ in range(3):
            carrier.emit("fill")
        assert [event.ts_ms for event in await taken(fills, 3)] == [2, 3, 4]
        await nothing_more(fills)
        carrier.emit("fill")
        async for event in fills:
            assert isinstance(event, FillEvent)
            break


async def test_a_lost_connection_is_a_gap_until_it_is_subscribed_again(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.fills() as fills, stream.trades("A") as trades:
        carrier.emit("fill")
        carrier.cut(ConnectionResetError("reset"))
        await asyncio.sleep(0)
        carrier.emit("fill")
        await stream.live()
        carrier.emit("fill")
        first, gap, resumed, last = await taken(fills, 4)
        assert (first.ts_ms, last.ts_ms) == (1, 3)
        assert (gap.reason, isinstance(resumed, Resumed)) == (GapReason.LINK_LOST, True)
        assert gap.since_ms is not None
        assert gap.since_ms <= resumed.at_ms
        assert [type(event) for event in await taken(trades, 2)] == [Gap, Resumed]


async def test_an_outage_is_one_gap_however_often_it_is_tried(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        carrier.openings = [ConnectionRefusedError("refused")] * 12
        carrier.cut()
        await stream.live(within_s=400)
        assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]
        await nothing_more(fills)


async def test_pauses_grow_to_half_a_minute_and_are_short_again_after_a_steady_connection(
    stream: Stream, carrier: Carrier
) -> None:
    await stream.live()
    carrier.openings = [OSError("no route")] * 40
    carrier.cut()
    await stream.live(within_s=1_000)
    pauses = [
        later - sooner for sooner, later in zip(carrier.opened_s[1:], carrier.opened_s[2:], strict=False)
    ]
    assert max(pauses) <= LONGEST_PAUSE_S
    assert max(pauses[-20:]) > LONGEST_PAUSE_S / 2
    assert max(pauses[:3]) <= 2.0
    await passing(60, carrier)
    carrier.cut()
    await asyncio.sleep(0.3)
    assert carrier.is_open


async def test_silence_is_taken_for_a_lost_connection(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        carrier.is_silent = True
        await asyncio.sleep(SILENCE_S - 2)
        await nothing_more(fills)
        carrier.is_silent = False
        await asyncio.sleep(4)
        await stream.live()
        assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]
        assert len(carrier.opened_s) == 2


async def test_pings_alone_are_a_sign_of_life(stream: Stream, carrier: Carrier) -> None:
    await stream.live()
    await passing(300, carrier)
    assert len(carrier.opened_s) == 1


async def test_a_deaf_exchange_is_left_although_it_pings(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        carrier.is_deaf = True
        await passing(CHECK_S + ANSWER_S + 2, carrier)
        carrier.is_deaf = False
        await stream.live(within_s=60)
        assert len(carrier.opened_s) >= 2
        assert [type(event) for event in await taken(fills, 2)] == [Gap, Resumed]


async def test_a_subscription_that_the_exchange_forgot_is_made_again(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.fills() as fills:
        carrier.venue.subscriptions.clear()
        carrier.emit("fill")
        await passing(CHECK_S + 1, carrier)
        carrier.emit("fill")
        gap, resumed, event = await taken(fills, 3)
        assert (gap.reason, type(resumed), event.ts_ms) == (GapReason.SUBSCRIPTION_LOST, Resumed, 2)


async def test_an_opening_that_hangs_is_given_up(stream: Stream, carrier: Carrier) -> None:
    await stream.live()
    carrier.hangs = True
    carrier.cut()
    await asyncio.sleep(OPEN_S + 2)
    assert stream.state.phase in (Phase.DOWN, Phase.CONNECTING)
    assert stream.state.last_error == f"no connection in {OPEN_S:g} s"
    carrier.hangs = False
    await stream.live(within_s=60)


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_handshake_that_is_refused_for_a_while_is_tried_again(
    status: int, sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    carrier.openings = [refused(status)] * 3
    async with streaming(sandbox, clock, carrier) as stream:
        await stream.live(within_s=60)
    assert len(carrier.opened_s) == 4


async def test_a_key_that_is_not_accepted_ends_the_stream_and_its_readers(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    body = b'{"error":{"code":"INCORRECT_API_KEY_SIGNATURE","message":"no"}}'
    async with streaming(sandbox, clock, carrier) as stream, stream.fills() as fills:
        carrier.openings = [refused(401, body)]
        carrier.cut()
        assert (await anext(fills)).reason is GapReason.LINK_LOST  # type: ignore[union-attr]
        with pytest.raises(Unauthorized) as caught:
            await anext(fills)
        assert caught.value.advice
        assert stream.state.phase is Phase.CLOSED
        with pytest.raises(Unauthorized):
            await stream.live()
        with pytest.raises(Unauthorized):
            async with stream.trades("A"):
                pass
    assert len(carrier.opened_s) == 2


async def test_a_refused_timestamp_corrects_the_clock_once(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    body = b'{"error":{"code":"header_timestamp_expired","message":"no"}}'
    date = (b"date", b"Sun, 22 Nov 2026 12:05:00 GMT")
    carrier.openings = [refused(401, body, date)]
    async with streaming(sandbox, clock, carrier) as stream:
        await stream.live()
        first, second = (int(headers["KALSHI-ACCESS-TIMESTAMP"]) for headers in carrier.headers)
        assert 299_000 < second - first < 302_000
        carrier.openings = [refused(401, body, date)] * 2
        carrier.cut()
        with pytest.raises(Unauthorized):
            await stream.live(within_s=60)


async def test_a_signer_that_fails_ends_the_stream(sandbox: Sandbox, clock: VirtualClock) -> None:
    alice = sandbox.add_account("alice")
    key = KeySigner(Credentials(alice.key_id, alice.private_key_pem))

    class Broken(Signer):
        async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
            if "ws" in path:
                raise ValueError("no HSM")
            return await key.headers(method, path, now_ms)

    async with (
        Session(sandbox.environment, Broken(), clock=clock) as session,
        session.stream(transport=Carrier()) as stream,
    ):
        with pytest.raises(KalshiError, match="the signer failed"):
            await stream.live()


async def test_a_refused_market_is_told_to_its_reader_alone(stream: Stream, carrier: Carrier) -> None:
    async with stream.trades(["A"]) as mine:
        with pytest.raises(SubscriptionRefused, match="refused trade of NOPE: 11: no"):
            async with stream.trades(["NOPE"]):
                pass
        async with stream.trades(["B", "NOPE2"]) as both:
            (told,) = await taken(both, 1)
            assert told == Refused("trade", frozenset(("NOPE2",)), 11, "no")
            carrier.emit("trade", "B")
            assert [event.market_ticker for event in await taken(both, 1)] == ["B"]
        carrier.emit("trade", "A")
        assert [event.market_ticker for event in await taken(mine, 1)] == ["A"]


async def test_readers_share_one_subscription_that_grows_and_shrinks(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.trades(["A"]):
        async with stream.trades(["A", "B"]) as both:
            carrier.emit("trade", "B")
            await taken(both, 1)
            (held,) = carrier.venue.subscriptions.values()
            assert held.markets == {"A", "B"}
        await asyncio.sleep(0.01)
        assert held.markets == {"A"}
    await asyncio.sleep(0.01)
    assert carrier.venue.subscriptions == {}
    assert [command.cmd for command in carrier.sent] == [
        "subscribe",
        "update_subscription",
        "update_subscription",
        "unsubscribe",
    ]


async def test_all_markets_instead_of_some_is_a_gap_for_those_who_read_some(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.trades(["A"]) as some, stream.trades() as everything:
        carrier.emit("trade", "B")
        carrier.emit("trade", "A")
        assert [event.market_ticker for event in await taken(everything, 2)] == ["B", "A"]
        gap, resumed, event = await taken(some, 3)
        assert (gap.reason, type(resumed), event.market_ticker) == (GapReason.WIDENED, Resumed, "A")


async def test_a_thousand_markets_go_into_one_command(sandbox: Sandbox, clock: VirtualClock) -> None:
    names = [f"M{number}" for number in range(2_500)]
    carrier = Carrier()
    carrier.venue.known = frozenset(names)
    async with streaming(sandbox, clock, carrier) as stream, stream.trades(names):
        assert [len((command.params or {})["market_tickers"]) for command in carrier.sent] == [  # type: ignore[arg-type]
            1000,
            1000,
            500,
        ]


async def test_an_entry_does_not_wait_for_an_exchange_that_is_away(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    carrier.openings = [OSError("away")] * 1_000
    async with streaming(sandbox, clock, carrier) as stream:
        began_s = clock.monotonic()
        async with stream.fills() as fills:
            assert clock.monotonic() - began_s == pytest.approx(ENTER_S, abs=0.1)
            (gap,) = await taken(fills, 1)
            assert gap == Gap("fill", GapReason.NOT_YET)
            with pytest.raises(DeadlineExceeded, match="not live within 1 s: OSError: away"):
                await stream.live(within_s=1)
            carrier.openings.clear()
            await stream.live(within_s=60)
            assert [type(event) for event in await taken(fills, 1)] == [Resumed]


async def test_terminal_errors_subscribe_again_with_growing_pauses(stream: Stream, carrier: Carrier) -> None:
    async with stream.trades(["A"]) as trades:
        for _ in range(6):
            (sid,) = carrier.venue.subscriptions
            carrier.venue.fail(sid, 25)
            carrier.deliver()
            await stream.live(within_s=60)
        events = await taken(trades, 12)
        assert [getattr(event, "reason", None) for event in events[::2]] == [GapReason.OVERFLOW] * 6
        assert stream.overflows == 6
    asked = [command for command in carrier.sent if command.cmd == "subscribe"]
    assert len(asked) == 7


async def test_a_command_that_came_too_soon_is_sent_again(stream: Stream, carrier: Carrier) -> None:
    obey: Callable[..., None] = carrier.venue.obey
    refusals = [27, 18]

    def busy(command: Any) -> None:
        if command.cmd == "subscribe" and refusals:
            carrier.venue._error(command.id, refusals.pop())
        else:
            obey(command)

    carrier.venue.obey = busy  # type: ignore[method-assign]
    async with stream.fills() as fills:
        carrier.emit("fill")
        await taken(fills, 1)


async def test_frames_of_one_read_are_handed_out_with_the_accounts_own_first() -> None:
    book, fill, ok = (
        b'{"type":"orderbook_delta","sid":1}',
        b'{ "type" : "fill","sid":2}',
        b'{"type":"ok","id":1}',
    )
    assert in_order([book, book, fill]) == [fill, book, book]
    assert in_order([book, fill, ok]) == [book, fill, ok]
    assert in_order([book, book]) == [book, book]
    # A frame that cannot be read stays where its loss is: it may be a fill, and others came before it.
    assert in_order([book, b"garbage", fill]) == [book, b"garbage", fill]


async def test_a_flood_leaves_other_tasks_their_turns(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        for _ in range(1_000):
            carrier.venue.emit("fill", "A")
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        await asyncio.sleep(0)
        carrier.deliver()
        assert len(await taken(fills, 1_000)) == 1_000
        counting.cancel()
        assert turns > 1_000 / 128


async def test_what_has_arrived_before_the_end_is_delivered_before_the_gap(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.fills() as fills:
        for _ in range(500):
            carrier.venue.emit("fill", "A")
        carrier.deliver()
        carrier.cut()
        await stream.live()
        events = await taken(fills, 502)
        assert [type(event).__name__ for event in events[-2:]] == ["Gap", "Resumed"]


async def test_hooks_see_connections_gaps_and_lag(sandbox: Sandbox, clock: VirtualClock) -> None:
    seen: list[object] = []
    hooks = Hooks(on_connection=seen.append, on_gap=seen.append, on_lag=seen.append)
    carrier = Carrier()
    async with streaming(sandbox, clock, carrier, hooks) as stream, stream.fills():
        carrier.venue.wire.append(b'{"type":"fill","sid":1,"sending_ts_ms":%d,"msg":{}}' % clock.now_ms())
        carrier.deliver()
        late = b'{"type":"novelty","sid":1,"sending_ts_ms":%d}' % (clock.now_ms() - 1_500)
        for _ in range(3):
            carrier.venue.wire.append(late)
            carrier.deliver()
        carrier.cut()
        await asyncio.sleep(1)
    phases = [event.phase for event in seen if isinstance(event, ConnectionEvent)]
    assert phases == ["live", "down", "connecting", "live", "closed"]
    assert [event for event in seen if isinstance(event, GapEvent)] == [
        GapEvent(1, "frames"),
        GapEvent(1, "connection lost"),
    ]
    assert [event for event in seen if isinstance(event, LagEvent)] == [LagEvent(1_500)]


async def test_a_reader_that_was_left_ends(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        waiting = asyncio.create_task(anext(fills))
        await asyncio.sleep(0.01)
    for reading in (waiting, anext(fills)):
        with pytest.raises(InvalidRequest, match="the reader was left"):
            await reading


async def test_a_stream_whose_closing_is_canceled_is_closed(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        closing = asyncio.create_task(stream.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await asyncio.sleep(0)
        assert stream.state.phase is Phase.CLOSED
        assert not carrier.is_open
        assert isinstance(await anext(fills), Gap)
        with pytest.raises(InvalidRequest, match="the stream was closed"):
            await anext(fills)


async def test_a_stream_is_entered_once_and_its_readers_too(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    async with session_of(sandbox, sandbox.add_account("alice"), clock) as session:
        stream = session.stream(transport=carrier)
        with pytest.raises(InvalidRequest, match="the stream is not open"):
            _ = stream.state
        async with stream:
            with pytest.raises(InvalidRequest, match="open already"):
                await stream.__aenter__()
            reader = stream.fills()
            with pytest.raises(InvalidRequest, match="enter the reader first"):
                aiter(reader)
            async with reader as fills:
                with pytest.raises(InvalidRequest, match="was entered before"):
                    await reader.__aenter__()
                await stream.aclose()
                await taken(fills, 1)
                with pytest.raises(InvalidRequest, match="the stream was closed"):
                    await anext(fills)
            with pytest.raises(InvalidRequest, match="the stream is closed"):
                async with stream.fills():
                    pass


async def test_the_end_of_a_session_ends_its_streams(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    async with session_of(sandbox, sandbox.add_account("alice"), clock) as session:
        stream = await session.stream(transport=carrier).__aenter__()
        await stream.live()
    assert stream.state.phase is Phase.CLOSED
    assert not carrier.is_open


@pytest.mark.parametrize(
    ("channel", "names", "rule"),
    [
        ("novelty", None, "channel must be one of"),
        ("market_lifecycle_v2", ["A"], "cannot be filtered"),
        ("orderbook_delta", None, "needs at least one name"),
        ("pyth_value", [], "needs at least one name"),
        ("trade", [], "name at least one market"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_before_anything_is_sent(
    channel: str, names: Any, rule: str, stream: Stream
) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        stream.events(channel, names)


async def test_a_view_reads_its_subaccount(sandbox: Sandbox, clock: VirtualClock, carrier: Carrier) -> None:
    async with session_of(sandbox, sandbox.add_account("alice"), clock) as session:
        view = session.with_options(subaccount=3)
        async with view.stream(transport=carrier) as stream, stream.fills() as fills:
            carrier.emit("fill")  # of the primary subaccount
            await nothing_more(fills)
            async with stream.fills(subaccount=0) as primary:
                carrier.emit("fill")
                await taken(primary, 1)


async def test_a_loss_before_a_subscription_is_made_again_starts_anew(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.trades(["A"]) as trades:
        for _ in range(3):  # the second and third time it waits before it subscribes again
            (sid,) = carrier.venue.subscriptions or (0,)
            if sid:
                carrier.venue.fail(sid, 10)
                carrier.deliver()
                await asyncio.sleep(0)
        carrier.cut()
        await stream.live(within_s=60)
        assert [type(event) for event in await taken(trades, 2)] == [Gap, Resumed]


async def test_two_reads_in_one_turn_keep_their_order(stream: Stream, carrier: Carrier) -> None:
    async with stream.fills() as fills:
        for _ in range(2):
            for _ in range(200):
                carrier.venue.emit("fill", "A")
            carrier.deliver()
        assert [event.ts_ms for event in await taken(fills, 400)] == list(range(1, 401))


async def test_a_reader_that_is_told_to_be_slow_keeps_nobody_from_being_live(
    stream: Stream, carrier: Carrier
) -> None:
    async with stream.fills() as fills, stream.trades("A"):
        fills._inbox._most_bytes = 1
        carrier.emit("fill")
        with pytest.raises(SlowConsumer):
            await anext(fills)
        await stream.live(within_s=0)


async def test_a_channel_has_one_set_of_settings_on_a_stream(stream: Stream, carrier: Carrier) -> None:
    one, other = {"send_initial_snapshot": True}, {"send_initial_snapshot": False}
    async with stream.events("ticker", settings=one):
        with pytest.raises(InvalidRequest, match=r"ticker is read with the settings .*: open another"):
            async with stream.events("ticker", settings=other):
                pass
        async with stream.tickers():
            pass
    async with stream.events("ticker", settings=other):
        await asyncio.sleep(0.01)
        assert [each.channel for each in carrier.venue.subscriptions.values()] == ["ticker"]


async def test_an_error_that_concerns_no_reader_is_logged(
    stream: Stream, carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    async with stream.fills():
        carrier.venue.wire.append(b'{"type":"error","msg":{"code":1,"msg":"Unable to process message"}}')
        carrier.deliver()
        carrier.cut()
        await asyncio.sleep(0)
    assert "the exchange sent error 1: Unable to process message" in caplog.text


async def test_a_task_that_is_canceled_while_it_enters_leaves_no_reader(
    sandbox: Sandbox, clock: VirtualClock, carrier: Carrier
) -> None:
    carrier.openings = [OSError("away")] * 1_000
    async with streaming(sandbox, clock, carrier) as stream:
        entering = asyncio.create_task(stream.fills().__aenter__())
        await asyncio.sleep(1)
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        carrier.openings.clear()
        await stream.live(within_s=60)
        assert carrier.venue.subscriptions == {}


async def test_a_stream_that_was_never_entered_can_be_closed(sandbox: Sandbox, clock: VirtualClock) -> None:
    async with session_of(sandbox, sandbox.add_account("alice"), clock) as session:
        await session.stream(transport=Carrier()).aclose()


async def test_a_retry_without_anything_to_retry_sends_nothing(stream: Stream, carrier: Carrier) -> None:
    await stream.live()
    sent = len(carrier.sent)
    (link,) = stream._opened().links
    link.retry()
    assert len(carrier.sent) == sent
