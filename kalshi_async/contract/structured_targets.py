"""Structured targets: the teams, persons and things that markets are about, with ids of their own."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import JsonValue, ReplyStruct, Time
from kalshi_async.contract.operation import read


class StructuredTarget(ReplyStruct, frozen=True, kw_only=True):
    """A team, a person or a thing. The exchange promises none of the fields."""

    id: str | None = None
    """Id of the target: what ``custom_strike`` of a structured market refers to."""
    name: str | None = None
    """Its name."""
    type: str | None = None
    """Kind of the target: "football_team" and the like."""
    details: dict[str, JsonValue] | None = None
    """Further facts, by name; they depend on ``type``."""
    source_id: str | None = None
    """Its id at the source of the data."""
    source_ids: dict[str, JsonValue] | None = None
    """Its ids at several sources, by source."""
    last_updated_ts: Time | None = None
    """When its facts last changed, in UTC: a time despite its name."""


class StructuredTargetReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one target."""

    structured_target: StructuredTarget | None = None
    """The target."""


class StructuredTargetsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of targets."""

    rows: list[StructuredTarget] = field(name="structured_targets", default_factory=list)
    """Targets."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


# OpenAPI 3.34.0, 2026-10-26.
GET_STRUCTURED_TARGET = read(
    "get_structured_target",
    "/structured_targets/{structured_target_id}",
    StructuredTargetReply,
    signed=False,
)
GET_STRUCTURED_TARGETS = read(
    "get_structured_targets",
    "/structured_targets",
    StructuredTargetsPage,
    rows=("structured_targets",),
    signed=False,
    repeated=("ids",),
)
