"""A session: signed and throttled calls for one account of one exchange.

    async with Session(DEMO, Credentials.from_env()) as session:
        order = await session.orders.create(CreateOrder("TICKER", "bid", 10, "0.44"))

Opening reads the account's rate limits and costs. A refused key raises there, with advice. After any
other failure the session opens with the published Basic limits and reads its own in the background.
Leaving the block closes the connections and cancels no order; ``kalshi_async.dead_man`` does that.

**Environments.** The venue has two, ``DEMO`` and ``PRODUCTION``; ``Sandbox.environment`` is the embedded
exchange. Production is never the default: ``Session.from_env`` needs ``KALSHI_ENVIRONMENT``, "demo" or
"production", besides the variables of ``Credentials.from_env``.

**One session per key**, for the life of the program: it counts the account's tokens, and a second one
would spend them again (``kalshi_async.rate_limits`` shows how two share). Any number of tasks may use it
at once. Sessions of several keys may share connections:

    async with (
        Http1Transport() as transport,
        Session(environment, credentials, base_transport=transport) as session,
        Session(environment, others_credentials, base_transport=transport) as theirs,
    ):
        await asyncio.gather(session.portfolio.balance(), theirs.portfolio.balance())

**Views.** ``with_options`` returns a view: the same session with another scope or other
limits. A view costs nothing, and has the same methods as the session:

    quotes = session.with_options(max_queue_s=0.2, deadline_s=2)
    await quotes.orders.create(CreateOrder(ticker, "bid", 10, "0.44"))

The exchange answers reads from a copy that lags behind. ``settled`` waits until it includes a change:

    canceled = await session.orders.cancel(order)
    await session.settled(after_ms=canceled.ts_ms)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property  # api2025
from typing import TYPE_CHECKING, Literal, Self, overload

from kalshi_async.account.rate_limits import RateLimits
from kalshi_async.api2025.successors import SUCCESSORS  # api2025
from kalshi_async.calls.call import CallOptions
from kalshi_async.calls.context import Context
from kalshi_async.calls.pipeline import Pipeline
from kalshi_async.calls.retry import RetryPolicy
from kalshi_async.clock import Clock, ExchangeTime, SystemClock
from kalshi_async.dead_man.feed import STALE_S, WatchedFeed, WatchedMirror
from kalshi_async.dead_man.outlasting import fire_all
from kalshi_async.dead_man.switch import GIVE_UP_S, DeadMan
from kalshi_async.environment import DEMO, PRODUCTION, Environment, checked_environment
from kalshi_async.errors import CredentialsError, InvalidRequest
from kalshi_async.hooks import Hooks
from kalshi_async.limits_refresher import LimitsRefresher
from kalshi_async.requests.parts import check_part, check_settings
from kalshi_async.requests.validation import checked_index, checked_seconds, checked_subaccount, checked_whole
from kalshi_async.resources.freshness import settled
from kalshi_async.resources.namespaces import Namespaces
from kalshi_async.resources.order_groups import GroupReference
from kalshi_async.resources.orders import AllSubaccounts
from kalshi_async.session_transport import SignedTransport
from kalshi_async.signing.credentials import Credentials
from kalshi_async.signing.signer import SessionSigner, Signer, signer_of
from kalshi_async.timeouts import Timeouts
from kalshi_async.transport.base import Transport
from kalshi_async.transport.proxy import Proxy

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    import httpx

    from kalshi_async.api2025.methods import Legacy  # api2025
    from kalshi_async.mirror.mirror import Mirror
    from kalshi_async.mirror.scope import ScopeChoice
    from kalshi_async.streams.seam import StreamTransport
    from kalshi_async.streams.stream import Stream

ENVIRONMENT_VARIABLE = "KALSHI_ENVIRONMENT"
ENVIRONMENTS = {environment.name: environment for environment in (PRODUCTION, DEMO)}


class SessionView(Namespaces):
    """A session with one scope and one set of options. Views share connections and tokens.

    Its namespaces, explained in ``kalshi_async.resources``: ``orders``, ``order_groups``,
    ``positions``, ``fills``, ``portfolio``, ``subaccounts``, ``transfers``, ``historical``,
    ``account``, ``exchange``, ``markets``, ``events``, ``series``, ``multivariate``, ``milestones``,
    ``live_data``, ``structured_targets``, ``search``, ``incentive_programs``, ``fees``.
    ``legacy`` is for exchanges that still offer the 2025 API.
    """

    def __init__(self, context: Context, environment: Environment, signer: SessionSigner) -> None:
        super().__init__(context)
        self._context = context
        self.environment = environment
        """The exchange."""
        self.signer = signer
        """Signs requests with the key of the session; ``websocket_headers`` is for other clients."""
        self.transport = SignedTransport(context.pipeline, environment, context.options)
        """For an ``httpx.AsyncClient``: signs and throttles its requests to any path."""

    # api2025: from here
    @cached_property
    def legacy(self) -> Legacy:
        """The 2025 API with its own names and shapes, for exchanges that still offer it."""
        from kalshi_async.api2025.methods import Legacy  # on first use: few programs need it

        return Legacy(self._context)

    # api2025: to here
    @property
    def rate_limits(self) -> RateLimits:
        """The account's two token buckets, and the cost of each endpoint."""
        return self._context.pipeline.limits

    @property
    def clock(self) -> ExchangeTime:
        """The time of the exchange, as far as it is known, as milliseconds or as a datetime."""
        return ExchangeTime(self._context.pipeline.skew.now_ms)

    def with_options(
        self,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        deadline_s: float | None = None,
        max_queue_s: float | None = None,
    ) -> SessionView:
        """Return a view with other options; an option that is None stays as it is here.

        * ``subaccount``, ``exchange_index``: for every call that has such a field and is given
          none of its own
        * ``deadline_s``: the longest time of a whole call, including settling by reads, looking
          up an id, and all chunks of a batch; for a list it holds for each page
        * ``max_queue_s``: the longest wait for tokens; it does not hold for requests that reduce
          risk, because a cancel does not go stale as a quote does
        """
        checked_subaccount("subaccount", subaccount)
        checked_index("exchange_index", exchange_index)
        if deadline_s is not None:
            checked_seconds("deadline_s", deadline_s)
        if max_queue_s is not None:
            checked_seconds("max_queue_s", max_queue_s, zero=True)
        known = self._context
        options = CallOptions(
            known.options.deadline_s if deadline_s is None else deadline_s,
            known.options.max_queue_s if max_queue_s is None else max_queue_s,
        )
        shard = known.exchange_index if exchange_index is None else exchange_index
        context = replace(known, subaccount=known.scope(subaccount), exchange_index=shard, options=options)
        return SessionView(context, self.environment, self.signer)

    async def settled(self, *, after_ms: int, timeout_s: float = 10.0) -> None:
        """Wait until reads include every change up to ``after_ms``, the ``ts_ms`` of a change.

        Balance, orders, fills and positions are read from a replica that lags. Raises
        DeadlineExceeded if the replica has not caught up within ``timeout_s``. Polls
        GET /exchange/user_data_timestamp; each request costs 10 read tokens.
        """
        checked_whole("after_ms", after_ms, least=0)
        await settled(self._context, after_ms, checked_seconds("timeout_s", timeout_s, zero=True))

    def stream(
        self,
        *,
        compression: Literal["deflate"] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | Proxy | None = None,
        transport: StreamTransport | Sequence[StreamTransport] | None = None,
        connections: Literal[1, 2] = 1,
    ) -> Stream:
        """Return a stream: a WebSocket that is kept up, and readers of its channels.

        * ``compression``: "deflate" compresses frames, which doubles the time that each takes
        * ``ssl_context``: None verifies certificates against certifi's authorities
        * ``proxy``: a proxy of its own, ``http://user:password@host:port``; "" is none. None is that of the
          session or of its ``Http1Transport``: the proxy of another base transport is not known here
        * ``transport``: carries the frames instead of a WebSocket of our own; one for each connection
        * ``connections``: 2 keeps a second connection, so that losing one loses nothing

        A session whose ``base_transport`` is an ``httpx.ASGITransport`` streams from the same application,
        in this process. Several streams of a session are several connections. ``kalshi_async.streams``
        explains it.
        """
        if self.environment.generation != "current":
            raise InvalidRequest(f"the API of {self.environment.generation} has no streams")
        if not self.environment.stream_url:
            raise InvalidRequest("the environment has no stream_url: Environment(…, stream_url=…) has one")
        # On first use: websockets is not imported by programs that open no stream.
        from kalshi_async.streams.opening import stream_of

        return stream_of(
            self._context,
            self.signer,
            self.environment.stream_url,
            compression=compression,
            ssl_context=ssl_context,
            proxy=proxy,
            transport=transport,
            connections=connections,
        )

    def mirror(
        self,
        *,
        subaccount: ScopeChoice = None,
        owner: str | None = None,
        stream: Stream | None = None,
        check_s: float | None = 60.0,
        cash: bool = True,
    ) -> Mirror:
        """Return a mirror: orders, positions and groups of the account, kept true by streams and reads.

        * ``subaccount``: one, several, or ALL; None means the view's, and without one there ALL
        * ``owner``: the prefix of the client_order_ids that are the caller's; every other order is
          external. None: what sessions of this account have placed while the mirror was open is the caller's
        * ``stream``: an open stream to share; None opens one of its own
        * ``check_s``: seconds between two comparisons with the exchange; None makes none
        * ``cash``: whether the balance is read and compared as well

        ``kalshi_async.mirror`` explains it.
        """
        from kalshi_async.mirror.mirror import Mirror  # on first use, as streams
        from kalshi_async.mirror.scope import Scope

        scope = Scope.of(subaccount, self._context.subaccount)
        if check_s is not None:
            checked_seconds("check_s", check_s)
        own = self.stream() if stream is None else stream
        is_own = stream is None
        return Mirror(
            self._context, own, scope, owner=owner, check_s=check_s, has_cash=cash, owns_stream=is_own
        )

    @overload
    def dead_man(
        self,
        *,
        order_group_id: GroupReference | str,
        give_up_s: float = ...,
        mirror: WatchedMirror | None = ...,
        stale_s: float = ...,
    ) -> DeadMan: ...
    @overload
    def dead_man(
        self,
        *,
        subaccount: int | AllSubaccounts,
        give_up_s: float = ...,
        mirror: WatchedMirror | None = ...,
        stale_s: float = ...,
    ) -> DeadMan: ...
    def dead_man(
        self,
        *,
        order_group_id: GroupReference | str | None = None,
        subaccount: int | AllSubaccounts | None = None,
        give_up_s: float = GIVE_UP_S,
        mirror: WatchedMirror | None = None,
        stale_s: float = STALE_S,
    ) -> DeadMan:
        """Return a context that shuts a scope down at its end, also by exception or cancellation.

        A group (an id, or better the result of ``create``) is triggered; the orders of a subaccount (or
        ALL) are canceled. With a ``mirror`` it does so as well once the account has not been current for
        ``stale_s`` seconds. ``kalshi_async.dead_man`` explains its errors and ``give_up_s``.
        """
        checked_seconds("stale_s", stale_s)
        feed = None if mirror is None else WatchedFeed(mirror, stale_s)
        return DeadMan(self._context, order_group_id, subaccount, give_up_s, feed)


