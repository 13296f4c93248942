"""session.events: events, and the fees that they have in place of those of their series."""

from __future__ import annotations

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import events as contract
from kalshi_async.contract.events import Event, EventFeeChange
from kalshi_async.pagination.paginator import Paginator


class Events:
    """Events and their fees; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, event_ticker: str) -> Event:
        """Return one event, with the fees that it has now in place of its series'.

        Raises NotFound for an unknown ticker.
        GET /events/{event_ticker}, 10 read tokens.
        """
        reply = await self._context.call(contract.GET_EVENT, path={"event_ticker": event_ticker})
        return reply.event

    def fee_changes(
        self,
        *,
        event_ticker: str | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[EventFeeChange]:
        """List changes of the fees that events have in place of their series', of one event or of all.

        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /events/fee_changes, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_EVENT_FEE_CHANGES,
            {"event_ticker": event_ticker, "limit": limit},
            on_rejected=on_rejected,
        )
