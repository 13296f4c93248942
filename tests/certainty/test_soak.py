"""A short soak on both roads; the nox session ``soak`` runs the long one."""

from __future__ import annotations

import logging

import pytest

from tests.certainty.soak import Report, run, soak


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """One request in twenty fails and is logged."""
    caplog.set_level(logging.CRITICAL, logger="kalshi_async")


@pytest.mark.parametrize(
    ("is_served", "seed"), [(False, 11), (True, 13)], ids=["in process", "over loopback"]
)
async def test_every_order_is_told_of_once_and_nothing_is_left(is_served: bool, seed: int) -> None:
    report = await soak(150, seed, is_served=is_served)
    assert report.wrong == []
    assert report.orders > 120
    assert report.fills > 20
    assert report.faults_played > 15


def test_a_soak_is_the_same_under_the_same_seed() -> None:
    """Otherwise the seed of a failure would be worth nothing."""
    first, second = [run(100, 12) for _ in range(2)]
    assert isinstance(first, Report)
    assert first == second
