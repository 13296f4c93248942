"""A path that died without notice: connections swallow bytes, and only new ones are answered.

A ``Path`` leads to a server that answers every request; when it is cut, the connections that exist
are swallowed for ever. Time is virtual, so each moment is exact but for the jitter of a back-off,
which is below ``BACK_OFF_S``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest

from kalshi_async import (
    CreateOrder,
    Fate,
    Http1Transport,
    KalshiError,
    OutcomeUnknown,
    RateLimits,
    Session,
    Timeouts,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.timeouts import LEAST_SILENCE_S
from kalshi_async.transport.http1._connection import SUSPECT_S
from tests.stages.raw_server import Anybody, http, read_request, reset, serving, silent
from tests.stages.replies import order
from tests.stages.served import TICKER

BACK_OFF_S = 0.11
CANCELED = http(200, b'{"order_id":"o1","reduced_by":"1.00","ts_ms":1795348800000}')
CREATED = http(201, b'{"order_id":"1","fill_count":"0.00","remaining_count":"1.00","ts_ms":1795348800000}')
STATUS = http(200, b'{"exchange_active":true,"trading_active":true}')
GROUP = http(201, b'{"order_group_id":"g1"}')


@dataclass
class Path:
    """What a request meets on its way: a server, and whether the way still leads there."""

    clock: VirtualClock
    takes_s: float = 0.0
    """How long the server takes for each answer."""
    refuses_until_s: float = 0.0
    """New connections are reset until then."""
    holes_until_s: float = 0.0
    """New connections are opened until then, and swallow whatever is sent on them."""
    cuts: int = 0
    connections: int = 0
    received: list[bytes] = field(default_factory=list)
    """The first lines of the requests that arrived and were answered."""
    swallowed: list[bytes] = field(default_factory=list)
    answers: dict[bytes, bytes] = field(default_factory=dict)
    """Answers by the beginning of the first line, in place of the usual ones."""
    open: list[asyncio.StreamWriter] = field(default_factory=list)
    """The connections that stand, in the order in which they last answered."""

    def cut(self) -> None:
        """Swallow whatever is sent on the connections that exist."""
        self.cuts += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.clock.monotonic() < self.refuses_until_s:
            reset(writer)
            return
        if self.clock.monotonic() < self.holes_until_s:
            await silent(reader, writer)
            return
        self.connections += 1
        self.open.append(writer)
        try:
            await self._answer(reader, writer, self.cuts)
        finally:
            self.open.remove(writer)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, made_after: int
    ) -> None:
        while True:
            line = (await read_request(reader)).partition(b"\r\n")[0]
            if self.takes_s:
                await asyncio.sleep(self.takes_s)
            if made_after < self.cuts:
                self.swallowed.append(line)
                continue
            self.received.append(line)
            self.open.remove(writer)
            self.open.append(writer)
            special = (raw for start, raw in self.answers.items() if line.startswith(start))
            writer.write(next(special, reply_to(line)))


def shown(status: str) -> bytes:
    return http(200, msgspec.json.encode({"order": order(order_id="o1", status=status)}))


def reply_to(line: bytes) -> bytes:
    if b"/order_groups" in line:
        return GROUP
    return {b"DELETE": CANCELED, b"POST": CREATED}.get(line.partition(b" ")[0], STATUS)


@asynccontextmanager
async def opened(path: Path, **options: object) -> AsyncIterator[Session]:
    clock = path.clock
    limits = RateLimits(clock.monotonic, read=(1000, 1000), write=(1000, 1000))
    async with (
        serving(path.serve) as environment,
        Http1Transport(max_connections=30, reserved_connections=0, keepalive_expiry_s=1000) as base,
        Session(
            environment,
            Anybody(),
            **{"rate_limits": limits, "base_transport": base, "clock": clock, **options},  # type: ignore[arg-type]
        ) as session,
    ):
        yield session


@pytest.fixture
async def path(clock: VirtualClock) -> Path:
    return Path(clock)


async def warm(session: Session, path: Path, count: int) -> None:
    """Leave so many idle connections in the pool, and let a minute pass."""
    takes_s, path.takes_s = path.takes_s, 0.01
    await asyncio.gather(*(session.exchange.status() for _ in range(count)))
    assert path.connections == count
    path.takes_s = takes_s
    path.received.clear()
    await path.clock.sleep(60)


async def cancel(session: Session) -> None:
    await session.orders.cancel("o1", ticker=TICKER)


async def create(session: Session) -> None:
    await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))


async def read(session: Session) -> None:
    await session.exchange.status()


@pytest.mark.parametrize(
    ("call", "silence_s"),
    [(cancel, 5 / 5), (create, 5 / 3), (read, 10 / 3)],
    ids=["a cancel", "an order", "a read"],
)
async def test_one_silence_is_enough_to_leave_a_dead_path(path: Path, call: object, silence_s: float) -> None:
    """Six connections are dead. They were tried one after the other, and no new one was opened."""
    async with opened(path) as session:
        await warm(session, path, 6)
        path.cut()
        began_s = path.clock.monotonic()
        await call(session)  # type: ignore[operator]  # one of the functions above
        assert silence_s <= path.clock.monotonic() - began_s <= silence_s + BACK_OFF_S
        assert path.connections == 7
        began_s = path.clock.monotonic()
        for _ in range(5):
            await cancel(session)
        assert path.clock.monotonic() == began_s, "the other five were closed too"
        assert path.connections == 7


async def test_a_path_that_stays_dead_for_seconds_is_tried_until_the_deadline(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 3)
        path.cut()
        began_s = path.clock.monotonic()
        path.refuses_until_s = began_s + 3
        await cancel(session)
        assert 3 <= path.clock.monotonic() - began_s < 5
        # Reads may stand between them: after two resends the pipeline also looks.
        assert len([line for line in path.received if line.startswith(b"DELETE")]) == 1


async def test_a_path_that_dies_again_and_again_is_left_each_time(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 1)
        for cuts in range(1, 5):
            await path.clock.sleep(10)
            path.cut()
            await cancel(session)
            assert len(path.received) == len(path.swallowed) == cuts


async def test_a_write_that_must_not_be_sent_twice_waits_longer_and_is_sent_once(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 2)
        path.takes_s = 3.0
        assert (await session.order_groups.create(contracts_limit=10)).order_group_id == "g1"
        path.cut()
        with pytest.raises(OutcomeUnknown):
            await session.order_groups.create(contracts_limit=10)
        assert len(path.received) + len([line for line in path.swallowed if b"POST" in line]) == 2


async def test_a_slow_exchange_is_waited_for_on_a_new_connection(path: Path) -> None:
    """The server has just answered the handshake: it is alive, and a second request would add to its load."""
    path.takes_s = 3.0
    async with opened(path) as session:
        await cancel(session)
        assert len(path.received) == 1


@pytest.mark.parametrize(
    ("call", "is_cut_first", "within_s"),
    [(cancel, False, 3.75), (cancel, True, 1 + 3), (create, False, 3.75), (read, False, 5.0)],
    ids=["a first cancel", "a cancel after a silence", "a first order", "a read"],
)
async def test_a_new_connection_that_is_silent_leaves_time_for_another(
    path: Path, call: object, is_cut_first: bool, within_s: float
) -> None:
    """What is opened while the way is cut connects, to a middlebox, and stays silent for good."""
    async with opened(path) as session:
        if is_cut_first:
            await warm(session, path, 3)
            path.cut()
        began_s = path.clock.monotonic()
        path.holes_until_s = began_s + 3
        await call(session)  # type: ignore[operator]  # one of the functions above
        assert within_s - BACK_OFF_S <= path.clock.monotonic() - began_s <= within_s + 2 * BACK_OFF_S


async def test_a_settling_read_waits_no_longer_on_a_silent_connection_than_its_call_has_left(
    path: Path,
) -> None:
    """With the ten seconds of a read in mind it waited for five, when three were left."""
    async with opened(path) as session:
        await warm(session, path, 1)
        path.cut()
        path.answers = {b"DELETE": http(404, b'{"error":{"code":"not_found"}}'), b"GET": shown("resting")}
        began_s = path.clock.monotonic()
        task = asyncio.create_task(cancel(session))
        await path.clock.sleep(1.5)  # sent again over a new connection, refused, and being read
        path.answers[b"GET"] = shown("canceled")
        path.holes_until_s = began_s + 3
        for connection in list(path.open):
            connection.close()
        await task
        assert path.clock.monotonic() - began_s < 4.5


async def test_a_search_waits_no_longer_on_a_silent_connection_than_it_has_left(path: Path) -> None:
    row = order(order_id="o1", client_order_id="k1", ticker=TICKER)
    path.answers = {
        b"GET /trade-api/v2/exchange/user_data": http(200, b'{"as_of_time":"2026-11-23T12:00:00Z"}'),
        b"GET": http(200, msgspec.json.encode({"orders": [row], "cursor": ""})),
    }
    doubt = OutcomeUnknown("lost", client_order_ids=("k1",), first_sent_ms=1, last_signed_ms=1)
    async with opened(path) as session:
        path.holes_until_s = path.clock.monotonic() + 1
        found = await session.orders.resolve(doubt, timeout_s=4)
    assert found.fate is Fate.PLACED


async def test_what_must_not_be_sent_twice_waits_on_a_new_connection_as_long_as_it_may(path: Path) -> None:
    path.takes_s = 4.5
    async with opened(path) as session:
        assert (await session.order_groups.create(contracts_limit=10)).order_group_id == "g1"


async def test_an_exchange_that_turns_slow_is_given_the_time_to_settle(path: Path) -> None:
    """Sent again after a second, refused, and read: each answer takes 1.5 s, and five are enough."""
    async with opened(path) as session:
        await warm(session, path, 2)
        path.takes_s = 1.5
        path.answers = {b"DELETE": http(404, b'{"error":{"code":"not_found"}}'), b"GET": shown("canceled")}
        await cancel(session)


async def test_a_slow_exchange_is_not_asked_twice_once_its_pace_is_known(path: Path) -> None:
    path.takes_s = 1.5
    async with opened(path) as session:
        for _ in range(4):
            await cancel(session)
        assert (len(path.received), path.connections) == (4, 1)


async def test_patience_with_a_slow_exchange_has_an_end(path: Path) -> None:
    """Its last answer took three seconds: three times as long would be beyond the deadline."""
    path.takes_s = 3.0
    async with opened(path) as session:
        await cancel(session)
        path.takes_s = 0.0
        path.cut()
        began_s = path.clock.monotonic()
        await cancel(session)
        assert path.clock.monotonic() - began_s == pytest.approx(2.0, abs=BACK_OFF_S)


async def test_twenty_requests_on_dead_connections_all_get_through(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 20)
        path.cut()
        began_s = path.clock.monotonic()
        await asyncio.gather(*(cancel(session) for _ in range(20)))
        assert path.clock.monotonic() - began_s <= 1 + BACK_OFF_S
        assert len(path.received) == len(path.swallowed) == 20


async def test_those_who_wait_for_a_dead_connection_get_a_new_one(path: Path) -> None:
    """Two connections, both dead, and twenty cancels: eighteen wait for their turn."""
    base = Http1Transport(max_connections=2, reserved_connections=0, keepalive_expiry_s=1000)
    async with base, opened(path, base_transport=base) as session:
        await warm(session, path, 2)
        path.cut()
        began_s = path.clock.monotonic()
        await asyncio.gather(*(cancel(session) for _ in range(20)))
        assert path.clock.monotonic() - began_s <= 1 + BACK_OFF_S
        assert (len(path.received), len(path.swallowed), path.connections) == (20, 2, 4)


async def test_a_connection_that_has_answered_meanwhile_is_kept(path: Path) -> None:
    """The silence of one request is not that of the path, if another was answered later."""
    async with opened(path) as session:
        await warm(session, path, 3)
        path.cut()
        doubtful = asyncio.create_task(create(session))
        await asyncio.sleep(0.1)
        # Its own connection is silent too; the next one is new, and answers before the first gives up.
        await cancel(session)
        assert path.connections == 4
        await doubtful
        assert path.connections == 4, "the order is sent again over the one that has answered"


async def test_a_deadline_that_is_shorter_than_every_limit_finds_the_dead_connections_too(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 6)
        path.cut()
        hasty = session.with_options(deadline_s=(SUSPECT_S + LEAST_SILENCE_S) / 2)
        with pytest.raises(KalshiError):
            await hasty.orders.cancel("o1", ticker=TICKER)
        await hasty.orders.cancel("o1", ticker=TICKER)
        assert path.connections == 7


async def test_a_request_that_is_canceled_at_once_says_nothing_of_the_path(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 3)
        path.takes_s = 1.0
        task = asyncio.create_task(create(session))
        await asyncio.sleep(SUSPECT_S / 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        path.takes_s = 0.0
        await create(session)
        assert path.connections == 3


async def test_an_idle_connection_that_breaks_takes_the_older_ones_with_it(path: Path) -> None:
    """A reset tells that the way has forgotten the connection, as a failed keep-alive probe does."""
    async with opened(path) as session:
        await warm(session, path, 4)
        await cancel(session)
        used_last = path.open[-1]
        reset(path.open[0])
        await path.clock.sleep(0.01)
        assert path.open == [used_last]


async def test_an_idle_connection_that_is_closed_in_good_order_takes_no_other_with_it(path: Path) -> None:
    """The server has said good-bye over it, so the path was alive."""
    async with opened(path) as session:
        await warm(session, path, 4)
        path.open[0].close()
        await path.clock.sleep(0.01)
        assert len(path.open) == 3


async def test_time_in_the_queue_shortens_the_silence_that_is_allowed(path: Path) -> None:
    """Of five seconds 1.5 go by in the queue: a third of what is left is 1.17 s, and not 1.67 s."""
    tokens_per_s = 10 / 1.5
    limits = RateLimits(path.clock.monotonic, read=(1000, 1000), write=(tokens_per_s, 30))
    async with opened(path, rate_limits=limits) as session:
        await warm(session, path, 2)
        for _ in range(3):
            await create(session)
        path.cut()
        began_s = path.clock.monotonic()
        await create(session)
        assert path.clock.monotonic() - began_s == pytest.approx(3.0, abs=0.01), "the tokens of the resend"


async def test_a_long_deadline_is_no_reason_to_wait_on_a_dead_path(path: Path) -> None:
    async with opened(path) as session:
        await warm(session, path, 1)
        path.cut()
        began_s = path.clock.monotonic()
        await session.with_options(deadline_s=60).orders.cancel("o1", ticker=TICKER)
        assert path.clock.monotonic() - began_s <= 1 + BACK_OFF_S


async def test_the_silence_is_never_longer_than_the_read_timeout(path: Path) -> None:
    async with opened(path, timeouts=Timeouts(read_s=0.7)) as session:
        await warm(session, path, 4)
        path.cut()
        began_s = path.clock.monotonic()
        await create(session)
        assert path.clock.monotonic() - began_s == pytest.approx(0.7, abs=BACK_OFF_S)


async def test_another_program_with_the_same_key_changes_nothing_of_it(path: Path) -> None:
    """Its requests are answered over connections of its own, which prove nothing about ours."""
    async with opened(path) as session, opened(Path(path.clock)) as other:
        await warm(session, path, 4)
        path.cut()
        began_s = path.clock.monotonic()
        await asyncio.gather(cancel(session), *(cancel(other) for _ in range(10)))
        assert path.clock.monotonic() - began_s <= 1 + BACK_OFF_S
