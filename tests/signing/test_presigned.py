"""The rules of signatures made ahead: each once, none old, none on another clock, none for nobody."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings, strategies as st

from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from kalshi_async.signing._presigned import DEPTH, LONGEST_S, MOST_PATHS, QUIET_S, PresignedCache
from kalshi_async.signing.signer import Signed
from kalshi_async.signing.skew import Skew
from tests.conftest import START_MS

PATH = "/trade-api/v2/portfolio/events/orders"
OTHER_PATH = "/trade-api/v2/portfolio/balance"
LATER_S = 0.01


class Machine(VirtualClock):
    """The clock of a machine that may be set, or sleep while its monotonic clock stands still."""

    moved_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.moved_ms


@dataclass(frozen=True)
class Made:
    """When a signature was begun, by every clock."""

    path: str
    now_ms: int
    made_s: float
    offset_ms: int


@dataclass
class Shop:
    """A stock whose signatures take no time; ``made`` are those that were begun, in order."""

    clock: Machine = field(default_factory=lambda: Machine(START_MS))
    is_quiet: bool = True
    fails: bool = False
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.skew = Skew(self.clock)
        self.stock = PresignedCache(self.start, self.skew, self.clock, lambda: self.is_quiet)

    def start(self, method: str, path: str, now_ms: int) -> asyncio.Future[HeaderPairs]:
        self.made.append(Made(path, now_ms, self.clock.monotonic(), self.skew.offset_ms))
        signing: asyncio.Future[HeaderPairs] = asyncio.get_running_loop().create_future()
        if self.fails:
            signing.set_exception(RuntimeError("the key is gone"))
        else:
            signing.set_result(((b"number", b"%d" % len(self.made)), (path.encode(), method.encode())))
        return signing

    async def used(self, path: str = PATH, times: int = 1) -> list[Signed | None]:
        """Ask for some at once, and be quiet long enough for more to be made."""
        taken = [self.stock.take("POST", path) for _ in range(times)]
        self.stock.rest()
        await self.clock.sleep(LATER_S)
        return taken


@pytest.fixture
async def shop() -> Shop:
    return Shop()


async def test_the_third_use_in_a_row_finds_one(shop: Shop) -> None:
    # The first makes the path known, the second shows that it comes again.
    first, second, third = [(await shop.used())[0] for _ in range(3)]
    assert (first, second) == (None, None)
    assert third is not None
    assert third.now_ms == shop.made[0].now_ms


async def test_a_burst_finds_as_many_as_the_last_one_asked_for(shop: Shop) -> None:
    await shop.used()
    await shop.used(times=3)
    assert [signed is not None for signed in await shop.used(times=4)] == [True, True, True, False]


async def test_no_more_are_held_than_a_burst_needs(shop: Shop) -> None:
    await shop.used()
    await shop.used(times=50)
    assert len(shop.made) == DEPTH


async def test_the_oldest_is_taken_first(shop: Shop) -> None:
    # The others would go to waste.
    await shop.used()
    await shop.used(times=2)
    await shop.used()
    taken = await shop.used(times=2)
    first, second, third = shop.made[:3]
    assert [signed and signed.now_ms for signed in taken] == [second.now_ms, third.now_ms]
    assert first.now_ms == second.now_ms < third.now_ms


async def test_nothing_is_made_while_nobody_asks(shop: Shop) -> None:
    await shop.used()
    await shop.used()
    made = len(shop.made)
    await shop.clock.sleep(3_600)
    shop.stock.rest()
    await shop.clock.sleep(LATER_S)
    assert len(shop.made) == made == 1


async def test_a_path_that_is_used_less_than_once_a_second_gets_none(shop: Shop) -> None:
    for _ in range(9):
        assert await shop.used() == [None]
        await shop.clock.sleep(LONGEST_S)
    assert shop.made == []


async def test_nothing_is_made_while_something_is_under_way(shop: Shop) -> None:
    # A signing thread would take the processor and the interpreter's lock from the loop.
    await shop.used()
    shop.stock.take("POST", PATH)
    shop.stock.rest()
    shop.is_quiet = False
    await shop.clock.sleep(2 * QUIET_S)
    assert shop.made == []
    shop.is_quiet = True
    shop.stock.rest()
    await shop.clock.sleep(2 * QUIET_S)
    assert len(shop.made) == 1


async def test_nothing_is_made_for_what_was_asked_for_long_ago(shop: Shop) -> None:
    await shop.used()
    shop.stock.take("POST", PATH)
    await shop.clock.sleep(2 * LONGEST_S)  # busy all the time
    shop.stock.rest()
    await shop.clock.sleep(LATER_S)
    assert shop.made == []


@pytest.mark.parametrize("moved_ms", [0, -500])
async def test_one_of_more_than_a_second_ago_is_not_used(shop: Shop, moved_ms: int) -> None:
    # Whatever the clock on the wall says.
    await shop.used()
    await shop.used()
    await shop.clock.sleep(LONGEST_S)
    shop.clock.moved_ms = moved_ms
    assert await shop.used() == [None]


async def test_a_changed_offset_between_the_clocks_makes_all_worthless(shop: Shop) -> None:
    # By however little: the old one was wrong.
    await shop.used()
    await shop.used(times=3)
    shop.skew.offset_ms += 1
    assert await shop.used(times=3) == [None] * 3


@pytest.mark.parametrize("moved_ms", [-LATER_S * 1000 - 1, 1_000, 3_600_000])
async def test_a_clock_that_was_set_makes_all_worthless(shop: Shop, moved_ms: float) -> None:
    # Or a machine that slept, while its monotonic clock stood still.
    await shop.used()
    await shop.used()
    shop.clock.moved_ms = int(moved_ms)
    assert await shop.used() == [None]


async def test_a_path_gets_only_its_own(shop: Shop) -> None:
    for _ in range(3):
        await shop.used(PATH)
    assert await shop.used(OTHER_PATH) == [None]
    assert shop.stock.take("GET", PATH) is None


async def test_a_key_that_fails_leaves_the_stock_dry(shop: Shop) -> None:
    shop.fails = True
    for _ in range(3):
        assert await shop.used() == [None]


async def test_what_is_being_made_when_it_closes_is_thrown_away(shop: Shop) -> None:
    await shop.used()
    shop.stock.take("POST", PATH)
    shop.stock.rest()
    shop.stock.clear()
    await shop.clock.sleep(LATER_S)
    assert shop.made == []
    await shop.used()
    await shop.used()
    shop.stock.clear()
    assert await shop.used() == [None]


async def test_ever_new_paths_are_not_kept_for_ever(shop: Shop) -> None:
    # Through session.transport come paths with ids that nobody here knows as such.
    for number in range(3 * MOST_PATHS):
        shop.stock.take("GET", f"/rfqs/{number}")
        assert len(shop.stock._shelves) <= MOST_PATHS


ACTIONS = st.one_of(
    st.tuples(st.just("take"), st.sampled_from([PATH, OTHER_PATH])),
    st.tuples(st.just("rest"), st.booleans()),
    st.tuples(st.just("sleep"), st.sampled_from([0.0, 0.0005, 0.002, 0.1, 0.4, 0.999, 1.0, 2.0])),
    st.tuples(st.just("offset"), st.integers(-2_000, 2_000)),
    st.tuples(st.just("set"), st.integers(-2_000, 2_000)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ACTIONS, min_size=10, max_size=60))
def test_whatever_happens_the_rules_hold(actions: list[tuple[str, object]]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(_play(actions))


async def _play(actions: list[tuple[str, object]]) -> None:
    shop = Shop()
    asked: Counter[str] = Counter()
    numbers: list[int] = []
    for name, value in actions:
        if name == "take":
            path = str(value)
            asked[path] += 1
            signed = shop.stock.take("POST", path)
            if signed is not None:
                numbers.append(_checked(shop, signed, path))
        elif name == "rest":
            shop.is_quiet = bool(value)
            shop.stock.rest()
        elif name == "sleep":
            assert isinstance(value, float)
            await shop.clock.sleep(value)
        else:
            assert isinstance(value, int)
            if name == "offset":
                shop.skew.offset_ms = value
            else:
                shop.clock.moved_ms = value
    assert len(set(numbers)) == len(numbers), "one signature for two requests"
    for path, count in Counter(made.path for made in shop.made).items():
        assert count < asked[path], "made for nobody"


def _checked(shop: Shop, signed: Signed, path: str) -> int:
    """Check one that was handed out; returns which of those that were made it is."""
    (_, number), (signed_path, method) = signed.headers
    assert (signed_path, method) == (path.encode(), b"POST")
    made = shop.made[int(number) - 1]
    assert made.now_ms == signed.now_ms, "what is told is what was signed"
    assert made.offset_ms == shop.skew.offset_ms
    assert shop.clock.monotonic() - made.made_s <= LONGEST_S
    assert 0 <= shop.skew.now_ms() - signed.now_ms <= LONGEST_S * 1000
    return int(number)
