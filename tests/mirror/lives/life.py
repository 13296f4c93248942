"""One life: alice and strangers trade, links and reads fail, mirrors come and go; the engine judges."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kalshi_async import ALL, CreateOrder, RetryPolicy, Session
from kalshi_async.calls.retry import jittered
from kalshi_async.contract.fields import BookSide
from kalshi_async.errors import KalshiError
from kalshi_async.mirror import EventReader, Mirror
from kalshi_async.mirror.scope import Scope
from kalshi_async.sandbox import Rejected, SandboxAccount
from kalshi_async.sandbox.engine.instructions import Amendment, NewOrder
from kalshi_async.sandbox.engine.state import Account, Order, Side
from kalshi_async.sandbox.faults.frames import (
    DoubleFrame,
    FailSubscription,
    GarbleFrame,
    JumpSequence,
    Overflow,
    StreamFault,
)
from tests.mirror.lives.judging import Witness, differences
from tests.mirror.lives.world import TICKERS, World
from tests.stages.served import session_of

RESTARTS = 5
STEPS = 40
"""What happens in the life of one mirror."""
TURNS = 30
"""Turns of the loop in which frames without delay arrive."""
SETTLES_S = 200.0
"""The time after the last trouble within which a mirror must be current."""

_FRAME_FAULTS: tuple[Callable[[], StreamFault], ...] = (
    DoubleFrame,
    GarbleFrame,
    lambda: FailSubscription(10),
    Overflow,
)
_RESULTS: tuple[str | int, ...] = ("yes", "no", 40)
_SCOPES: tuple[Any, ...] = (None, ALL, 0, 1, (0, 2))


@dataclass
class Findings:
    """What came of lives."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


async def play(seed: int, kind: type[Life] | None = None) -> Findings:
    """Play one life."""
    world, found = World.of(seed), Findings()
    life = (kind or Life)(world, found, seed)
    async with asyncio.timeout(100_000):
        for number in range(RESTARTS + 1):
            await life.mirror(number)
    found.counts["lives"] += 1
    found.counts["fills"] += len(world.log.fills)
    found.counts["orders"] += len(world.log.placed)
    return found


