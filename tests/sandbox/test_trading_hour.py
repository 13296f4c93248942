"""An hour of trading, twice. How long it takes at full pace, ``trading_hour`` itself prints."""

from __future__ import annotations

import msgspec
import pytest

from tests.sandbox.trading_hour import run


@pytest.fixture(scope="module")
def hour() -> bytes:
    return run(7, crowd_s=30.0, strategy_s=20.0)


def test_the_same_seed_gives_the_same_ledger_byte_for_byte(hour: bytes) -> None:
    assert run(7, crowd_s=30.0, strategy_s=20.0) == hour


def test_another_seed_gives_another_ledger(hour: bytes) -> None:
    assert run(8, crowd_s=30.0, strategy_s=20.0) != hour


def test_the_hour_has_seen_what_an_exchange_can_see(hour: bytes) -> None:
    """Equal ledgers of an hour in which nothing happens would prove nothing."""
    snapshot, records = msgspec.json.decode(hour)
    me = snapshot["accounts"]["me"]
    assert me["fills"] > 10
    assert me["settlements"]
    assert {order["status"] for order in me["orders"].values()} >= {"canceled", "executed"}
    assert [market["state"] for market in snapshot["markets"].values()] == ["active", *["finalized"] * 3]
    (mine,) = (record for record in records if "name='me'" in record)
    assert "expiration_s=17953" in mine
