"""``Sandbox``: builds and connects the parts of an embedded exchange.

The exchange owns the ledger, the authenticator the public keys, the budget the tokens and the
server the socket. A sandbox itself owns the private keys of its accounts and the task of its
simulated traders.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp

from kalshi_async.clock import Clock, SystemClock
from kalshi_async.environment import Environment
from kalshi_async.sandbox.access.budget import TIERS, Budget
from kalshi_async.sandbox.access.keys import KeyPair, KeyType, generate_pair
from kalshi_async.sandbox.access.signature_check import Authenticator
from kalshi_async.sandbox.control.market_control import MarketControl
from kalshi_async.sandbox.edge.app import Edge, Observer
from kalshi_async.sandbox.edge.profile import Profile
from kalshi_async.sandbox.edge.profiles import PROFILES
from kalshi_async.sandbox.edge.routes.account import BASE_PATH
from kalshi_async.sandbox.edge.server import Server
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.faults.layer import FaultLayer, Faults, SkewedClock
from kalshi_async.sandbox.settings import (
    HIGHEST_PORT,
    LONGEST_READ_LAG_MS,
    MOST_TRADERS,
    NEWEST_TIMESTAMP_MS,
    OLDEST_TIMESTAMP_MS,
    Rules,
)
from kalshi_async.sandbox.streams.service import Streams
from kalshi_async.sandbox.traders.random_walk import SimulatedTraders
from kalshi_async.signing.credentials import Credentials

DEFAULT_MARKETS = (
    "KXHIGHNY-26NOV23-B52.5",
    "KXHIGHNY-26NOV23-B54.5",
    "KXHIGHNY-26NOV23-B56.5",
)
"""The markets of a sandbox that is given none: three brackets of one event."""

# The origin of ``rest_url`` while no server runs: an in-process transport needs some address.
_IN_PROCESS_ORIGIN = "http://localhost"


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """An account of the exchange with one of its API keys."""

    name: str
    """The name under which the sandbox opened the account."""
    key_id: str
    """The id of the API key."""
    private_key_pem: str = field(repr=False)
    """The private key as PEM text; the repr leaves it out."""
    account: Account = field(repr=False)
    """The exchange's own record of the account: orders, fills, positions and cash."""

    @property
    def credentials(self) -> Credentials:
        """The API key for a ``Session``."""
        return Credentials(self.key_id, self.private_key_pem)


