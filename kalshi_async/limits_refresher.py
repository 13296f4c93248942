"""Keeps a session's rate limits true to what the account reports.

Asks when the session opens, when a grant expires, when a 429 contradicts the local
bucket, and after an outage; never more often than every thirty seconds. A refused
key ends the opening, with what to do about it. Any other trouble does not.
"""

from __future__ import annotations

import asyncio
import logging

from kalshi_async.calls.pipeline import Pipeline
from kalshi_async.contract.account import AccountLimits
from kalshi_async.errors import CredentialsError, KalshiError, Unauthorized
from kalshi_async.resources.account import Account
from kalshi_async.signing.skew import parse_date_ms

AFTER_OUTAGE_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds between attempts while the limits are not known; the last repeats (ours)."""

AT_MOST_EVERY_S = 30.0
"""Shortest time between two questions once they are known (ours): each costs 20 tokens."""

_log = logging.getLogger("kalshi_async")


class LimitsRefresher:
    """Owner of the background task that asks for limits and costs."""

    def __init__(self, account: Account, pipeline: Pipeline) -> None:
        self._account = account
        self._pipeline = pipeline
        self._failures = 0
        self._due_s: float | None = None
        self._contradicted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Ask for the first time, and go on in the background."""
        # Anew: the loop on which the session was open before may have been another.
        self._contradicted = asyncio.Event()
        self._pipeline.limits.on_contradiction = self._contradicted.set
        try:
            await self._learn(fresh=True)
        except Unauthorized as error:
            raise error.with_advice(_advice(error, self._pipeline.clock.now_ms())) from error
        except CredentialsError:
            raise  # a signer that fails now would fail every order
        except KalshiError as error:
            self._failed()
            _log.warning(
                "the account's rate limits could not be read (%s): using the published Basic limits "
                "and asking again in the background",
                error,
            )
        # Not a task group: a session may be opened and closed by different tasks.
        self._task = asyncio.create_task(self._keep(), name="kalshi_async limits")

    async def aclose(self) -> None:
        """Stop asking."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _keep(self) -> None:
        while True:
            await self._until_due()
            try:
                await self._learn()
            except KalshiError as error:
                self._failed()
                _log.info("the account's rate limits could not be read: %s", error)

    async def _until_due(self) -> None:
        """Wait for the time that is due, or for a 429 that contradicts what is known."""
        clock = self._pipeline.clock
        asked_s = clock.monotonic()
        wait_s = None if self._due_s is None else max(0.0, self._due_s - asked_s)
        if self._failures and wait_s is not None:
            await clock.sleep(wait_s)  # nothing is known that a 429 could contradict
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._contradicted.wait()
        except TimeoutError:
            return
        await clock.sleep(asked_s + AT_MOST_EVERY_S - clock.monotonic())

    async def _learn(self, *, fresh: bool = False) -> None:
        self._contradicted.clear()
        limits = await self._account.limits()
        costs = await self._account.endpoint_costs()
        self._pipeline.limits.adopt(limits, costs, fresh=fresh)
        self._failures = 0
        self._due_s = self._next_expiry_s(limits)
        _log.info("the account's rate limits are known: tier %s", limits.usage_tier)

    def _failed(self) -> None:
        wait_s = AFTER_OUTAGE_S[min(self._failures, len(AFTER_OUTAGE_S) - 1)]
        self._failures += 1
        self._due_s = self._pipeline.clock.monotonic() + wait_s

    def _next_expiry_s(self, limits: AccountLimits) -> float | None:
        """Return when, on the monotonic clock, the first grant will have expired."""
        now_s = self._pipeline.skew.now_ms() / 1000
        expiries = [grant.expires_ts for grant in limits.grants or () if grant.expires_ts]
        left_s = [expires - now_s + 1 for expires in expiries if expires > now_s]
        return self._pipeline.clock.monotonic() + max(AT_MOST_EVERY_S, min(left_s)) if left_s else None


def _advice(error: Unauthorized, now_ms: int) -> str:
    """Say what to do about a 401, by its code and details (semantics.md 1)."""
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
    date = next((value for name, value in error.headers if name.lower() == b"date"), None)
    theirs_ms = parse_date_ms(date)
    if theirs_ms is None:
        return "off"
    ahead_s = (now_ms - theirs_ms) / 1000
    return f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} the exchange's"
