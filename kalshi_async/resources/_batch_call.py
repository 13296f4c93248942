"""One request of a batch: sends it, and settles by reading what its reply leaves open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import msgspec

from kalshi_async.calls.call import Call, Doubt
from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.errors import ApiError, KalshiError, OutcomeUnknown
from kalshi_async.resources.settling.batches import BatchSearch
from kalshi_async.resources.settling.patience import through_failures
from kalshi_async.wire.incoming import Incoming
from kalshi_async.wire.outgoing import About, Outgoing

Batch = TypeVar("Batch")
Found = TypeVar("Found")

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

_log = logging.getLogger("kalshi_async")


class BatchCall(Generic[Batch, Found]):
    """The call of one request, with what reading has proven about its items. Owned by its task."""

    def __init__(self, context: Context, call: Call[Batch], search: BatchSearch[Found]) -> None:
        self._context = context
        self.call = call
        self._search = search
        self.headers: Headers = ()
        """Headers of the reply; their date tells when its items were refused."""

    async def reply(self) -> Batch:
        """Send the request and return the reply."""
        read = self.call.read

        def noting(incoming: Incoming) -> Batch:
            self.headers = incoming.headers
            return read(incoming)

        self.call.read = noting
        return await self.call

    async def settled(
        self, answers: Sequence[Found | KalshiError], legs: Sequence[About]
    ) -> list[Found | KalshiError]:
        """Return the answers; those that are not certain are settled by reading, in one scan for all.

        Reads in the time that is left until the deadline of the call.
        """
        doubts = self.doubts(answers)
        await look_until(self._context, self._search, doubts, self.call.ends_s)
        return self.judged(answers, legs, doubts)

    def doubts(self, answers: Sequence[Found | KalshiError]) -> dict[str, Doubt]:
        """Return what a search must know of the items that are not certain, by key."""
        return {
            key: self.call.doubt_about(_reason(answer))
            for key, answer in zip(self._search.keys, answers, strict=True)
            if isinstance(answer, KalshiError) and self._is_doubtful(answer)
        }

    def judged(
        self, answers: Sequence[Found | KalshiError], legs: Sequence[About], doubts: Mapping[str, Doubt]
    ) -> list[Found | KalshiError]:
        """Return the answers; those in doubt are replaced by what reading has proven."""
        return [
            self._judged(key, answer, leg, doubts.get(key)) if isinstance(answer, KalshiError) else answer
            for key, answer, leg in zip(self._search.keys, answers, legs, strict=True)
        ]

    def _is_doubtful(self, answer: KalshiError) -> bool:
        return (
            isinstance(answer, OutcomeUnknown)
            or self.call.doubt is not None
            # A proxy that delivers twice lets an order be refused for itself.
            or (isinstance(answer, ApiError) and answer.code == "order_already_exists")
        )

    def _judged(self, key: str, answer: KalshiError, leg: About, doubt: Doubt | None) -> Found | KalshiError:
        search, item = self._search, self._alone(leg)
        named = self._context.pipeline.grids.advised(answer.about(item))
        if doubt is None:
            return named
        if key in search.executed:
            return search.executed[key]
        refusal = search.refusal(key, doubt)
        if refusal is not None:
            return refusal
        if isinstance(answer, OutcomeUnknown) and answer.operation is not None:
            return answer  # the error of the whole request, with the keys of this item
        return self.call.unknown(named, item)

    def _alone(self, leg: About) -> Outgoing:
        """Return what was sent, as a request about one item."""
        alone = About(
            client_order_ids=leg.get("client_order_ids", ()),
            ticker=leg.get("ticker"),
            subaccount=leg.get("subaccount"),
        )
        return self.call.outgoing.about(**alone)


async def look_until(
    context: Context, search: BatchSearch[Found], doubts: Mapping[str, Doubt], ends_s: float
) -> None:
    """Look for the items in doubt until all are known, or until ``ends_s`` on the monotonic clock."""
    left_s = ends_s - context.pipeline.clock.monotonic()
    if not doubts or left_s <= 0:
        return

    doubts = {key: msgspec.structs.replace(doubt, ends_s=ends_s) for key, doubt in doubts.items()}

    async def look() -> bool | None:
        return await search.look(doubts) or None

    try:
        async with asyncio.timeout(left_s):
            await poll(through_failures(look), context.pipeline.clock)
    except (TimeoutError, KalshiError) as error:
        _log.info("not all items of a batch could be settled: %r", error)


def _reason(answer: KalshiError) -> KalshiError:
    """Return the refusal or the failure that left an item in doubt."""
    cause = answer.__cause__
    return cause if isinstance(answer, OutcomeUnknown) and isinstance(cause, KalshiError) else answer