class Session(SessionView):
    """Owns the connections and the tokens of one account; use ``async with``. One per API key."""

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials | Signer,
        *,
        rate_limits: RateLimits | None = None,
        share: float = 1.0,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        base_transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        hooks: Hooks | None = None,
        proxy: str | Proxy | None = None,
    ) -> None:
        """Prepare a session; nothing is sent before it is opened.

        * ``credentials``: the API key, or a ``Signer`` that uses a key outside this process
        * ``rate_limits``: used as they are; None reads the account's limits when opening
        * ``share``: the part of the account's limits that this process may use; at least an order's
        * ``base_transport``: not closed by the session, and may be shared by several; it must not
          retry by itself
        * ``hooks``: observers of every attempt
        * ``proxy``: ``http://user:password@host:port`` leads requests and streams by CONNECT, except to this
          machine (``kalshi_async.http1``); a ``base_transport`` has a proxy of its own
        """
        checked_environment(environment)
        kinds = {"rate_limits": RateLimits, "retry": RetryPolicy, "timeouts": Timeouts, "hooks": Hooks}
        check_settings(kinds, rate_limits=rate_limits, retry=retry, timeouts=timeouts, hooks=hooks)
        check_part("clock", clock, "a Clock", ("now_ms", "monotonic", "sleep"))
        check_part("base_transport", base_transport, "an httpx.AsyncBaseTransport", ("handle_async_request",))
        if rate_limits is not None and share != 1.0:
            raise InvalidRequest(f"share was {share!r}, and rate_limits were given: give share to RateLimits")
        if proxy is not None and base_transport is not None:
            raise InvalidRequest("proxy was given, and a base_transport: give the proxy to the transport")
        signer, clock, timeouts = signer_of(credentials), clock or SystemClock(), timeouts or Timeouts()
        is_current = environment.generation == "current"  # only this one has an endpoint for limits
        self._transport = Transport(environment, timeouts, base_transport, proxy)
        pipeline = Pipeline(
            self._transport,
            signer=signer,
            limits=rate_limits or RateLimits.unread(clock.monotonic, share, is_basic=not is_current),
            retry=retry or RetryPolicy(),
            timeouts=timeouts,
            clock=clock,
            base_path=environment.base_path,
            hooks=hooks,
        )
        context = Context(
            pipeline,
            environment.generation,
            successors=SUCCESSORS,  # api2025
        )
        super().__init__(context, environment, SessionSigner(signer, pipeline.skew.now_ms))
        self._refresher = LimitsRefresher(context) if rate_limits is None and is_current else None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Make a session from KALSHI_ENVIRONMENT and the variables of Credentials.from_env.

        KALSHI_ENVIRONMENT must be ``demo`` or ``production``. Production is never the default. A proxy is
        taken from HTTPS_PROXY, and what is reached without it from NO_PROXY, or from their lower-case names.
        """
        variables = os.environ if environ is None else environ
        environment = ENVIRONMENTS.get(name := variables.get(ENVIRONMENT_VARIABLE, ""))
        if environment is None:
            raise CredentialsError(
                f"{ENVIRONMENT_VARIABLE} must be one of {', '.join(ENVIRONMENTS)}, was {name!r}"
            )
        return cls(environment, Credentials.from_env(variables), proxy=Proxy.from_env(variables))

    async def __aenter__(self) -> Self:
        self._transport.open()
        try:
            self.rate_limits.open(self)
            self._context.pipeline.signatures.open()
            if self._refresher is not None:
                await self._refresher.open()
        except BaseException:  # __aexit__ is not called if __aenter__ fails or is canceled
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. No order is canceled, except by a dead-man switch that is still armed.

        Raises InvalidRequest on another event loop than the one in which the session was opened.
        """
        self._transport.refuse_other_loop()
        canceled = await fire_all(self._context.pipeline.switches)
        for close in list(self._context.pipeline.closed_first):
            await close()
        self.rate_limits.close(self)
        self._context.pipeline.signatures.close()
        try:
            if self._refresher is not None:
                await self._refresher.aclose()
        finally:
            await self._transport.aclose()
        if canceled is not None:
            raise canceled