class Life:
    """The members of one world and what they do."""

    _settles = True
    _periods: tuple[float | None, ...] = (20.0, 60.0, None)

    def __init__(self, world: World, found: Findings, seed: int) -> None:
        self._world, self._found, self._seed = world, found, seed
        self._chance = world.chance
        self._account: Account = world.alice.account
        self._exchange = world.sandbox.exchange
        self._keys: SandboxAccount = world.alice
        self._numbers = [0, 1, 2]
        self._scope: Any = None
        self._witness: Witness
        self._was_silent = False
        if seed % 7 == 0:  # a key of subaccount 1 alone
            self._keys = world.sandbox.add_key(world.alice, subaccount=1)
            self._numbers = [1]
        self._outage: asyncio.Task[None] | None = None

    async def mirror(self, number: int) -> None:
        """Open a session and a mirror, live, and judge."""
        world, log = self._world, self._world.log
        chance = self._chance  # of all that is random: a life is the same each time
        retry = RetryPolicy(wait=jittered(0.1, 1.0, chance), refused_wait=jittered(0.01, 0.5, chance))
        options = {"base_transport": world.network, "retry": retry}
        async with session_of(world.sandbox, self._keys, world.clock, **options) as session:
            self._scope = self._chance.choice(_SCOPES if len(self._numbers) > 1 else (None, ALL, 1))
            stream = session.stream(transport=world.carrier)
            stream._random = chance
            async with stream:
                opening = len(log.fills), len(log.placed), len(log.canceled)
                background = asyncio.create_task(self._strangers())
                async with session.mirror(
                    subaccount=self._scope, stream=stream, check_s=self._chance.choice(self._periods)
                ) as account:
                    background.cancel()
                    await self._live(session, account, opening, f"life {self._seed}.{number}")

    async def _live(
        self, session: Session, account: Mirror, opening: tuple[int, int, int], name: str
    ) -> None:
        self._was_silent = False
        witness = self._witness = Witness(self._account, self._world.log, self._has)
        taking = asyncio.create_task(_take(account.events(), witness))
        for step in range(STEPS):
            with suppress(KalshiError, Rejected):
                await self._act(session, account)
            self._disturb()
            await asyncio.sleep(self._chance.choice([0, 0, 0.01, 0.3, 2.0, 8.0]))
            for _ in range(TURNS):
                await asyncio.sleep(0)
            self._compare(account, f"{name} step {step}")
        await self._calm()
        try:
            async with asyncio.timeout(SETTLES_S):
                await account.current(within_s=SETTLES_S)
                while not self._world.carrier.is_idle or account.unresolved:  # noqa: ASYNC110  # two causes
                    await asyncio.sleep(1)
                await account.current(within_s=SETTLES_S)
        except (TimeoutError, KalshiError) as error:
            self._found.wrong.append(
                f"{name}: not current or in doubt after all trouble: {error!r} {account.unresolved}"
            )
        await asyncio.sleep(0.1)
        self._compare(account, f"{name} at its end")
        taking.cancel()
        await asyncio.wait([taking])
        is_whole = account.is_current
        for line in witness.judge(opening, is_whole=is_whole, may_drift=self._was_silent):
            self._found.wrong.append(f"{name}: {line}")
        self._found.counts["mirrors"] += 1
        self._found.counts["events"] += len(witness.told)
        self._found.counts.update(type(event).__name__ for event in witness.told)

    def _compare(self, account: Mirror, name: str) -> None:
        if not account.is_current:
            self._found.counts["not current when looked at"] += 1
            return
        if not self._world.carrier.is_idle:
            return
        self._found.counts["comparisons"] += 1
        for line in differences(account, self._account, self._has):
            self._found.wrong.append(f"{name}: {line}")
        for number, one in account.cash.items():
            self._found.counts["comparisons of cash"] += 1
            if one.amount not in (true := self._world.log.cash_near(number, one.as_of_ms)):
                self._found.wrong.append(f"{name}: {one} and the exchange held {true}")

    def _has(self, subaccount: int) -> bool:
        """Whether a subaccount is in the scope of the mirror and of its key."""
        return Scope.of(self._scope, None).has(subaccount) and subaccount in self._numbers

    # What goes wrong.

    def _disturb(self) -> None:
        world, chance = self._world, self._chance
        world.carrier.delay_s = chance.choice([0, 0, 0, 0.2])
        if self._outage is not None and not self._outage.done():
            return
        dice = chance.random()
        if dice < 0.03:
            world.carrier.cut()
            self._found.counts["cuts"] += 1
        elif dice < 0.06:
            self._outage = asyncio.create_task(self._away(chance.uniform(1, 90), streams=True, rest=True))
        elif dice < 0.08:
            self._outage = asyncio.create_task(self._away(chance.uniform(1, 90), streams=True, rest=False))
        elif dice < 0.10:
            self._outage = asyncio.create_task(self._away(chance.uniform(1, 30), streams=False, rest=True))
        elif dice < 0.11:
            world.carrier.is_silent = world.carrier.is_open
            self._was_silent = True
            self._found.counts["silences"] += 1
        elif dice < 0.12:
            world.carrier.is_deaf = True
        elif dice < 0.17:
            kind = chance.choice(["user_order", "fill", "market_position", "order_group_updates"])
            world.sandbox.streams.faults.on(kind, chance.choice(_FRAME_FAULTS)())
            self._found.counts["frame faults"] += 1
        elif dice < 0.18:
            world.sandbox.streams.faults.on("order_group_updates", JumpSequence(3))
        elif dice < 0.24:
            world.sandbox.faults.lag_reads(chance.choice([0, 400, 1_500, 4_000]))
            self._found.counts["lags"] += 1
        world.network.loses = chance.choice([0, 0, 0, 0.1, 0.3])

    async def _away(self, seconds: float, *, streams: bool, rest: bool) -> None:
        world = self._world
        self._found.counts["outages"] += 1
        world.carrier.is_away, world.network.is_down = streams, rest
        if streams:
            world.carrier.cut()
        try:
            await asyncio.sleep(seconds)
        finally:
            world.carrier.is_away = world.network.is_down = False

    async def _calm(self) -> None:
        """End all trouble."""
        world = self._world
        if self._outage is not None:
            self._outage.cancel()
            await asyncio.wait([self._outage])
            self._outage = None
        world.network.loses = world.carrier.delay_s = 0.0
        world.sandbox.streams.faults.clear()

    # What happens.

    async def _strangers(self) -> None:
        """Trade while a mirror opens."""
        while True:
            with suppress(Rejected):
                self._chance.choice([self._bob, self._external])()
            await asyncio.sleep(self._chance.uniform(0, 0.5))

    async def _act(self, session: Session, account: Mirror) -> None:
        acts: list[Callable[[], object]] = [
            *[lambda: self._create(session)] * 4,
            lambda: self._batch(session),
            lambda: self._change(session, account),
            lambda: self._change(session, account),
            lambda: self._group(session, account),
            *[self._bob] * 5,
            *[self._external] * 3,
            self._external_change,
            self._move,
        ]
        result = self._chance.choice(acts)()
        if isinstance(result, Awaitable):
            await result

    def _order(self) -> CreateOrder:
        chance = self._chance
        options: dict[str, Any] = {"subaccount": chance.choice(self._numbers)}
        kind = chance.choice(["plain", "plain", "ioc", "expires", "grouped"])
        if kind == "ioc":
            options["time_in_force"] = "immediate_or_cancel"
        elif kind == "expires":
            options["expiration_time"] = self._world.clock.now_ms() // 1_000 + chance.randint(1, 60)
        elif kind == "grouped":
            mine = [
                group for group in self._account.groups.values() if group.subaccount == options["subaccount"]
            ]
            if mine:
                options["order_group_id"] = chance.choice(mine).order_group_id
        side = chance.choice([BookSide.BID, BookSide.ASK])
        price = Decimal(chance.randint(44, 56)) / 100
        return CreateOrder(chance.choice(TICKERS), side, chance.randint(1, 12), price, **options)

    async def _create(self, session: Session) -> None:
        call = session.with_options(deadline_s=self._chance.choice([0.5, 5.0])).orders.create(self._order())
        if self._chance.random() < 0.1:  # the program gives up waiting
            task = asyncio.create_task(call)
            await asyncio.sleep(self._chance.choice([0, 0.01]))
            task.cancel()
            await asyncio.wait([task])
        else:
            await call

    async def _batch(self, session: Session) -> None:
        chance = self._chance
        if chance.random() < 0.5:
            await session.orders.create_batch([self._order() for _ in range(3)])
            return
        rows = [order for order in self._account.resting.values() if order.subaccount in self._numbers]
        if rows:
            some = chance.sample(rows, min(3, len(rows)))
            await session.orders.cancel_batch([_reference(session, order) for order in some])

    async def _change(self, session: Session, account: Mirror) -> None:
        chance = self._chance
        orders = list(account.orders)
        if not orders:
            return
        order = chance.choice(orders)
        kind = chance.choice(["cancel", "amend", "decrease"])
        if kind == "cancel":
            await session.orders.cancel(order)
        elif kind == "decrease":
            await session.orders.decrease(order, reduce_to=chance.randint(0, int(order.remaining_count)))
        else:
            count = order.fill_count + chance.randint(1, 12)
            await session.orders.amend(order, price=Decimal(chance.randint(44, 56)) / 100, count=count)

    async def _group(self, session: Session, account: Mirror) -> None:
        chance, groups = self._chance, session.order_groups
        number = chance.choice(self._numbers)
        mine = [group for group in self._account.groups.values() if group.subaccount == number]
        if not mine or chance.random() < 0.3:
            await groups.create(contracts_limit=chance.randint(5, 60), subaccount=number)
            return
        name = chance.choice(mine).order_group_id
        act = chance.choice(["trigger", "reset", "reset", "delete", "limit"])
        if act == "limit":
            limit = chance.randint(5, 60)
            await groups.update_limit(name, contracts_limit=limit, subaccount=number)
        else:
            await getattr(groups, act)(name, subaccount=number)

    def _new(self, subaccount: int = 0) -> NewOrder:
        chance = self._chance
        sides: tuple[Side, Side] = ("bid", "ask")
        return NewOrder(
            chance.choice(TICKERS),
            chance.choice(sides),
            chance.randint(1, 12) * 100,
            chance.randint(44, 56) * 100,
            chance.choice(["good_till_canceled", "immediate_or_cancel"]),
            "taker_at_cross",
            subaccount=subaccount,
        )

    def _bob(self) -> None:
        self._exchange.orders.create(self._world.bob.account, self._new())

    def _external(self) -> None:
        """Another program of alice's places an order."""
        self._exchange.orders.create(self._account, self._new(self._chance.choice([0, 1, 2])))

    def _external_change(self) -> None:
        rows = list(self._account.resting.values())
        if not rows:
            return
        order: Order = self._chance.choice(rows)
        if self._chance.random() < 0.5:
            self._exchange.orders.cancel(
                self._account, order.order_id, subaccount=order.subaccount, market_ticker=order.ticker
            )
            return
        count_e2 = order.filled_e2 + self._chance.randint(1, 12) * 100
        amendment = Amendment(
            order.order_id, order.ticker, order.side, order.price_e4, count_e2, subaccount=order.subaccount
        )
        self._exchange.orders.amend(self._account, amendment)

    def _move(self) -> None:
        """Something happens to money or to a market; one market is settled, and listed anew."""
        chance = self._chance
        if chance.random() < 0.5:
            key = f"{self._seed}-{chance.random()}"
            self._exchange.transfers.between_subaccounts(self._account, key, 0, chance.choice([1, 2]), 100)
        elif chance.random() < 0.3:
            market = self._world.sandbox.market(chance.choice(TICKERS))
            with suppress(ValueError):  # it has been settled
                market.pause()
                market.resume()
        elif self._settles and chance.random() < 0.1:
            with suppress(ValueError):
                self._world.sandbox.market(TICKERS[2]).settle(chance.choice(_RESULTS))
                self._found.counts["settlements"] += 1


def _reference(session: Session, order: Order) -> Any:
    from kalshi_async import CancelItem

    return CancelItem(order.order_id, subaccount=order.subaccount, market_ticker=order.ticker)


async def _take(events: EventReader, witness: Witness) -> None:
    async for event in events:
        witness.told.append(event)
        witness.told_s.append(asyncio.get_running_loop().time())
