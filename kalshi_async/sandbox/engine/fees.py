"""Trading fees as pure functions: the model fee, then rounding and rebate per fill.

Money is millionths of a dollar. ``model_fee`` is the fee of the series, rounded up to $0.000001;
``settle_fee`` rounds a fill to the cash precision of the account. Source of the rounding: docs
fee_rounding, 2026-09; of the formulas: contract §11, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Side
from kalshi_async.sandbox.settings import FLAT_FEE_E4

_MIDDLE_E4 = ONE_DOLLAR_E4 // 2
# Scale of multiplier_e4 * rate_e4 * count_e2 * price_e4 * price_e4, over that of the fee.
_QUADRATIC_SCALE = 10**12
# Scale of multiplier_e4 * dollars_e4 * count_e2, over that of the fee.
_FLAT_SCALE = 10**4


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Factors in ten-thousandths, for the taker and for the maker.

    Quadratic: fee = factor * C * P * (1 - P). Otherwise dollars per contract.
    """

    taker_e4: int
    maker_e4: int
    is_quadratic: bool = True


# Fills recorded on demo in 2026-06 confirm 0.07.
FEE_RATES = MappingProxyType(
    {
        "quadratic": FeeRates(700, 0),
        "quadratic_with_maker_fees": FeeRates(700, 175),
        "quadratic_with_combo_maker_fees": FeeRates(700, 350),
        "flat": FeeRates(FLAT_FEE_E4, 0, is_quadratic=False),
    }
)

# A dollar and more than any fee: 0.07 * HIGHEST_MULTIPLIER * P * (1 - P), rounded up.
DEAREST_CONTRACT_E4 = 2 * ONE_DOLLAR_E4


class FeeOutcome(msgspec.Struct, frozen=True, gc=False):
    """The effect of one fill on cash and on the rounding accumulator of its order.

    ``cash_change_e6`` is always revenue - ``net_fee_e6``; ``floored_e6`` is the cash change
    before the rebate.
    """

    rounding_fee_e6: int
    rebate_e6: int
    accumulator_e6: int
    net_fee_e6: int
    floored_e6: int
    cash_change_e6: int


def model_fee(fee_type: str, multiplier_e4: int, is_taker: bool, price_e4: int, count_e2: int) -> int:
    """Return the trade fee in millionths, rounded up."""
    rates = FEE_RATES[fee_type]
    product = multiplier_e4 * (rates.taker_e4 if is_taker else rates.maker_e4) * count_e2
    if product == 0:
        return 0
    if rates.is_quadratic:
        product *= price_e4 * (ONE_DOLLAR_E4 - price_e4)
        return -(-product // _QUADRATIC_SCALE)
    return -(-product // _FLAT_SCALE)


def highest_fee(fee_type: str, multiplier_e4: int, side: Side, price_e4: int, count_e2: int) -> int:
    """Return the most that an order may pay as taker at its limit price or better."""
    # The fee is highest at 0.50: a bid above that price, and an ask below it, may fill there.
    dearest_e4 = price_e4 if (price_e4 < _MIDDLE_E4) == (side == "bid") else _MIDDLE_E4
    return model_fee(fee_type, multiplier_e4, True, dearest_e4, count_e2)


def settle_fee(trade_fee_e6: int, revenue_e6: int, accumulator_e6: int, precision_e6: int) -> FeeOutcome:
    """Round one fill down to the account's precision and rebate the accumulated rounding.

    ``revenue_e6``: negative for the side that pays.
    ``accumulator_e6``: the rounding fees of the order, taker and maker, that are not rebated yet.

    A rebate is a multiple of the precision and is credited with the same fill. It is as large as the
    accumulator and the fee of the fill allow: a net fee is never negative.
    """
    change_e6 = revenue_e6 - trade_fee_e6
    floored_e6 = change_e6 // precision_e6 * precision_e6
    rounding_fee_e6 = change_e6 - floored_e6
    accumulator_e6 += rounding_fee_e6
    net_fee_e6 = trade_fee_e6 + rounding_fee_e6
    rebate_e6 = min(accumulator_e6, net_fee_e6) // precision_e6 * precision_e6
    return FeeOutcome(
        rounding_fee_e6=rounding_fee_e6,
        rebate_e6=rebate_e6,
        accumulator_e6=accumulator_e6 - rebate_e6,
        net_fee_e6=net_fee_e6 - rebate_e6,
        floored_e6=floored_e6,
        cash_change_e6=floored_e6 + rebate_e6,
    )
