"""Looking hosts up: one at a time, for all that wait, on threads that nobody else needs.

``Names`` stands for the system: what it finds, how long it takes, and how often it was asked.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass, field

import pytest

from kalshi_async.transport.addresses import (
    MOST_LOOK_UPS,
    OVERTAKE_S,
    PATIENCE_S,
    Addresses,
    in_order,
)

ONE, TWO = "192.0.2.1", "192.0.2.2"
NO_SERVER = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@dataclass
class Names:
    """The name servers."""

    found: list[str] = field(default_factory=lambda: [ONE])
    takes_s: float = 0.0
    failure: Exception | None = None
    asked: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def resolved(self, name: str, port: int) -> list[str]:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        if self.failure is not None:
            raise self.failure
        return self.found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr("kalshi_async.transport.addresses.resolved", names.resolved)
    return names


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_an_address_is_not_looked_up(names: Names) -> None:
    addresses = Addresses()
    assert await addresses.of("127.0.0.1", 443) == ["127.0.0.1"]
    assert await addresses.of("::1", 443) == ["::1"]
    addresses.prefer("::1", "::1")
    assert names.asked == 0


async def test_all_that_connect_to_a_host_share_one_look_up(names: Names) -> None:
    names.takes_s = 1.0
    addresses = Addresses()
    found = await asyncio.gather(*(addresses.of("x.test", 443) for _ in range(20)))
    assert found == [[ONE]] * 20
    assert names.asked == 1


async def test_each_host_has_a_look_up_of_its_own(names: Names) -> None:
    names.takes_s = 1.0
    addresses = Addresses()
    await asyncio.gather(addresses.of("x.test", 443), addresses.of("y.test", 443))
    assert names.asked == 2
    assert now_s() == pytest.approx(1.0)


async def test_each_new_connection_asks_anew(names: Names) -> None:
    """A host may move: the system and the name servers know for how long an answer holds."""
    addresses = Addresses()
    assert await addresses.of("x.test", 443) == [ONE]
    names.found = [TWO]
    assert await addresses.of("x.test", 443) == [TWO]


async def test_a_request_that_is_canceled_stops_the_look_up_for_nobody_else(names: Names) -> None:
    names.takes_s = 1.0
    addresses = Addresses()
    first, second = (asyncio.create_task(addresses.of("x.test", 443)) for _ in range(2))
    await asyncio.sleep(0.5)
    first.cancel()
    assert await second == [ONE]
    assert first.cancelled()
    assert names.asked == 1


@pytest.mark.parametrize("failure", [NO_SERVER, UnicodeError("label too long")])
async def test_a_look_up_that_fails_is_an_error_for_all_that_wait(names: Names, failure: Exception) -> None:
    names.failure = failure
    addresses = Addresses()
    waiting = [addresses.of("x.test", 443) for _ in range(3)]
    assert await asyncio.gather(*waiting, return_exceptions=True) == [failure] * 3
    names.failure = None
    assert await addresses.of("x.test", 443) == [ONE], "the next one asks again"


async def test_the_last_known_addresses_serve_when_a_look_up_fails(names: Names) -> None:
    addresses = Addresses()
    await addresses.of("x.test", 443)
    names.failure = NO_SERVER
    for _ in range(3):
        assert await addresses.of("x.test", 443) == [ONE]
        await asyncio.sleep(60)


async def test_the_last_known_addresses_serve_soon_when_a_look_up_hangs(names: Names) -> None:
    addresses = Addresses()
    await addresses.of("x.test", 443)
    names.takes_s = 30.0
    assert await addresses.of("x.test", 443) == [ONE]
    assert now_s() == pytest.approx(PATIENCE_S)
    for _ in range(10):
        assert await addresses.of("x.test", 443) == [ONE]
    assert now_s() == pytest.approx(PATIENCE_S), "that it hangs was found out once"
    assert names.asked == 2


async def test_a_slow_look_up_is_still_heard(names: Names) -> None:
    addresses = Addresses()
    await addresses.of("x.test", 443)
    names.takes_s, names.found = 1.0, [TWO]
    assert await addresses.of("x.test", 443) == [ONE]
    await asyncio.sleep(0.8)
    assert await addresses.of("x.test", 443) == [TWO]


async def test_a_look_up_that_hangs_is_overtaken_once_the_name_server_is_back(names: Names) -> None:
    """The C library asks again after five seconds: an order would be over by then."""
    names.takes_s = 30.0
    addresses = Addresses()
    waiting = [asyncio.create_task(addresses.of("x.test", 443)) for _ in range(5)]
    await asyncio.sleep(1.0)
    names.takes_s = 0.1
    assert await asyncio.gather(*waiting) == [[ONE]] * 5
    assert now_s() == pytest.approx(OVERTAKE_S + 0.1)
    assert (names.asked, names.at_once) == (2, 0)


async def test_look_ups_that_hang_do_not_pile_up(names: Names) -> None:
    names.takes_s = 30.0
    addresses = Addresses()
    await asyncio.gather(*(addresses.of("x.test", 443) for _ in range(50)))
    assert now_s() == pytest.approx(30.0)
    assert names.most_at_once == MOST_LOOK_UPS


async def test_closing_gives_a_look_up_up(names: Names) -> None:
    names.takes_s = 30.0
    addresses = Addresses()
    waiting = asyncio.create_task(addresses.of("x.test", 443))
    await addresses.of("127.0.0.1", 443)
    await asyncio.sleep(0.1)
    addresses.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert now_s() == pytest.approx(0.1)
    assert names.at_once == 0


async def test_closing_a_host_that_is_being_asked_for_nothing_is_harmless(names: Names) -> None:
    addresses = Addresses()
    addresses.close()
    await addresses.of("x.test", 443)
    addresses.close()
    assert await addresses.of("x.test", 443) == [ONE]


@pytest.mark.parametrize(
    ("found", "preferred", "tried"),
    [
        ([], None, []),
        (["a", "b"], None, ["a", "b"]),
        (["a", "b", "c"], "b", ["b", "a", "c"]),
        (["a", "b"], "gone", ["a", "b"]),
        (["::1", "::2", "::3", "a"], None, ["::1", "a", "::2", "::3"]),
        (["a", "b", "c", "::1"], None, ["a", "::1", "b", "c"]),
        (["::1", "::2", "a", "b"], "b", ["b", "::1", "a", "::2"]),
    ],
)
def test_addresses_are_tried_by_turns_and_the_one_that_answered_first(
    found: list[str], preferred: str | None, tried: list[str]
) -> None:
    assert in_order(found, preferred) == tried


async def test_the_system_is_asked_on_a_thread_that_holds_up_neither_program_nor_exit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the default executor, look-ups that hang would take every thread of ``asyncio.to_thread``."""
    threads = list[threading.Thread]()
    system = socket.getaddrinfo

    def asked(*given: object, **options: object) -> object:
        threads.append(threading.current_thread())
        return system(*given, **options)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    assert "127.0.0.1" in await Addresses().of("localhost", 443)
    (thread,) = threads
    assert thread.daemon
    assert thread.name == "kalshi_async look-up"


async def test_an_error_of_the_system_comes_back_from_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> object:
        raise NO_SERVER

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    with pytest.raises(socket.gaierror) as caught:
        await Addresses().of("x.test", 443)
    assert caught.value is NO_SERVER


async def test_an_answer_that_nobody_waits_for_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread goes on after the transport was closed, and must not trip over that."""
    may_answer, has_answered = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        may_answer.wait(10)
        has_answered.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    addresses = Addresses()
    waiting = asyncio.create_task(addresses.of("x.test", 443))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    addresses.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_answer.set()
    assert has_answered.wait(10)
