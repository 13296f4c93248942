"""Milestones: dated happenings to which events and live data belong."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import JsonValue, ReplyStruct, Time
from kalshi_async.contract.operation import read


class Milestone(ReplyStruct, frozen=True, kw_only=True):
    """A happening with a date, such as a game, and the events on it."""

    id: str
    """Id of the milestone."""
    category: str
    """Category: "Sports", "Elections" and the like."""
    type: str
    """Kind of the happening: "football_game" and the like."""
    start_date: Time
    """When it begins, in UTC."""
    end_date: Time | None = None
    """When it ends, in UTC; None if that is open."""
    related_event_tickers: list[str]
    """Tickers of all events on it."""
    primary_event_tickers: list[str]
    """Tickers of the events that are mainly on it."""
    title: str
    """Its name, in words."""
    notification_message: str
    """What members are told of it, in words."""
    details: dict[str, JsonValue]
    """Further facts, by name; they depend on ``type``."""
    last_updated_ts: Time
    """When its facts last changed, in UTC: a time despite its name."""
    source_id: str | None = None
    """Its id at the source of the live data."""
    source_ids: dict[str, JsonValue] | None = None
    """Its ids at several sources, by source."""


class MilestoneReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one milestone."""

    milestone: Milestone
    """The milestone."""


class MilestonesPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of milestones."""

    rows: list[Milestone] = field(name="milestones")
    """Milestones."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


# OpenAPI 3.34.0, 2026-10-26.
GET_MILESTONE = read("get_milestone", "/milestones/{milestone_id}", MilestoneReply, signed=False)
GET_MILESTONES = read("get_milestones", "/milestones", MilestonesPage, rows=("milestones",), signed=False)
