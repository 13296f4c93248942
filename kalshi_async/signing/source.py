"""The signature of a request: made at once, or queued for a thread or for the signer.

    at once   Ed25519, which is fast; RSA, when no other call is under way
    queued    RSA on two threads, any other signer on the event loop: a few at a time, by
              priority, so that a cancel is not signed after the quotes that came before it; one
              turn is kept for what reduces risk, so that it never waits for quotes that hang

Knows no body and no token. A signature is made after the request was granted its tokens, so
that its timestamp does not age in the queue.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from kalshi_async.contract.operation import HeaderPairs, Operation, Priority
from kalshi_async.errors import CredentialsError, KalshiError
from kalshi_async.signing._priority_limiter import PriorityLimiter
from kalshi_async.signing.signer import KeySigner, Signed, Signer, concurrency_of
from kalshi_async.signing.skew import Skew

THREADS = 2


class SignatureSource:
    """Signs the requests of one session. Owner of the threads and of the queue for them.

    It has threads only between ``open`` and ``close``; outside, a ``KeySigner`` signs at once.
    """

    def __init__(self, signer: Signer, skew: Skew) -> None:
        self._signer = signer
        self._skew = skew
        # Not isinstance: a subclass may sign in its own way, and must be called by ``headers``.
        self._key = signer if type(signer) is KeySigner else None
        self._is_slow = self._key is not None and not self._key.is_quick
        self._limiter = PriorityLimiter(concurrency_of(signer))
        self._threads: ThreadPoolExecutor | None = None

    def open(self) -> None:
        """Allow threads; the first is started when a request needs it."""
        if self._is_slow and self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, "kalshi_async signing")

    def close(self) -> None:
        """Stop the threads once they have signed the requests that they were given."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)

    def at_once(self, operation: Operation[object], path: str, *, is_alone: bool) -> Signed | None:
        """Return a signature without waiting, or None if the request must be queued.

        * ``is_alone``: no other call is under way, so signing on the event loop delays none
        """
        if not operation.signed:
            return Signed((), self._skew.now_ms())
        if self._key is None or (self._threads is not None and not is_alone):
            return None
        now_ms = self._skew.now_ms()
        return Signed(self._key.sign_headers(operation.method, path, now_ms), now_ms)

    async def in_turn(self, method: str, path: str, priority: Priority) -> Signed:
        """Queue for a slot, then sign; raises CredentialsError for any exception of the signer."""
        await self._limiter.enter(priority)
        try:
            now_ms = self._skew.now_ms()  # read after the wait: a timestamp ages in the queue
            return Signed(await self._headers(method, path, now_ms), now_ms)
        except KalshiError:
            raise
        except Exception as error:  # the signer may be the caller's code: an HSM raises errors of its own
            raise CredentialsError(f"the signer failed: {type(error).__name__}") from error
        finally:
            self._limiter.leave(priority)

    async def _headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        if self._threads is None:
            return await self._signer.headers(method, path, now_ms)
        assert self._key is not None
        # Not bare threads, though a tenth faster at 64 at once: a loop with virtual time knows only
        # of its executors, and would move its clock on while such a thread is signing.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._key.sign_headers, method, path, now_ms)
