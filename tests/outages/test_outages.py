"""Faults that last: a seeded slice at every run; the nox session ``outages`` plays all of them."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kalshi_async import ApiError, OutcomeUnknown
from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.operation import Idempotency
from tests.certainty.scene import Scene
from tests.certainty.scenes import SCENES
from tests.outages import cases, trial
from tests.outages.case import WRONG, Case, Finding
from tests.outages.cases import ALL_SCENES, BEGINS, LAGS_MS, LASTS_S, matrix, slice_of
from tests.outages.in_process import FAULTS
from tests.outages.switches import SWITCHES, Switch

SLICE = 240
AT_ONCE = 20
"""Cases of one test: on one loop, one after the other."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Every case ends in warnings that say what the matrix says better."""
    caplog.set_level(logging.CRITICAL, logger="kalshi_async")


async def wrong(case: Case) -> list[str]:
    """Play a case and return a line for each thing that is wrong."""
    findings = await trial.play(case)
    return [f"{each.kind}: {case}: {each.what}" for each in findings if each.kind in WRONG]


@pytest.mark.parametrize("first", range(0, SLICE, AT_ONCE))
async def test_no_outage_makes_the_client_wrong(first: int) -> None:
    for case in slice_of(SLICE, seed=16)[first : first + AT_ONCE]:
        assert await wrong(case) == [], case.command


def test_every_write_meets_every_fault_beginning_length_and_lag() -> None:
    writes = {operation for operation in OPERATIONS if operation.method != "GET"}
    assert {scene.operation for scene in ALL_SCENES.values()} == writes
    met = {(case.scene, case.fault, case.begins, case.lasts_s, case.lag_ms) for case in matrix()}
    assert len(met) == len(ALL_SCENES) * len(FAULTS) * len(BEGINS) * len(LASTS_S) * len(LAGS_MS) >= 5_000


def test_a_case_is_the_same_at_every_run() -> None:
    """Otherwise the number of a failure would be worth nothing."""
    assert matrix() == matrix()
    assert [case.number for case in matrix()] == list(range(len(matrix())))


def planted(name: str, **changes: object) -> type[Scene]:
    """Return a scene with a mistake in it."""
    kind = ALL_SCENES[name]
    return type(f"Wrong{name}", (kind,), changes)


async def found(monkeypatch: pytest.MonkeyPatch, scene: type[Scene], **changes: object) -> set[str]:
    """Play one quiet case of a scene with a mistake, and return the kinds of what was found."""
    monkeypatch.setattr(trial, "ALL_SCENES", {**ALL_SCENES, "Planted": scene})
    case = Case("Planted", "5xx", "before", 0.3, 0, 0, "", 5.0, "in process")
    return {finding.kind for finding in await trial.play(case)}


async def test_a_duplicate_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = planted("Cancel", effects=lambda self: [2])
    assert await found(monkeypatch, scene) == {"duplicate"}


async def test_an_orphan_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(self: Scene) -> object:
        await SCENES["Create"].act(self)
        raise ApiError(400, code="insufficient_balance")

    assert "orphan" in await found(monkeypatch, planted("Create", act=act))


async def test_a_success_without_an_effect_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(self: Scene) -> object:
        return None

    assert "wrong answer" in await found(monkeypatch, planted("CancelAll", act=act))


async def test_giving_up_with_time_left_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(self: Scene) -> object:
        raise OutcomeUnknown("given up", sent=True)

    assert await found(monkeypatch, planted("CancelAll", act=act)) == {"given up"}
    once = planted("CreateGroup", act=act)
    assert once.operation.idempotency is Idempotency.ONCE
    assert await found(monkeypatch, once) == {"once"}


@pytest.mark.parametrize("kind", SWITCHES, ids=lambda kind: kind.__name__)
async def test_a_switch_that_says_more_than_it_did_is_found(
    monkeypatch: pytest.MonkeyPatch, kind: type[Switch]
) -> None:
    async def act(self: Switch) -> object:
        await self._place_another()
        return None

    assert "switch defeated" in await found(monkeypatch, planted(kind.__name__, act=act))


async def test_a_task_that_is_left_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def act(self: Scene) -> object:
        tasks.append(asyncio.create_task(asyncio.sleep(1_000), name="left"))
        return await SCENES["CancelAll"].act(self)

    assert await found(monkeypatch, planted("CancelAll", act=act)) == {"leak"}
    tasks[0].cancel()


def test_the_slice_is_drawn_from_the_whole() -> None:
    drawn = slice_of(SLICE, seed=16)
    assert {case.fault for case in drawn} == set(FAULTS)
    assert {case.scene for case in drawn} == set(cases.ALL_SCENES)
    assert Finding("late unknown", "").kind not in WRONG
