"""``Sandbox``: the engine, its edge and its server as one thing to hold.

It owns nothing of its own but the wiring: state is the exchange's, keys are the
gate's, tokens are the budget's, the socket is the server's.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp

from kalshi_async.clock import Clock, SystemClock
from kalshi_async.environment import Environment
from kalshi_async.sandbox.access.budget import TIERS, Budget
from kalshi_async.sandbox.access.keys import KeyType, generate_pair
from kalshi_async.sandbox.access.signature_check import NEWEST_TIMESTAMP_MS, OLDEST_TIMESTAMP_MS, Gate
from kalshi_async.sandbox.control.market_control import MarketControl
from kalshi_async.sandbox.edge.app import Edge, Observer
from kalshi_async.sandbox.edge.profile import Profile
from kalshi_async.sandbox.edge.profiles import PROFILES
from kalshi_async.sandbox.edge.routes.account import BASE_PATH
from kalshi_async.sandbox.edge.server import Server
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.faults.layer import FaultLayer, Faults, SkewedClock
from kalshi_async.sandbox.settings import Rules
from kalshi_async.sandbox.traders.random_walk import SimulatedTraders
from kalshi_async.signing.credentials import Credentials

DEFAULT_MARKETS = (
    "KXHIGHNY-26NOV23-B52.5",
    "KXHIGHNY-26NOV23-B54.5",
    "KXHIGHNY-26NOV23-B56.5",
)
"""One event with three brackets, listed when no market is named."""

# Where requests go while no server runs: a transport answers there in-process.
_IN_PROCESS_ORIGIN = "http://localhost"


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """A member with one API key, ``key_id`` and ``private_key_pem``, which no repr shows.

    ``name`` is the operator's name for it, ``account`` what the exchange holds of it.
    """

    name: str
    key_id: str
    private_key_pem: str = field(repr=False)
    account: Account = field(repr=False)

    @property
    def credentials(self) -> Credentials:
        """The key as a client takes it."""
        return Credentials(self.key_id, self.private_key_pem)


class Sandbox:
    """An exchange of one's own: a matching engine behind a signed HTTP API.

    ``async with Sandbox() as sandbox`` serves it on loopback; without entering it,
    ``sandbox.edge.app`` answers in-process through ``httpx.ASGITransport``. ``tier`` sets
    the rate limits of every account ("off" for none), ``read_lag_ms`` how far reads
    trail writes, ``rules`` what else can be switched. ``markets`` are tickers;
    ``accounts`` are names, each opened with an Ed25519 key. ``traders`` simulated
    members trade while it runs. ``profile`` is the generation of the API that it
    speaks, "current" or "2025". ``faults`` is the script of what goes wrong (see
    ``sandbox.faults``). ``observe`` is told of every request, signature included: for
    tests. ``exchange`` is the engine behind it all, ``budget`` holds everybody's tokens, and
    ``clock`` is the time of both.
    """

    def __init__(
        self,
        *,
        profile: str = "current",
        tier: str = "basic",
        markets: Sequence[str] = DEFAULT_MARKETS,
        accounts: Sequence[str] = (),
        traders: int = 0,
        clock: Clock | None = None,
        seed: int = 0,
        read_lag_ms: int | None = None,
        rules: Rules | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        timestamp_window_ms: tuple[int, int] = (OLDEST_TIMESTAMP_MS, NEWEST_TIMESTAMP_MS),
        observe: Observer | None = None,
    ) -> None:
        self.profile = _checked_profile(profile)
        self._tier = _checked_tier(tier)
        self.clock: Clock = SystemClock() if clock is None else clock
        venue_clock = SkewedClock(self.clock)
        rules = Rules() if rules is None else rules
        if read_lag_ms is not None:
            rules = replace(rules, read_lag_ms=read_lag_ms)
        self.exchange = Exchange(venue_clock, rules, seed=seed)
        self.budget = Budget(self.clock)
        oldest_ms, newest_ms = timestamp_window_ms
        self._gate = Gate(venue_clock, oldest_ms=oldest_ms, newest_ms=newest_ms)
        edge = Edge(self.exchange, self._gate, self.budget, venue_clock, observe, self.profile)
        self.faults = Faults(self.exchange.reads, venue_clock, seed, self.profile.generation)
        self._layer = FaultLayer(edge.app(), self.faults)
        self.app: ASGIApp = self._layer
        self.accounts: dict[str, SandboxAccount] = {}
        self._key_ids = random.Random(f"key ids {seed}")
        self._server = Server(self._layer.serve, host, port)
        self._origin = _IN_PROCESS_ORIGIN
        for ticker in markets or DEFAULT_MARKETS:
            self.exchange.markets.add(ticker)
        for name in accounts:
            self.add_account(name)
        self._crowd: SimulatedTraders | None = None
        self._trading: asyncio.Task[None] | None = None
        if traders:
            self._crowd = SimulatedTraders(
                self.exchange, list(self.exchange.markets), count=traders, seed=seed
            )

    def add_account(
        self,
        name: str,
        key_type: KeyType = "ed25519",
        *,
        tier: str | None = None,
        cash: Decimal = Decimal(10_000),
        is_fcm: bool = False,
    ) -> SandboxAccount:
        """Open an account with ``cash`` dollars and one key.

        Raises ValueError if the name is taken or the tier or key type is unknown.
        """
        if name in self.accounts:
            raise ValueError(f"account names must be unique, {name!r} is taken")
        tier = self._tier if tier is None else _checked_tier(tier)
        private_key_pem, public_key_pem = generate_pair(key_type)
        account = self.exchange.accounts.open(name, tier=tier, cash=cash, is_fcm=is_fcm)
        key_id = self._register(account, public_key_pem, None)
        self.accounts[name] = SandboxAccount(name, key_id, private_key_pem, account)
        return self.accounts[name]

    def add_key(
        self, owner: SandboxAccount, key_type: KeyType = "ed25519", *, subaccount: int | None = None
    ) -> SandboxAccount:
        """Return ``owner`` under one more key, restricted to ``subaccount`` if one is named."""
        private_key_pem, public_key_pem = generate_pair(key_type)
        key_id = self._register(owner.account, public_key_pem, subaccount)
        return SandboxAccount(owner.name, key_id, private_key_pem, owner.account)

    def market(self, ticker: str) -> MarketControl:
        """Return the operator's handle on one market: pause, settle, trade, quote."""
        return self.exchange.market(ticker)

    @property
    def rest_url(self) -> str:
        """Base URL of the REST API; on localhost, port 80, while no server runs."""
        return self._origin + BASE_PATH

    @property
    def environment(self) -> Environment:
        """This exchange as a client names it. Streams are not served."""
        return Environment("sandbox", self.rest_url, generation=self.profile.generation)

    def credentials(self, name: str) -> Credentials:
        """Return the key of an account by its name. Raises KeyError for an unknown one."""
        return self.accounts[name].credentials

    async def start(self) -> None:
        """Serve on loopback and return once connections are accepted. Raises OSError."""
        host, port = await self._server.start()
        self._origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if self._crowd is not None and self._trading is None:
            self._crowd.step()  # so that the first visitor finds a book
            self._trading = asyncio.create_task(self._crowd.run(self.clock), name="simulated traders")

    async def stop(self) -> None:
        """Finish requests in flight and close the server; state is kept. Idempotent."""
        self._origin = _IN_PROCESS_ORIGIN
        trading, self._trading = self._trading, None
        if trading is not None:
            trading.cancel()
            await asyncio.wait([trading])
        await self._layer.close()
        await self._server.stop()
        if trading is not None and not trading.cancelled():
            trading.result()  # a crowd that died on the way is an error to be seen

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def _register(self, account: Account, public_key_pem: bytes, subaccount: int | None) -> str:
        key_id = str(uuid.UUID(int=self._key_ids.getrandbits(128), version=4))
        self._gate.register(key_id, account, public_key_pem, subaccount)
        return key_id


def _checked_profile(profile: str) -> Profile:
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}, was {profile!r}")
    return PROFILES[profile]


def _checked_tier(tier: str) -> str:
    if tier not in TIERS:
        raise ValueError(f"tier must be one of {', '.join(TIERS)}, was {tier!r}")
    return tier
