"""Query strings: the keys of each route, and the real exchange's text for a bad value.

Unknown keys are ignored, and an empty value counts as absent. A number out of range is
refused and not clamped: limit=1001 answers 400 with the Go validator's text (demo recording
of 2026-06).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from kalshi_async.sandbox.engine.state import Rejected

_INTEGER_LENGTH = 19


@dataclass(frozen=True, slots=True)
class Text:
    """A text parameter."""

    key: str
    choices: frozenset[str] | None = None
    """The values that are accepted; None accepts any."""
    separated: bool = False
    """Whether the value is a list with commas."""
    most_items: int | None = None
    """The longest list that is accepted; None accepts any."""
    is_required: bool = False
    """Whether a query without it is refused."""

    def read(self, text: str) -> str | list[str]:
        """Return the value, or raise ``_BadValue``."""
        if not self.separated:
            self._check(text)
            return text
        items = [item for item in text.split(",") if item]
        if self.most_items is not None and len(items) > self.most_items:
            raise _BadValue("max")
        for item in items:
            self._check(item)
        return items

    def _check(self, item: str) -> None:
        if self.choices is not None and item not in self.choices:
            raise _BadValue("oneof")


@dataclass(frozen=True, slots=True)
class Integer:
    """A parameter that is a whole number, with inclusive bounds."""

    key: str
    minimum: int | None = None
    maximum: int | None = None
    choices: frozenset[int] | None = None
    """The values that are accepted; None accepts any within the bounds."""
    is_required: bool = False
    """Whether a query without it is refused."""

    def read(self, text: str) -> int:
        """Return the value, or raise ``_BadValue``."""
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < _INTEGER_LENGTH):
            raise _BadValue(None)
        value = int(text)
        if self.minimum is not None and value < self.minimum:
            raise _BadValue("gte")
        if self.maximum is not None and value > self.maximum:
            raise _BadValue("lte")
        if self.choices is not None and value not in self.choices:
            raise _BadValue("oneof")
        return value


@dataclass(frozen=True, slots=True)
class Several:
    """A parameter that is an array: it is repeated (``settings.CHOICES``: ``repeated_query``)."""

    each: Text | Integer
    """One of its values, and their key."""
    most: int
    is_required: bool = False
    """Whether a query without it is refused."""

    @property
    def key(self) -> str:
        """The name of the parameter."""
        return self.each.key

    def read_all(self, texts: list[str]) -> list[str | int]:
        """Return the values, or raise ``_BadValue``."""
        if len(texts) > self.most:
            raise _BadValue("max")
        return [value for text in texts if not isinstance(value := self.each.read(text), list)]


Parameter = Text | Integer | Several

CURSOR = Text("cursor")
LIMIT_1000 = Integer("limit", 1, 1000)
LIMIT_500 = Integer("limit", 1, 500)
LIMIT_200 = Integer("limit", 1, 200)  # api2025
MIN_TS = Integer("min_ts")
MAX_TS = Integer("max_ts")
SUBACCOUNT = Integer("subaccount", 0)
READ_SHARD = Integer("exchange_index", 0)
# On mutations -1 means "route by ticker" (changelog 2026-08-27).
WRITE_SHARD = Integer("exchange_index", -1)
TICKER = Text("ticker")
EVENT_TICKER = Text("event_ticker")
DEFAULT_LIMIT = 100


Value = str | int | Sequence[str] | Sequence[str | int]


@dataclass(slots=True)
class Query:
    """The validated query of one request."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        """Return a text, or None if it is absent."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def integer(self, key: str) -> int | None:
        """Return a number, or None if it is absent."""
        value = self.values.get(key)
        return value if isinstance(value, int) else None

    def items(self, key: str) -> list[str]:
        """Return a list, empty if it is absent."""
        value = self.values.get(key)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def integers(self, key: str) -> list[int]:
        """Return a list of numbers, empty if it is absent."""
        value = self.values.get(key)
        return [item for item in value if isinstance(item, int)] if isinstance(value, list) else []

    def flag(self, key: str) -> bool:
        """Return whether a switch is on; it is off if it is absent."""
        return (self.text(key) or "").lower() in ("true", "1")

    @property
    def limit(self) -> int:
        """The page size, by default 100."""
        return self.integer("limit") or DEFAULT_LIMIT

    @property
    def cursor(self) -> str | None:
        """The cursor of the page to send."""
        return self.text("cursor")

    @property
    def has_window(self) -> bool:
        """Whether the query has min_ts or max_ts."""
        return "min_ts" in self.values or "max_ts" in self.values

    def covers(self, time_us: int | None, window: str = "") -> bool:
        """Whether a time is at or after min_ts and before max_ts.

        ``window`` stands in their names, as in ``min_close_ts``. No time is in no window that is asked for.
        """
        middle = f"_{window}_" if window else "_"
        min_ts, max_ts = self.integer(f"min{middle}ts"), self.integer(f"max{middle}ts")
        if time_us is None:
            return min_ts is None and max_ts is None
        after_min = min_ts is None or time_us >= min_ts * 1_000_000
        return after_min and (max_ts is None or time_us < max_ts * 1_000_000)


class _BadValue(Exception):
    # ``tag`` names the failed check as the Go validator does; None if the text is not a number.
    def __init__(self, tag: str | None) -> None:
        super().__init__(tag)
        self.tag = tag


def read_query(name: str, parameters: tuple[Parameter, ...], query_string: bytes) -> Query:
    """Validate a query string.

    ``name`` is the operation, as in ``get_orders``: the error text contains it.

    Raises ``Rejected`` (``parameter_validation``) with the real exchange's text.
    """
    pairs = parse_qsl(query_string.decode("latin-1"))
    given = dict(pairs)
    values: dict[str, Value] = {}
    for parameter in parameters:
        text = given.get(parameter.key)
        try:
            if text is None:
                _refuse_absence(parameter)
            elif isinstance(parameter, Several):
                values[parameter.key] = parameter.read_all(
                    [item for key, item in pairs if key == parameter.key]
                )
            else:
                values[parameter.key] = parameter.read(text)
        except _BadValue as error:
            details = _complaint(_go_name(name), parameter.key, error.tag)
            raise Rejected("parameter_validation", details) from error
    return Query(values)


def _refuse_absence(parameter: Parameter) -> None:
    if parameter.is_required:
        raise _BadValue("required")


def _complaint(operation: str, key: str, tag: str | None) -> str:
    opening = f"Parameter validation failed for {operation}: "
    if tag is None:
        return f'{opening}schema: error converting value for "{key}"'
    field_name = _go_name(key)
    return (
        f"{opening}Key: '{operation}Params.{field_name}' "
        f"Error:Field validation for '{field_name}' failed on the '{tag}' tag"
    )


def _go_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
