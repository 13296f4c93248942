"""A session seen through one scope: what every namespace calls the exchange with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias, TypeVar

from kalshi_async.calls.call import Call, CallOptions
from kalshi_async.calls.generations import retired
from kalshi_async.calls.pipeline import Pipeline
from kalshi_async.contract.operation import Operation, Priority
from kalshi_async.errors import DeadlineExceeded, KalshiError, RejectedRows
from kalshi_async.pagination.page import Page
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.validation import checked_whole
from kalshi_async.wire.decoding import decode
from kalshi_async.wire.outgoing import NOTHING, QueryValue, Subject, encode

Reply = TypeVar("Reply")
Listing = TypeVar("Listing")
Row = TypeVar("Row")

OnRejected: TypeAlias = Callable[[bytes], None] | None
Settle: TypeAlias = Callable[[Call[Reply], KalshiError], Awaitable[Reply | KalshiError | None]]


@dataclass(frozen=True, slots=True)
class View:
    """Pipeline, options and scope. Frozen, so that a view can be shared and kept.

    ``ends_s`` is when, on the monotonic clock, the last of several requests must be over
    that together are one call; None where each request is a call of its own. ``successors``
    names, for an operation that this environment does not speak, the method that it does.
    """

    pipeline: Pipeline
    generation: str = "current"
    subaccount: int | None = None
    exchange_index: int | None = None
    options: CallOptions = field(default_factory=CallOptions)
    priority: Priority | None = None
    ends_s: float | None = None
    successors: Mapping[str, str] = field(default_factory=dict)

    def urgent(self) -> View:
        """Return the view for reads on which a cancel or a settlement depends: ahead of other reads."""
        return replace(self, priority=Priority.RISK_REDUCING)

    def within(self, deadline_s: float) -> View:
        """Return the view with calls that end after ``deadline_s`` at the latest."""
        known_s = self.options.deadline_s
        shorter_s = deadline_s if known_s is None else min(deadline_s, known_s)
        return replace(self, options=replace(self.options, deadline_s=max(0.0, shorter_s)))

    def until(self, ends_s: float) -> View:
        """Return the view for the requests of one call that ends at ``ends_s``."""
        return replace(self, ends_s=ends_s)

    def as_one_call(self, operation: Operation[object]) -> View:
        """Return the view whose requests take no longer in all than one of ``operation`` may."""
        deadline_s = self.pipeline.deadline_s(self.prepare(operation))
        return self.until(self.pipeline.clock.monotonic() + deadline_s)

    def scope(self, subaccount: int | None) -> int | None:
        """Return the subaccount of one call: its own argument, else that of the view."""
        return self.subaccount if subaccount is None else subaccount

    def shard(self, exchange_index: int | None) -> int | None:
        """Return the shard of a call that names no order: its own argument, else the view's.

        -1 asks to route by the order's ticker: to what has none it says nothing.
        """
        shard = self.exchange_index if exchange_index is None else exchange_index
        return None if shard == -1 else shard

    async def call(
        self,
        operation: Operation[Reply],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, QueryValue] | None = None,
        body: object = None,
        items: int = 1,
        subject: Subject = NOTHING,
        settle: Settle[Reply] | None = None,
    ) -> Reply:
        """Send one request of an operation through the pipeline."""
        call = self.prepare(
            operation, path=path, query=query, body=body, items=items, subject=subject, settle=settle
        )
        return await self.pipeline.run(call)

    def prepare(
        self,
        operation: Operation[Reply],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, QueryValue] | None = None,
        body: object = None,
        items: int = 1,
        subject: Subject = NOTHING,
        settle: Settle[Reply] | None = None,
    ) -> Call[Reply]:
        """Build a call without making it, for those who ask afterwards how it went."""
        self.refuse_other_generation(operation)
        outgoing = encode(
            operation,
            self.pipeline.base_path,
            path=path,
            query=query,
            body=body,
            items=items,
            subject=subject,
        )
        priority = operation.priority if self.priority is None else self.priority
        mark = self.pipeline.gate.mark()
        return Call(outgoing, partial(decode, operation), priority, self._options(operation), mark, settle)

    def paginate(
        self,
        operation: Operation[Listing],
        rows_of: Callable[[Listing], list[Row] | None],
        cursor_of: Callable[[Listing], str | None],
        query: Mapping[str, QueryValue],
        *,
        on_rejected: OnRejected = None,
        most: int = 1000,
    ) -> Paginator[Row]:
        """List an operation page by page; ``limit`` in the query is the size of a page."""
        fetch = self.fetching(operation, rows_of, cursor_of, query, most=most)
        return Paginator(fetch, on_rejected=on_rejected)

    def fetching(
        self,
        operation: Operation[Listing],
        rows_of: Callable[[Listing], list[Row] | None],
        cursor_of: Callable[[Listing], str | None],
        query: Mapping[str, QueryValue],
        *,
        most: int = 1000,
    ) -> Callable[[str | None], Awaitable[Page[Row]]]:
        """Return the function that reads one page of an operation, from a cursor on."""
        limit = query.get("limit")
        if limit is not None:
            checked_whole("limit", limit, least=1, most=most)  # type: ignore[arg-type]  # checks that too

        async def fetch(cursor: str | None) -> Page[Row]:
            try:
                reply = await self.call(operation, query={**query, "cursor": cursor or None})
            except RejectedRows as error:
                reply = error.page  # type: ignore[assignment]  # of the operation's reply type
                return Page(rows_of(reply) or [], cursor_of(reply) or "", error)
            return Page(rows_of(reply) or [], cursor_of(reply) or "")

        return fetch

    def _options(self, operation: Operation[object]) -> CallOptions:
        """Return the options of one request; DeadlineExceeded when the time of its call is over."""
        if self.ends_s is None:
            return self.options
        left_s = self.ends_s - self.pipeline.clock.monotonic()
        if left_s <= 0:
            late = DeadlineExceeded(f"{operation.name} was not sent: its call's time was over", sent=False)
            late.operation = operation.name
            raise late
        return self.within(left_s).options

    def refuse_other_generation(self, operation: Operation[object]) -> None:
        """Refuse an operation that this environment does not speak, before sending."""
        if operation.generation != self.generation:
            raise retired(operation, self.generation, self.successors)
