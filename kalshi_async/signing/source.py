"""Where the signature of a request comes from, and when it is made.

    made ahead     RSA, a path without an id that has just been used: see ``signature_stock``
    here and now   Ed25519, which takes no time; RSA, when nobody is there whom it could hold up
    in turn        RSA on two threads, any other signer wherever it keeps its key: a few at a
                   time, by priority, so that a cancel does not stand behind the quotes

What is made ahead is for creates that come after a pause: ``nox -s bench`` shows them as "paced".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kalshi_async.clock import Clock
from kalshi_async.contract.operation import HeaderPairs, Operation, Priority
from kalshi_async.errors import CredentialsError, KalshiError
from kalshi_async.signing._presigned import PresignedCache
from kalshi_async.signing._priority_limiter import PriorityLimiter
from kalshi_async.signing.signer import KeySigner, Signed, Signer
from kalshi_async.signing.skew import Skew

THREADS = 2

TURNS = 4
"""Two are signed while two are ready for the threads, which would otherwise wait for the loop.
"""


class SignatureSource:
    """Signs the requests of one session. Owner of the threads, the line and the stock.

    ``is_quiet`` says whether nothing is under way. Before it is opened and after it was
    closed it has no threads and signs here and now.
    """

    def __init__(self, signer: Signer, skew: Skew, clock: Clock, is_quiet: Callable[[], bool]) -> None:
        self._signer = signer
        self._skew = skew
        # Not isinstance: a subclass may sign in its own way.
        self._key = signer if type(signer) is KeySigner else None
        self._is_slow = self._key is not None and not self._key.is_quick
        self._desk = PriorityLimiter(TURNS)
        self._stock = PresignedCache(self._start, skew, clock, is_quiet)
        self._threads: ThreadPoolExecutor | None = None

    def open(self) -> None:
        """Allow threads; none is started before it is needed."""
        if self._is_slow and self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, "kalshi_async signing")

    def close(self) -> None:
        """Let the threads end, after what they have been given."""
        threads, self._threads = self._threads, None
        self._stock.clear()
        if threads is not None:
            threads.shutdown(wait=False)

    def at_once(
        self, operation: Operation[object], path: str, *, is_first: bool, is_alone: bool
    ) -> Signed | None:
        """Return a signature without waiting, or None if its turn must be waited for.

        Only a first attempt takes one that was made ahead: what became of a write is told by
        what was read since its last attempt was signed.
        """
        if not operation.signed:
            return Signed((), self._skew.now_ms())
        if self._threads is not None and is_first and "{" not in operation.path:
            ahead = self._stock.take(operation.method, path)
            if ahead is not None:
                return ahead
        if self._key is None or (self._threads is not None and not is_alone):
            return None
        now_ms = self._skew.now_ms()
        return Signed(self._key.sign_headers(operation.method, path, now_ms), now_ms)

    async def in_turn(self, method: str, path: str, priority: Priority) -> Signed:
        """Sign elsewhere; raises CredentialsError for whatever the signer raises."""
        await self._desk.enter(priority)
        try:
            now_ms = self._skew.now_ms()
            return Signed(await self._elsewhere(method, path, now_ms), now_ms)
        except KalshiError:
            raise
        except Exception as error:  # a signer is anybody's code: an HSM may fail in its own ways
            raise CredentialsError(f"the signer failed: {type(error).__name__}") from error
        finally:
            self._desk.leave()

    def rest(self) -> None:
        """Notice that nothing is under way any more."""
        if self._threads is not None:
            self._stock.rest()

    async def _elsewhere(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        if self._threads is None:
            return await self._signer.headers(method, path, now_ms)
        return await self._start(method, path, now_ms)

    def _start(self, method: str, path: str, now_ms: int) -> asyncio.Future[HeaderPairs]:
        assert self._key is not None
        # Bare threads are a tenth faster at 64 at once, but a loop with virtual time overlooks them.
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, self._key.sign_headers, method, path, now_ms)
