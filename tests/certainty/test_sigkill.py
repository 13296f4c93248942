"""A few killed processes; the nox session ``sigkill`` kills two hundred."""

from __future__ import annotations

import pytest

from tests.certainty.sigkill import kill_and_resolve

TIMES = 5


@pytest.mark.real_time
async def test_a_new_process_finds_out_what_became_of_the_order_of_a_killed_one() -> None:
    verdicts = await kill_and_resolve(TIMES, seed=1)
    assert len(verdicts) == TIMES
    assert [verdict for verdict in verdicts if not verdict.is_right] == []
