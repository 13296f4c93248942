"""The context of calls: scope and options, with which every namespace calls the exchange."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeAlias, TypeVar, Unpack

from kalshi_async.account.risk_gate import Permit
from kalshi_async.calls.call import Call, CallOptions, Doubt, Settler
from kalshi_async.calls.generations import retired
from kalshi_async.calls.observing import observed
from kalshi_async.calls.pipeline import Pipeline
from kalshi_async.contract.operation import Idempotency, Operation, Priority
from kalshi_async.errors import DeadlineExceeded, RejectedRows
from kalshi_async.pagination.page import Page
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.fee_terms import KnownFees
from kalshi_async.requests.validation import checked_whole
from kalshi_async.wire.decoding import decode, decode_checked
from kalshi_async.wire.outgoing import About, Outgoing, QueryValue, check_filters, encode

Reply = TypeVar("Reply")
Row = TypeVar("Row")

OnRejected: TypeAlias = Callable[[bytes], None] | None


class Listing(Protocol[Row]):
    """A page as the exchange sends it: every list names its rows alike."""

    @property
    def rows(self) -> list[Row]:
        """The rows of this page."""
        ...

    @property
    def cursor(self) -> str | None:
        """Where the next page begins; empty or None on the last."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Pipeline, options and scope of a session or a view of one. Frozen: it can be shared and kept.

    ``ends_s`` is the deadline of a call that makes several requests, on the monotonic clock;
    None: each request is a call of its own. ``successors`` names the method to use instead
    of an operation that this environment does not offer. ``fees`` is what was read about fees.
    """

    pipeline: Pipeline
    generation: str = "current"
    subaccount: int | None = None
    exchange_index: int | None = None
    options: CallOptions = field(default_factory=CallOptions)
    priority: Priority | None = None
    ends_s: float | None = None
    successors: Mapping[str, str] = field(default_factory=dict)
    fees: KnownFees = field(default_factory=KnownFees)

    def urgent(self) -> Context:
        """Return the context for reads on which a cancel or a settlement depends: ahead of other reads."""
        return replace(self, priority=Priority.RISK_REDUCING)

    def settling(self, doubt: Doubt) -> Context:
        """Return the context for the reads that settle a write: urgent, and over when its call is.

        A read that knew only its own deadline would wait longer on a silent connection than is left.
        """
        return replace(self, priority=Priority.RISK_REDUCING, ends_s=doubt.ends_s)

    def within(self, deadline_s: float) -> Context:
        """Return the context with calls that end after ``deadline_s`` at the latest."""
        known_s = self.options.deadline_s
        shorter_s = deadline_s if known_s is None else min(deadline_s, known_s)
        return replace(self, options=replace(self.options, deadline_s=max(0.0, shorter_s)))

    def until(self, ends_s: float) -> Context:
        """Return the context for the requests of one call that ends at ``ends_s``."""
        return replace(self, ends_s=ends_s)

    def as_one_call(self, default_s: float | None = None) -> Context:
        """Return the context whose requests, all together, end by the deadline of one call.

        That is ``deadline_s`` where the caller gave one, else ``default_s``; None bounds each
        request by itself.
        """
        deadline_s = default_s if self.options.deadline_s is None else self.options.deadline_s
        return self if deadline_s is None else self.until(self.pipeline.clock.monotonic() + deadline_s)

    def write_ends_s(self) -> float:
        """Return when a write that begins now is over, on the monotonic clock."""
        default_s = self.pipeline.clock.monotonic() + self.pipeline.timeouts.write_deadline_s
        return default_s if self.ends_s is None else self.ends_s

    def scope(self, subaccount: int | None) -> int | None:
        """Return the subaccount of one call: its own argument, else that of the context."""
        return self.subaccount if subaccount is None else subaccount

    def shard(self, exchange_index: int | None) -> int | None:
        """Return the shard of a call that names no order: its own argument, else the context's.

        -1 means 'route by ticker'; it is dropped for requests without one.
        """
        shard = self.exchange_index if exchange_index is None else exchange_index
        return None if shard == -1 else shard

    def call(
        self,
        operation: Operation[Reply],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, QueryValue] | None = None,
        body: object = None,
        items: int = 1,
        settler: Settler[Reply] | None = None,
        flaw: Callable[[Reply], str | None] | None = None,
        since: Permit | None = None,
        **about: Unpack[About],
    ) -> Call[Reply]:
        """Build a call; awaiting it sends it. Afterwards it holds the state of its attempts.

        items: number of orders in a batch, each of which is charged.
        settler: finds out by reading whether a write was executed whose answer was lost.
        flaw: says what is wrong with a reply that decodes, such as another order's id; None if nothing is.
            Such a reply is an UnexpectedReply with its bytes: it is no answer, and settles nothing.
        since: the permit of an earlier request of the same batch: a kill switch that has
            been pulled since then recalls this request too.
        about: the orders of the request, and their scope.
        """
        self.refuse_other_generation(operation)
        pipeline = self.pipeline
        outgoing = encode(
            operation,
            pipeline.base_path,
            path=path,
            query=query,
            body=body,
            items=items,
            priority=self.priority,
            **about,
        )
        permit = pipeline.gate.permit(outgoing, since)
        read = partial(decode, operation, request=outgoing)
        if flaw is not None:
            read = partial(decode_checked, flaw, operation, request=outgoing)
        observers = pipeline.limits.observers
        is_told = observers and operation.idempotency is not Idempotency.SAFE
        run = observed(pipeline.run, tuple(observers)) if is_told else pipeline.run
        return Call(outgoing, read, self._options(outgoing), permit, run, settler)

    def paginate(
        self,
        operation: Operation[Listing[Row]],
        query: Mapping[str, QueryValue],
        *,
        on_rejected: OnRejected = None,
        most: int = 1000,
    ) -> Paginator[Row]:
        """List an operation page by page; ``limit`` in the query is the size of a page."""
        return Paginator(self.fetching(operation, query, most=most), on_rejected=on_rejected)

    def fetching(
        self, operation: Operation[Listing[Row]], query: Mapping[str, QueryValue], *, most: int = 1000
    ) -> Callable[[str | None], Awaitable[Page[Row]]]:
        """Return the function that reads one page of an operation, from a cursor on."""
        limit = query.get("limit")
        if limit is not None:
            checked_whole("limit", limit, least=1, most=most)  # type: ignore[arg-type]  # checks that too
        check_filters(operation, query)

        async def fetch(cursor: str | None) -> Page[Row]:
            try:
                page = await self.call(operation, query={**query, "cursor": cursor or None})
            except RejectedRows as error:
                good: Listing[Row] = error.page  # type: ignore[assignment]  # of the operation's reply type
                return Page(good.rows, good.cursor or "", error)
            return Page(page.rows, page.cursor or "")

        return fetch

    def _options(self, outgoing: Outgoing) -> CallOptions:
        """Return the options of one request; DeadlineExceeded when the time of its call is over."""
        if self.ends_s is None:
            return self.options
        left_s = self.ends_s - self.pipeline.clock.monotonic()
        if left_s <= 0:
            late = DeadlineExceeded(f"{outgoing.name} was not sent: its call's time was over", sent=False)
            raise late.about(outgoing)
        return self.within(left_s).options

    def refuse_other_generation(self, operation: Operation[object]) -> None:
        """Refuse an operation that this environment does not offer; nothing is sent."""
        if operation.generation != self.generation:
            raise retired(operation, self.generation, self.successors)
