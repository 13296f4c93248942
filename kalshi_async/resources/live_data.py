"""session.live_data: what happens in a game or at a place while markets on it trade."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kalshi_async.calls.context import Context
from kalshi_async.contract import live_data as contract
from kalshi_async.contract.live_data import Calibrations, EventLiveData, LiveData, PlayByPlay, WeatherIndex
from kalshi_async.requests.filters import checked_most, unix_milliseconds

MOST_MILESTONES = 100
"""Milestones of one call (OpenAPI 3.34.0)."""


class LiveDataReads:
    """Live data; public and unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26; of the weather index the changelog of 2026-08-20 too.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, milestone_id: str, *, include_player_stats: bool | None = None) -> LiveData:
        """Return the state of one milestone.

        * ``include_player_stats``: True adds those of the players.

        Raises NotFound for an unknown id, and a milestone without live data.
        GET /live_data/milestone/{milestone_id}, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_LIVE_DATA_BY_MILESTONE,
            path={"milestone_id": milestone_id},
            query={"include_player_stats": include_player_stats},
        )
        return reply.live_data

    async def get_of_type(
        self, type: str, milestone_id: str, *, include_player_stats: bool | None = None
    ) -> LiveData:
        """Return the state of one milestone, if it is of a type.

        * ``include_player_stats``: True adds those of the players.

        Raises NotFound for an unknown id, and another type.
        GET /live_data/{type}/milestone/{milestone_id}, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_LIVE_DATA,
            path={"type": type, "milestone_id": milestone_id},
            query={"include_player_stats": include_player_stats},
        )
        return reply.live_data

    async def get_many(
        self, milestone_ids: Sequence[str], *, include_player_stats: bool | None = None
    ) -> Sequence[LiveData]:
        """Return the states of up to 100 milestones; one without live data has none.

        * ``include_player_stats``: True adds those of the players.

        GET /live_data/batch, 10 read tokens.
        """
        checked_most("milestone_ids", milestone_ids, MOST_MILESTONES)
        reply = await self._context.call(
            contract.GET_LIVE_DATAS,
            query={"milestone_ids": milestone_ids, "include_player_stats": include_player_stats},
        )
        return reply.live_datas

    async def game_stats(self, milestone_id: str) -> PlayByPlay | None:
        """Return a game, play by play; None for a milestone that has no such data.

        Raises NotFound for an unknown id.
        GET /live_data/milestone/{milestone_id}/game_stats, 10 read tokens.
        """
        path = {"milestone_id": milestone_id}
        return (await self._context.call(contract.GET_GAME_STATS, path=path)).pbp

    async def of_event(self, event_ticker: str, *, range: str | None = None) -> EventLiveData:
        """Return the data on which an event is decided.

        * ``range``: one of ``EventLiveData.range_options``; None is its ``default_range``.

        Raises NotFound for an unknown ticker.
        GET /live_data/events/{event_ticker}, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_EVENT_LIVE_DATA, path={"event_ticker": event_ticker}, query={"range": range}
        )
        return reply.live_data

    async def weather_index(
        self,
        city: str,
        *,
        from_ms: datetime | int | None = None,
        to_ms: datetime | int | None = None,
        last_sec: int | None = None,
        detailed: bool | None = None,
    ) -> WeatherIndex:
        """Return the temperature index of a city, minute by minute: of the last 24 hours by default.

        * ``from_ms``, ``to_ms``: bounds, as Unix milliseconds or aware datetimes.
        * ``last_sec``: the last so many seconds, in place of bounds.
        * ``detailed``: True adds the readings of the stations.

        Raises NotFound for an unknown city.
        GET /live_data/weather/{city}, 10 read tokens.
        """
        query = {
            "from": unix_milliseconds("from_ms", from_ms),
            "to": unix_milliseconds("to_ms", to_ms),
            "last_sec": last_sec,
            "detailed": detailed,
        }
        return await self._context.call(contract.GET_WEATHER_INDEX, path={"city": city}, query=query)

    async def weather_calibrations(self, city: str) -> Calibrations:
        """Return how the temperature index of a city is computed, as it was and as it is, oldest first.

        Raises NotFound for an unknown city.
        GET /live_data/weather/{city}/calibrations, 10 read tokens.
        """
        return await self._context.call(contract.GET_WEATHER_INDEX_CALIBRATIONS, path={"city": city})
