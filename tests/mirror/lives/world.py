"""An exchange in the process, whose links to one member fail as they are told to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

import httpx

from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.events import Event, Matched, OrderChanged
from kalshi_async.sandbox.engine.state import Account, Order, OrderStatus
from kalshi_async.sandbox.settings import Rules
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams.in_process import InProcessTransport
from kalshi_async.streams.seam import Closed, Received

TICKERS = ("KXMIRROR-26NOV23-A", "KXMIRROR-26NOV23-B", "KXMIRROR-26NOV23-C")
CASH_MS = 6_000
"""How well the moment of a balance is known, if a transfer moves cash that no frame tells: reads lag up to
4 s here, and other reads by another lag."""
START_MS = 1_795_348_800_000


class Carrier:
    """A ``StreamTransport`` that delays frames in their order, loses all of them, cuts, and stays away."""

    def __init__(self, sandbox: Sandbox, chance: Random) -> None:
        self._inner = InProcessTransport(sandbox.app)
        self._chance = chance
        self.delay_s = 0.0
        self.is_silent = False
        """Whether nothing arrives any longer, and nobody says so."""
        self.is_deaf = False
        self.is_away = False
        """Whether no connection can be opened."""
        self.is_open = False
        self._frames: deque[bytes] = deque()
        self._received: Received | None = None
        self._closed: Closed | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """Whether every frame that was sent has arrived."""
        return not self._frames and not self.is_silent

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        if self.is_away:
            raise ConnectionRefusedError("away")
        self._received, self._closed = received, closed
        self.is_silent = self.is_deaf = False
        await self._inner.open(url, headers, self._arrived, self._ended)
        self.is_open = True

    def send(self, frame: bytes) -> None:
        if not self.is_deaf:
            self._inner.send(frame)

    async def close(self) -> None:
        self.is_open = False
        self._forget()
        await self._inner.close()

    def cut(self) -> None:
        """Lose the connection, and what is on its way."""
        if self.is_open and self._closed is not None:
            self.is_open = False
            self._forget()
            self._closed(ConnectionResetError("cut"))

    def _arrived(self, frames: Sequence[bytes]) -> None:
        if self.is_silent:
            return
        self._frames.extend(frames)
        if self._timer is None:
            delay_s = self._chance.uniform(0, self.delay_s)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._deliver)

    def _deliver(self) -> None:
        self._timer = None
        frames = [self._frames.popleft() for _ in range(self._chance.randint(1, len(self._frames)))]
        if self._frames:
            self._timer = asyncio.get_running_loop().call_later(0.01, self._deliver)
        assert self._received is not None
        self._received(frames)

    def deliver_all(self) -> None:
        """Hand over all frames at once, as one read."""
        assert self._received is not None
        frames = list(self._frames)
        self._forget()
        self._received(frames)

    def _ended(self, reason: Exception | None) -> None:
        self.is_open = False
        self._forget()
        if self._closed is not None:
            self._closed(reason)

    def _forget(self) -> None:
        self._frames.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Network(httpx.AsyncBaseTransport):
    """REST that is down, or loses answers."""

    def __init__(self, sandbox: Sandbox, chance: Random) -> None:
        self._inner = httpx.ASGITransport(sandbox.app)
        self._chance = chance
        self.is_down = False
        self.loses = 0.0
        """The part of the answers that is lost."""
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.is_down:
            await asyncio.sleep(0.01)
            raise httpx.ConnectError("down")
        response = await self._inner.handle_async_request(request)
        if self._chance.random() < self.loses:
            await response.aread()
            raise httpx.ReadError("lost")
        return response


@dataclass(slots=True)
class Log:
    """What the engine did to one member, in order: the witness of what a mirror tells."""

    member: Account
    fills: list[tuple[str, str]] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    cash: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Times and amounts (e6, of all shards) of the cash of each subaccount."""
    _seen: dict[str, str] = field(default_factory=dict)

    def watch(self, ledger: Ledger, clock: VirtualClock) -> None:
        """Note every movement of cash from now on, and what is there."""
        move = ledger.add_cash

        def add_cash(account: Account, key: tuple[int, int], amount_e6: int) -> None:
            move(account, key, amount_e6)
            if account is self.member:
                self._note(key[0], clock.now_ms())

        ledger.add_cash = add_cash  # type: ignore[method-assign]
        for number in {number for number, _ in self.member.cash_e6}:
            self._note(number, 0)

    def _note(self, number: int, at_ms: int) -> None:
        total_e6 = sum(amount for key, amount in self.member.cash_e6.items() if key[0] == number)
        self.cash.setdefault(number, []).append((at_ms, total_e6))

    def cash_near(self, number: int, at_ms: int) -> list[Decimal]:
        """Return what the cash of a subaccount was within ``CASH_MS`` of a moment, the oldest first."""
        before = [amount for moved_ms, amount in self.cash[number] if moved_ms <= at_ms - CASH_MS][-1:]
        near = [amount for moved_ms, amount in self.cash[number] if abs(moved_ms - at_ms) < CASH_MS]
        return [Decimal(amount) / 1_000_000 for amount in (*before, *near)]

    def observe(self, event: Event) -> None:
        if isinstance(event, OrderChanged):
            self._order(event.order)
        elif isinstance(event, Matched):
            for order, fill in ((event.taker, event.taker_fill), (event.maker, event.maker_fill)):
                self._order(order)
                if order.user_id == self.member.user_id:
                    self.fills.append((fill.fill_id, order.order_id))

    def _order(self, order: Order) -> None:
        if order.user_id != self.member.user_id:
            return
        if order.order_id not in self._seen:
            self.placed.append(order.order_id)
        if order.status is OrderStatus.CANCELED and self._seen.get(order.order_id) != "canceled":
            self.canceled.append(order.order_id)
        self._seen[order.order_id] = str(order.status)


@dataclass
class World:
    """The exchange, alice who has a mirror, and bob who trades with her."""

    sandbox: Sandbox
    clock: VirtualClock
    alice: SandboxAccount
    bob: SandboxAccount
    log: Log
    carrier: Carrier
    network: Network
    chance: Random

    @classmethod
    def of(cls, seed: int, lag_ms: int | None = None, rules: Rules | None = None) -> World:
        """Make one; the seed decides how far reads lag, unless that is given."""
        chance = Random(seed)
        clock = VirtualClock(START_MS)
        lag_ms = chance.choice([0, 50, 400, 1_500]) if lag_ms is None else lag_ms
        sandbox = Sandbox(
            tier="premier",
            clock=clock,
            seed=seed,
            markets=TICKERS,
            read_lag_ms=lag_ms,
            accounts=["alice", "bob"],
            rules=rules,
        )
        alice, bob = sandbox.accounts["alice"], sandbox.accounts["bob"]
        exchange = sandbox.exchange
        for number in (1, 2):
            exchange.accounts.create_subaccount(alice.account)
            exchange.transfers.between_subaccounts(alice.account, f"t{number}", 0, number, 200_000)
        log = Log(alice.account)
        exchange.events.observe(log.observe)
        log.watch(exchange.ledger, clock)
        return cls(
            sandbox, clock, alice, bob, log, Carrier(sandbox, chance), Network(sandbox, chance), chance
        )
