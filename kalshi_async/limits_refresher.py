"""Keep a session's rate limits equal to those that the account reports.

The limits are read when the session opens, every half hour, when a grant of the account expires,
when a 429 shows that the exchange's bucket held less than the one here, and again after a
failure. Once they are known, they are read at most every thirty seconds. A refused key makes
the opening fail, with advice; any other failure does not, and neither does an answer that is
late: opening waits two seconds at most.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar

from kalshi_async.calls.context import Context
from kalshi_async.contract.account import GET_ACCOUNT_LIMITS, GET_ENDPOINT_COSTS, AccountLimits
from kalshi_async.contract.operation import Operation
from kalshi_async.errors import CredentialsError, InvalidRequest, KalshiError, Unauthorized
from kalshi_async.signing.skew import parse_date_ms

AFTER_OUTAGE_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds between attempts while the limits are not known; the last value repeats (ours)."""

OPENING_S = 2.0
"""Seconds that one reading of limits and costs may take (ours): opening a session waits no longer."""

AT_LEAST_EVERY_S = 1_800.0
"""The longest time between two reads (ours): a tier that rises is used soon after."""

AT_MOST_EVERY_S = 30.0
"""The shortest time between two reads once the limits are known (ours): each costs 20 tokens."""

Reply = TypeVar("Reply")

_log = logging.getLogger("kalshi_async")


class LimitsRefresher:
    """Owner of the background task that reads limits and costs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pipeline = context.pipeline
        self._failures = 0  # since the limits were last read
        self._due_s = 0.0  # when to read next, on the monotonic clock
        self._contradicted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Read the limits for the first time, and start the background task."""
        # A new event: the session may have been open before, on another event loop.
        self._contradicted = asyncio.Event()
        self._pipeline.limits.on_contradiction = self._contradicted.set
        try:
            await self._refresh(fresh=True)
        except Unauthorized as error:
            raise error.with_advice(_advice(error, self._pipeline.clock.now_ms())) from error
        except (CredentialsError, InvalidRequest):
            raise  # a signer or a transport that fails so now would fail for every order
        except KalshiError as error:
            self._failed()
            _log.warning(
                "the account's rate limits could not be read (%s): using the published Basic limits "
                "and asking again in the background",
                error,
            )
        # Not a task group: a session may be opened and closed by different tasks.
        self._task = asyncio.create_task(self._refresh_forever(), name="kalshi_async limits")

    async def aclose(self) -> None:
        """Stop the background task and wait for its end."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _refresh_forever(self) -> None:
        while True:
            await self._until_due()
            try:
                await self._refresh()
            except KalshiError as error:
                self._failed()
                _log.info("the account's rate limits could not be read: %s", error)

    async def _until_due(self) -> None:
        """Wait until the next read is due, or a 429 contradicts the known limits."""
        clock = self._pipeline.clock
        asked_s = clock.monotonic()
        wait_s = max(0.0, self._due_s - asked_s)
        if self._failures:
            await clock.sleep(wait_s)  # the limits are not known, so a 429 contradicts nothing
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._contradicted.wait()
        except TimeoutError:
            return
        # A 429 came. Many may come at once, so the thirty seconds are waited for all the same.
        await clock.sleep(asked_s + AT_MOST_EVERY_S - clock.monotonic())

    async def _refresh(self, *, fresh: bool = False) -> None:
        # Cleared before reading: a 429 that comes during the read makes another one due.
        self._contradicted.clear()
        context = self._context.until(self._pipeline.clock.monotonic() + OPENING_S)
        limits = await self._ask(context, GET_ACCOUNT_LIMITS, is_free=fresh)
        costs = await self._ask(context, GET_ENDPOINT_COSTS, is_free=fresh)
        self._pipeline.limits.adopt(limits, costs, fresh=fresh)
        self._failures = 0
        self._due_s = self._pipeline.clock.monotonic() + self._valid_s(limits)
        _log.info("the account's rate limits are known: tier %s", limits.usage_tier)

    async def _ask(self, context: Context, operation: Operation[Reply], *, is_free: bool) -> Reply:
        # ``is_free``: without a wait for tokens. The session is opening, so nothing else is under
        # way, and the bucket is a guess: in a small share of it the questions would not fit.
        call = context.call(operation)
        if is_free:
            limits = self._pipeline.limits
            call.paid = limits.read.charge(limits.cost(operation, self._pipeline.base_path))
        return await call

    def _failed(self) -> None:
        wait_s = AFTER_OUTAGE_S[min(self._failures, len(AFTER_OUTAGE_S) - 1)]
        self._failures += 1
        self._due_s = self._pipeline.clock.monotonic() + wait_s

    def _valid_s(self, limits: AccountLimits) -> float:
        """Return the seconds until the first grant has expired, and AT_LEAST_EVERY_S at most."""
        # A grant gives the account its tier until ``expires_ts``, which is rounded to whole seconds: add one.
        now_s = self._pipeline.skew.now_ms() / 1000
        expiries = [grant.expires_ts for grant in limits.grants or () if grant.expires_ts]
        left_s = [expires - now_s + 1 for expires in expiries if expires > now_s]
        return max(AT_MOST_EVERY_S, min([AT_LEAST_EVERY_S, *left_s]))


def _advice(error: Unauthorized, now_ms: int) -> str:
    """Return advice for a 401, by its code and details (semantics.md 1)."""
    if error.code == "header_timestamp_expired":
        return f"this machine's clock is {_skew(error, now_ms)}: synchronise it"
    if error.details == "NOT_FOUND":
        return (
            "this environment knows no such API key id: check it, and mind that demo and "
            "production have keys of their own"
        )
    if error.details == "INCORRECT_API_KEY_SIGNATURE":
        return "the private key does not belong to this API key id: give the one downloaded with it"
    return "check the API key id, its private key and the environment that they belong to"


def _skew(error: Unauthorized, now_ms: int) -> str:
    # "off" when the reply has no readable Date header to compare with.
    date = next((value for name, value in error.headers if name.lower() == b"date"), None)
    theirs_ms = parse_date_ms(date)
    if theirs_ms is None:
        return "off"
    ahead_s = (now_ms - theirs_ms) / 1000
    return f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} the exchange's"
