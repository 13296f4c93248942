"""Some of the lives of ``python -m tests.mirror.lives``, and the judges themselves."""

from __future__ import annotations

import asyncio

import pytest

from tests.mirror.conftest import Desk
from tests.mirror.lives.__main__ import play_all
from tests.mirror.lives.drops import Dropping
from tests.mirror.lives.judging import Witness, differences
from tests.mirror.lives.life import Life


@pytest.mark.real_time  # each life has a loop of its own
@pytest.mark.parametrize("seed", [1, 2, 7])
def test_a_life_over_links_that_fail(seed: int) -> None:
    found = play_all([seed])
    assert found.wrong == []
    assert found.counts["comparisons"] > 10


@pytest.mark.real_time
@pytest.mark.parametrize("seed", [3, 4])
def test_a_life_in_which_frames_are_lost_without_a_trace(seed: int) -> None:
    found = play_all([seed], Dropping)
    assert found.wrong == []
    assert found.counts["dropped fills"] > 0


async def test_the_judge_finds_a_planted_mistake(desk: Desk) -> None:
    account = await desk.mirror()
    alice, log = desk.world.alice.account, desk.world.log
    witness = Witness(alice, log, lambda _: True)
    events = account.events()
    desk.place("bid", "0.40", 2, by="alice")
    desk.place("ask", "0.40", 1)
    await asyncio.sleep(0.1)
    witness.told += [await anext(events) for _ in range(3)]
    nothing = (0, 0, 0)
    assert list(differences(account, alice, lambda _: True)) == []
    assert list(witness.judge(nothing, is_whole=True, may_drift=False)) == []
    told, witness.told = witness.told, witness.told[:1]
    assert list(witness.judge(nothing, is_whole=True, may_drift=False)) == [
        f"fill {log.fills[0]} was not told"
    ]
    witness.told = told * 2
    assert len(list(witness.judge(nothing, is_whole=True, may_drift=False))) == 2
    witness.told = told
    assert len(list(witness.judge((1, 1, 0), is_whole=True, may_drift=False))) == 2
    account._state.orders.resting.clear()
    account._state.positions.known.clear()
    assert len(list(differences(account, alice, lambda _: True))) == 2
    assert Life._periods != Dropping._periods
