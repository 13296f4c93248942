"""Legs of combos are checked when they are made."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kalshi_async import InvalidRequest
from kalshi_async.contract.fields import OutcomeSide
from kalshi_async.requests import ComboLeg, NewCombo

FIRST = ComboLeg("KXNBA-26-BOS", "KXNBA-26", "yes")
SECOND = ComboLeg("KXNFL-26-KC", "KXNFL-26", OutcomeSide.NO)


def test_the_body_is_what_the_exchange_reads() -> None:
    assert msgspec.json.decode(msgspec.json.encode(NewCombo([FIRST, SECOND], with_market_payload=True))) == {
        "selected_markets": [
            {"market_ticker": "KXNBA-26-BOS", "event_ticker": "KXNBA-26", "side": "yes"},
            {"market_ticker": "KXNFL-26-KC", "event_ticker": "KXNFL-26", "side": "no"},
        ],
        "with_market_payload": True,
    }
    assert b"payload" not in msgspec.json.encode(NewCombo((FIRST,)))


@pytest.mark.parametrize(
    ("legs", "words"),
    [
        ([], "selected_markets must not be empty"),
        ([FIRST, FIRST], "selected_markets has two legs on KXNBA-26-BOS"),
        ("KXNBA-26-BOS", "selected_markets must be a list"),
        ([("KXNBA-26-BOS", "KXNBA-26", "yes")], "ComboLeg"),
    ],
)
def test_what_is_no_combo_is_refused(legs: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        NewCombo(legs)


def test_a_leg_has_a_side_and_tickers() -> None:
    with pytest.raises(InvalidRequest, match="side must be one of yes, no, was 'bid'"):
        ComboLeg("KXNBA-26-BOS", "KXNBA-26", "bid")
    with pytest.raises(InvalidRequest, match="market_ticker"):
        ComboLeg("", "KXNBA-26", "yes")
