"""Plain JSON numbers in replies: exactly what was written, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from kalshi_async.contract.series import GET_SERIES


def decoded(number: str) -> Decimal:
    row = f'{{"series": {{"ticker": "KX", "fee_type": "quadratic", "fee_multiplier": {number}}}}}'
    return GET_SERIES.decoder.decode(row).series.fee_multiplier


@pytest.mark.parametrize(
    ("number", "value"),
    [("1", "1"), ("0.1", "0.1"), ("1e-3", "0.001"), ("-0.5", "-0.5"), ('"0.7"', "0.7"), ("2.0", "2.0")],
)
def test_a_number_is_read_as_it_was_written(number: str, value: str) -> None:
    assert decoded(number) == Decimal(value)


@pytest.mark.parametrize("number", ["true", "null", "1e300", '"NaN"', '"1_0"', "[1]"])
def test_what_is_no_plain_number_is_refused(number: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(number)
