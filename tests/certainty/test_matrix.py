"""The matrix of faults: a seeded slice at every run; the nox session ``faults`` plays all of it."""

from __future__ import annotations

import logging

import pytest

from kalshi_async.contract import OPERATIONS
from tests.certainty.case import Case, wrong
from tests.certainty.cases import LAGS_MS, matrix, slice_of
from tests.certainty.matrix import play
from tests.certainty.scenes import CREATES, SCENES

SLICE = 120


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Every case ends in warnings that say what the matrix says better."""
    caplog.set_level(logging.CRITICAL, logger="kalshi_async")


@pytest.mark.parametrize("case", slice_of(SLICE, seed=7), ids=lambda case: f"case {case.seed}")
async def test_client_and_exchange_agree(case: Case) -> None:
    assert wrong(await play(case)) == [], str(case)


def test_every_write_operation_has_a_scene() -> None:
    """Who adds a write adds what it does, and by that some hundred cases."""
    writes = {operation for operation in OPERATIONS if operation.method != "GET"}
    assert {scene.operation for scene in SCENES.values()} == writes


def test_the_matrix_is_not_smaller_than_promised() -> None:
    cases = matrix()
    assert len(set(cases)) == len(cases) >= 1_000
    assert {case.scene for case in cases} == set(SCENES)
    assert {case.lag_ms for case in cases} == set(LAGS_MS)


def test_no_create_is_excused() -> None:
    """A proxy that delivers twice must not make a placed order look refused."""
    assert all(not scene.already for scene in CREATES)