class Sandbox:
    """An embedded exchange: a matching engine behind a signed HTTP API.

    ``async with Sandbox() as sandbox`` serves it on loopback. Without a server, its
    ``app`` answers in the same process through ``httpx.ASGITransport``, streams included.

    * ``profile``: the generation of the API, "current",
      or "2025" with the operations of ``session.legacy``
    * ``tier``: the rate limits of every account; "off" for none
    * ``markets``: the tickers to list, by default ``DEFAULT_MARKETS``
    * ``accounts``: names of accounts to open, each with 10,000 dollars and an Ed25519 key
    * ``traders``: the number of simulated traders, who trade from ``start_traders`` or ``start`` on
    * ``clock``: the clock of engine and rate limits, by default the system's
    * ``seed``: decides all that is random, except keys
    * ``read_lag_ms``: how far reads lag behind writes, 400 by default; overrides the value in ``rules``
    * ``rules``: further settings, see ``Rules``
    * ``host``, ``port``: the address of the server; port 0 is any free one
    * ``timestamp_window_ms``: how old, and how far ahead, the timestamp of a request may be
    * ``observe``: called with a ``RequestRecord`` after every request

    Raises ValueError for an unknown profile or tier, an account name that is taken, a number out of
    range, and a text in place of a list of names.
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
        _refuse_texts(markets=markets, accounts=accounts)
        _refuse_absurd("traders", traders, MOST_TRADERS)
        _refuse_absurd("port", port, HIGHEST_PORT)
        self.profile: Profile = PROFILES[_checked("profile", profile, PROFILES)]
        """The generation of the API that the exchange serves."""
        self._tier = _checked("tier", tier, TIERS)
        self.clock: Clock = SystemClock() if clock is None else clock
        """The clock of engine and rate limits."""
        # The exchange's own clock, which faults can set ahead or behind.
        venue_clock = SkewedClock(self.clock)
        rules = Rules() if rules is None else rules
        if read_lag_ms is not None:
            rules = replace(rules, read_lag_ms=read_lag_ms)
        _refuse_absurd("read_lag_ms", rules.read_lag_ms, LONGEST_READ_LAG_MS)
        self.exchange = Exchange(venue_clock, rules, seed=seed)
        """The engine and its ledger."""
        self.budget = Budget(self.clock, rules.shards)
        """The rate limits: the tokens of every account."""
        oldest_ms, newest_ms = timestamp_window_ms
        self._authenticator = Authenticator(venue_clock, oldest_ms=oldest_ms, newest_ms=newest_ms)
        edge = Edge(self.exchange, self._authenticator, self.budget, venue_clock, observe, self.profile)
        self.faults = Faults(self.exchange.reads, venue_clock, seed, self.profile.generation)
        """The script of faults; ``sandbox.faults`` lists them."""
        self.accounts: dict[str, SandboxAccount] = {}
        """Every account that the sandbox opened, by name."""
        self._key_ids = random.Random(f"key ids {seed}")
        self.streams = Streams(self.exchange, venue_clock, self._authenticator, self.profile.error_body, seed)
        """The WebSocket streams: their faults, a way in without a socket, and what is sent by hand."""
        self._has_streams = True
        self._has_streams = self.profile.generation == "current"  # api2025
        stream = self.streams.connection if self._has_streams else None
        app = self.streams.beside(edge.app()) if self._has_streams else edge.app()
        self._fault_layer = FaultLayer(app, self.faults)
        self.app: ASGIApp = self._fault_layer
        """The ASGI application, for ``httpx.ASGITransport``: requests, and streams by WebSocket."""
        self._server = Server(self._fault_layer.serve, host, port, stream)
        self._origin = _IN_PROCESS_ORIGIN
        for ticker in markets or DEFAULT_MARKETS:
            self.exchange.markets.add(ticker)
        for name in accounts:
            self.add_account(name)
        self._traders: SimulatedTraders | None = None
        self._trading: asyncio.Task[None] | None = None
        if traders:
            self._traders = SimulatedTraders(
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
        key: KeyPair | None = None,
    ) -> SandboxAccount:
        """Open an account with ``cash`` dollars and one key.

        ``tier`` sets its rate limits, by default the sandbox's. ``is_fcm`` makes it a member
        behind an FCM, whose cash has another precision (``Rules.fcm_precision_e6``). ``key`` is
        a key of an earlier run, used with its id in place of a new one of ``key_type``.

        Raises ValueError if the name is taken or the tier or key type is unknown.
        """
        if name in self.accounts:
            raise ValueError(f"account names must be unique, {name!r} is taken")
        tier = self._tier if tier is None else _checked("tier", tier, TIERS)
        private_key_pem, public_key_pem = generate_pair(key_type) if key is None else key.pems
        account = self.exchange.accounts.open(name, tier=tier, cash=cash, is_fcm=is_fcm)
        key_id = self._new_key_id() if key is None else key.key_id
        self._authenticator.register(key_id, account, public_key_pem)
        self.accounts[name] = SandboxAccount(name, key_id, private_key_pem, account)
        return self.accounts[name]

    def add_key(
        self, owner: SandboxAccount, key_type: KeyType = "ed25519", *, subaccount: int | None = None
    ) -> SandboxAccount:
        """Add a key to the account of ``owner`` and return the account with that key.

        ``subaccount`` restricts the key to one subaccount; None does not restrict it.
        """
        private_key_pem, public_key_pem = generate_pair(key_type)
        key_id = self._new_key_id()
        self._authenticator.register(key_id, owner.account, public_key_pem, subaccount)
        return SandboxAccount(owner.name, key_id, private_key_pem, owner.account)

    def market(self, ticker: str) -> MarketControl:
        """Return the controls of one market: quote, trade, pause, settle."""
        return self.exchange.market(ticker)

    @property
    def rest_url(self) -> str:
        """Base URL of the REST API. While no server runs it is on http://localhost."""
        return self._origin + BASE_PATH

    @property
    def stream_url(self) -> str:
        """URL of the streams; empty where none are served. ``Streams.open`` needs no URL."""
        if self._origin == _IN_PROCESS_ORIGIN or not self._has_streams:
            return ""
        return self._origin.replace("http", "ws", 1) + self.streams.path

    @property
    def environment(self) -> Environment:
        """The address of this exchange, for a ``Session``."""
        return Environment("sandbox", self.rest_url, self.stream_url, generation=self.profile.generation)

    def credentials(self, name: str) -> Credentials:
        """Return the key of an account by its name. Raises KeyError for an unknown name."""
        return self.accounts[name].credentials

    async def start(self) -> None:
        """Start the server and return once it accepts connections.

        Raises OSError if the address cannot be bound.
        """
        host, port = await self._server.start()
        if ipaddress.ip_address(host).is_unspecified:
            # The server listens on every address; clients need one of them.
            host = "::1" if ":" in host else "127.0.0.1"
        self._origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        await self.start_traders()

    async def start_traders(self) -> None:
        """Let the simulated traders trade, also without a server; ``start`` does it too. Idempotent."""
        if self._traders is not None and self._trading is None:
            self._traders.step()  # now, so that the first request finds quotes in the book
            self._trading = asyncio.create_task(self._traders.run(self.clock), name="simulated traders")

    async def stop(self) -> None:
        """Stop the traders, finish requests in flight and close the server. Idempotent.

        The ledger is kept: ``start`` serves it again.
        """
        self._origin = _IN_PROCESS_ORIGIN
        trading, self._trading = self._trading, None
        if trading is not None:
            trading.cancel()
            await asyncio.wait([trading])
        self.streams.close()
        await self._fault_layer.close()
        await self._server.stop()
        if trading is not None and not trading.cancelled():
            trading.result()  # raises the error that ended the traders early

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

    def _new_key_id(self) -> str:
        # From the seed and not from the key: equal seeds give equal ids.
        return str(uuid.UUID(int=self._key_ids.getrandbits(128), version=4))


def _refuse_texts(**lists: Sequence[str]) -> None:
    for name, value in lists.items():
        # A text is a sequence too, of its letters.
        if isinstance(value, str):
            raise ValueError(f"{name} must be a list of names, was the text {value!r}")


def _refuse_absurd(name: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        raise ValueError(f"{name} must be at least 0 and at most {most}, was {value}")


def _checked(name: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, was {value!r}")
    return value
