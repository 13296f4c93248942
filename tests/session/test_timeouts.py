"""How long to wait for what: seconds that make sense, or an error at once."""

from __future__ import annotations

import dataclasses

import pytest

from kalshi_async import InvalidRequest, Timeouts


def test_the_defaults_are_those_of_the_readme() -> None:
    assert dataclasses.asdict(Timeouts()) == {
        "connect_s": 3.0,
        "read_s": 5.0,
        "write_s": 5.0,
        "pool_s": 3.0,
        "read_deadline_s": 10.0,
        "write_deadline_s": 5.0,
        "max_queue_s": None,
    }


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Timeouts)])
@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_no_time_is_negative_or_none_at_all(name: str, seconds: float) -> None:
    with pytest.raises(InvalidRequest, match=f"{name} must be .*, was {seconds!r}"):
        Timeouts(**{name: seconds})


def test_no_attempt_takes_no_time_but_a_queue_may() -> None:
    with pytest.raises(InvalidRequest, match="read_s must be above 0 seconds, was 0"):
        Timeouts(read_s=0)
    assert Timeouts(max_queue_s=0).max_queue_s == 0
