"""Programs that use one key and know nothing of each other: every cancel gets through, and soon."""

from __future__ import annotations

import pytest

from tests.account.neighbours import P99_S, contend
from tests.account.scenes import on_virtual_time
from tests.account.two_processes import contest


@pytest.mark.parametrize("seed", [7, 8])
@pytest.mark.parametrize(
    ("tier", "programs", "is_distant"),
    [
        ("basic", 2, True),
        ("basic", 2, False),
        ("basic", 4, True),
        ("advanced", 2, True),
    ],
)
def test_no_cancel_is_given_up_beside_another_program_that_quotes_as_fast_as_it_can(
    tier: str, programs: int, is_distant: bool, seed: int
) -> None:
    # Cancels once waited behind four refusals, 0.16 s of their 5, and were given up.
    contest = on_virtual_time(
        contend(
            60.0 if programs == 2 else 20.0, tier=tier, programs=programs, seed=seed, is_distant=is_distant
        )
    )
    print(*contest.outcomes, f"{contest.refused} tokens refused", sep="\n")
    assert contest.refused > 1_000, "they are in each other's way"
    assert [outcome.given_up for outcome in contest.outcomes] == [[]] * programs
    assert max(outcome.p99_s for outcome in contest.outcomes) <= P99_S
    assert contest.doubles == 0
    # Both get their part: none starves.
    placed = [len(outcome.placed) for outcome in contest.outcomes]
    assert min(placed) > 0.6 * max(placed)
    unknown = sum(outcome.errors["OutcomeUnknown"] for outcome in contest.outcomes)
    assert sum(placed) <= contest.orders <= sum(placed) + unknown


@pytest.mark.real_time
async def test_two_processes_on_one_key_give_no_cancel_up() -> None:
    # A slice; ``nox -s two_processes`` runs longer.
    assert await contest(3.0) == 0
