"""What a reader gets besides the exchange's own events: breaks, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kalshi_async.contract.frames.control import ERRORS


class GapReason(StrEnum):
    """Why events may be missing."""

    NOT_YET = "not subscribed yet"
    """The exchange has not confirmed the subscription in time; the stream goes on trying."""
    LINK_LOST = "connection lost"
    """The connection ended. What happens until ``Resumed`` is not sent again."""
    SEQUENCE = "sequence number"
    """The numbers of the frames jumped ahead: frames were lost."""
    DISORDER = "frames out of order"
    """Frames came twice or late. The subscription is made anew, because what is lost cannot be told."""
    SUBSCRIPTION_LOST = "subscription lost"
    """The exchange has ended the subscription, or no longer has it. It is made again."""
    OVERFLOW = "buffer of the exchange"
    """The exchange has dropped frames because this program reads too slowly (error 25)."""
    UNREADABLE = "unreadable frame"
    """A frame could not be decoded; ``raw`` holds it."""
    WIDENED = "subscription widened"
    """The subscription was made anew, for all markets instead of some."""
    SHED = "slow reader"
    """This reader is too slow: ``dropped`` of the oldest events have gone."""
    RENEWED = "subscription renewed"
    """The subscription was made anew, because a book could not be repaired otherwise."""
    NEGATIVE = "level below zero"
    """Of a book: a change took more contracts from a level than it had; ``raw`` holds the frame."""
    OFF_GRID = "price or count off the grid"
    """Of a book: a price that is none of 0.0001 to 0.9999, or a count finer than 0.01, in ``raw``."""
    NO_SNAPSHOT = "change without snapshot"
    """Of a book: a change of a market whose snapshot has not come, in ``raw``."""
    CLOCK_BACK = "clock went back"
    """Of a book: the exchange's clock of the market went back, as in maintenance."""
    NO_ANSWER = "no snapshot in time"
    """Of a book: a snapshot that was asked for has not come."""
    AUDIT = "audit"
    """Of a book: reading it by REST showed another one, twice in a row."""
    REFUSED = "market refused"
    """Of a book: the exchange refused the market."""
    REMOVED = "removed"
    """Of a book: the program removed the market, or left the books."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Events of a channel may be missing from here on; after it the stream goes on.

    After SEQUENCE, UNREADABLE and SHED the next events follow at once. After any other reason events
    may be missing until ``Resumed``: those of some markets may come before it, and what was missed is
    not sent again. Read it by REST.
    """

    channel: str
    """Name of the channel."""
    reason: GapReason
    """Why events may be missing."""
    since_ms: int | None = None
    """The last moment up to which nothing is missing, in Unix milliseconds; None: never.

    When the exchange sent the channel's last frame (``sending_ts_ms``): one that was on its way is missing.
    """
    dropped: int = 0
    """Events that are missing, if that is known."""
    raw: bytes | None = None
    """The frame that could not be read."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The exchange has confirmed the subscription again; what lies between was not replayed."""

    channel: str
    """Name of the channel."""
    at_ms: int
    """When, in Unix milliseconds of this machine."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The exchange refused some of the markets that this reader named; the others go on."""

    channel: str
    """Name of the channel."""
    markets: frozenset[str]
    """The markets that will send nothing."""
    code: int
    """Number of the exchange's error."""
    message: str
    """The exchange's text."""

    @property
    def advice(self) -> str:
        """What to do next; empty if nothing is known."""
        known = ERRORS.get(self.code)
        return "" if known is None else known.advice


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A frame of a type that this version does not know, from a channel that it does."""

    channel: str
    """Name of the channel."""
    kind: str
    """Type of the frame."""
    raw: bytes
    """The whole frame."""
