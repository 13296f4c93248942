"""Rows for data frames: the items of a list as plain, flat dictionaries.

    fills = await session.fills.history().collect()
    pandas.DataFrame(rows(fills))
    polars.DataFrame(rows(fills), infer_schema_length=None)

Knows neither pandas nor polars, and imports neither. The columns have the names of this
package (``yes_price``, not ``yes_price_dollars``), in the order of the struct's fields. Each
cell is converted to a plain type; then all Decimals of a column get the same scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

import msgspec

from kalshi_async.contract.fields import EXACT
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import shown

_PLAIN_TYPES = frozenset({str, int, bool, Decimal, type(None)})


def rows(items: Iterable[msgspec.Struct]) -> list[dict[str, object]]:
    """Return one flat dictionary per item, for ``pandas.DataFrame`` or ``polars.DataFrame``.

    * Money and counts stay ``Decimal``. All of one column get the same number of decimals,
      because polars takes the scale of a column from its first hundred cells and would
      round the others to it.
    * Times are aware datetimes in UTC; enums become their text.
    * A struct inside an item becomes columns named ``outer_inner``. Lists stay lists; structs
      in them become dictionaries.
    * An absent value is None. Polars takes the type of a column from its first hundred cells
      too: pass ``infer_schema_length=None`` if all of these may be None.

    Raises InvalidRequest for an item that is no struct of this package. Costs no tokens.
    """
    table = [_row(item) for item in items]
    _align_decimals(table)
    return table


def _row(item: object) -> dict[str, object]:
    if not isinstance(item, msgspec.Struct):
        raise InvalidRequest(f"rows need fills, orders or other replies, was {shown(item)}")
    row: dict[str, object] = {}
    for name in item.__struct_fields__:
        value = getattr(item, name)
        if isinstance(value, msgspec.Struct):
            row.update((f"{name}_{inner}", cell) for inner, cell in _row(value).items())
        else:
            row[name] = _plain(value)
    return row


def _plain(value: object) -> object:
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, msgspec.Struct):
        return _row(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _align_decimals(table: list[dict[str, object]]) -> None:
    """Give the Decimals of a column the most decimals that one of them has; no value changes."""
    finest: dict[str, Decimal] = {}
    for row in table:
        for name, cell in row.items():
            for number in _decimals(cell):
                known = finest.setdefault(name, number)
                if not known.same_quantum(number):
                    finest[name] = min(known, number, key=_exponent)
    for row in table:
        for name in row.keys() & finest.keys():
            row[name] = _scaled(row[name], finest[name])


def _decimals(cell: object) -> Iterator[Decimal]:
    if isinstance(cell, Decimal):
        yield cell
    elif isinstance(cell, (list, dict)):
        for each in cell.values() if isinstance(cell, dict) else cell:
            yield from _decimals(each)


def _scaled(cell: object, finest: Decimal) -> object:
    if isinstance(cell, Decimal):
        return cell if cell.same_quantum(finest) else cell.quantize(finest, context=EXACT)
    if isinstance(cell, list):
        return [_scaled(each, finest) for each in cell]
    return {key: _scaled(each, finest) for key, each in cell.items()} if isinstance(cell, dict) else cell


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "replies hold no NaN and no Infinity"
    return exponent
