"""Live data: what happens in a game or at a place while markets on it trade."""

from __future__ import annotations

from kalshi_async.contract.fields import Factor, JsonValue, ReplyStruct
from kalshi_async.contract.operation import read


class LiveData(ReplyStruct, frozen=True, kw_only=True):
    """The state of one milestone."""

    type: str
    """Kind of the data."""
    milestone_id: str
    """Id of the milestone."""
    details: dict[str, JsonValue]
    """The data, by name; they depend on ``type``."""


class LiveDataReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the state of one milestone."""

    live_data: LiveData
    """The state."""


class LiveDatasReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the states of several milestones."""

    live_datas: list[LiveData]
    """The states; a milestone without data has none."""


class EventLiveData(ReplyStruct, frozen=True, kw_only=True):
    """The data on which an event is decided."""

    type: str
    """Kind of the data."""
    details: dict[str, JsonValue]
    """The data, by name; they depend on ``type``."""
    is_historical: bool | None = None
    """Whether the event is over."""
    default_range: str | None = None
    """The range of a request that names none."""
    range_options: list[str] | None = None
    """The ranges that may be asked for."""


class EventLiveDataReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the data of an event."""

    live_data: EventLiveData
    """The data."""


class Period(ReplyStruct, frozen=True, kw_only=True):
    """A part of a game."""

    events: list[dict[str, JsonValue]] | None = None
    """What happened, play by play; the names depend on the sport."""


class PlayByPlay(ReplyStruct, frozen=True, kw_only=True):
    """A game, play by play."""

    periods: list[Period] | None = None
    """Its parts, in their order."""


class GameStatsReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of a game."""

    pbp: PlayByPlay | None = None
    """The game, play by play; None for a milestone that is no game, or has no such data."""


class StationReading(ReplyStruct, frozen=True, kw_only=True):
    """What one station adds to a point of a weather index."""

    station_id: str
    """Id of the station."""
    code: str
    """What became of its reading."""
    source: str | None = None
    """Where the reading is from."""
    temp_f: Factor | None = None
    """Temperature in degrees Fahrenheit."""
    obs_time_ms: int | None = None
    """When it was measured, in Unix milliseconds."""
    received_at_ms: int | None = None
    """When it was received, in Unix milliseconds."""
    primary_code: str | None = None
    """What became of the reading of its first source."""


class WeatherIndexPoint(ReplyStruct, frozen=True, kw_only=True):
    """One value of a weather index."""

    t: int
    """The minute, in Unix milliseconds."""
    status: str
    """State of the value."""
    v: Factor | None = None
    """The value, in the unit of the index; None if there is none."""
    contributors: int | None = None
    """Stations that added to it."""
    receipt_basis: str | None = None
    """What was received by when."""
    stations: list[StationReading] | None = None
    """Readings of the stations; None unless they were asked for."""


class WeatherIndex(ReplyStruct, frozen=True, kw_only=True):
    """The weather index of a city over time."""

    city: str
    """The city."""
    units: str
    """Unit of the values."""
    timeseries: list[WeatherIndexPoint]
    """The values, oldest first."""
    config_version: str | None = None
    """The calibration by which they were computed."""


class CalibrationStation(ReplyStruct, frozen=True, kw_only=True):
    """The part of one station in a calibration."""

    station_id: str
    """Id of the station."""
    weight: Factor
    """Weight of its reading."""
    offset_c: Factor
    """What is added to its reading, in degrees Celsius."""
    update_note: str | None = None
    """Why it was changed, in words."""


class Calibration(ReplyStruct, frozen=True, kw_only=True):
    """How an index is computed from the readings of its stations."""

    config_version: str
    """Name of the calibration."""
    effective_at_ms: int
    """From when on it holds, in Unix milliseconds."""
    city_reference_c: Factor
    """Reference of the city, in degrees Celsius."""
    stations: list[CalibrationStation]
    """The stations."""
    published_at_ms: int | None = None
    """When it was published, in Unix milliseconds."""
    change_reason: str | None = None
    """Why it was changed, in words."""
    calibration_window_start_ms: int | None = None
    """Beginning of the readings on which it rests, in Unix milliseconds."""
    calibration_window_end_ms: int | None = None
    """End of the readings on which it rests, in Unix milliseconds."""


class Calibrations(ReplyStruct, frozen=True, kw_only=True):
    """The calibrations of the weather index of a city."""

    city: str
    """The city."""
    units: str
    """Unit of the index."""
    calibrations: list[Calibration]
    """The calibrations."""


# OpenAPI 3.34.0, 2026-10-26.
GET_LIVE_DATA_BY_MILESTONE = read(
    "get_live_data_by_milestone", "/live_data/milestone/{milestone_id}", LiveDataReply, signed=False
)
GET_LIVE_DATA = read(
    "get_live_data", "/live_data/{type}/milestone/{milestone_id}", LiveDataReply, signed=False
)
GET_LIVE_DATAS = read(
    "get_live_datas", "/live_data/batch", LiveDatasReply, signed=False, repeated=("milestone_ids",)
)
GET_GAME_STATS = read(
    "get_game_stats", "/live_data/milestone/{milestone_id}/game_stats", GameStatsReply, signed=False
)
GET_EVENT_LIVE_DATA = read(
    "get_event_live_data", "/live_data/events/{event_ticker}", EventLiveDataReply, signed=False
)
GET_WEATHER_INDEX = read("get_weather_index", "/live_data/weather/{city}", WeatherIndex, signed=False)
GET_WEATHER_INDEX_CALIBRATIONS = read(
    "get_weather_index_calibrations", "/live_data/weather/{city}/calibrations", Calibrations, signed=False
)
