"""Which call meets which fault."""

from __future__ import annotations

import pytest

from kalshi_async.environment import Generation
from kalshi_async.sandbox.edge.operations import OPERATION_NAMES, UNKNOWN, operation_of
from kalshi_async.sandbox.edge.profiles import PROFILES
from kalshi_async.sandbox.edge.routes import Route
from kalshi_async.sandbox.edge.routes.account import BASE_PATH
from kalshi_async.sandbox.faults.script import ANY, Script

NAMES = frozenset({"create", "cancel"})


def drawn(script: Script[str], *operations: str) -> list[list[str]]:
    return [script.draw(operation) for operation in operations]


def test_a_fault_plays_on_the_next_call_and_on_no_other() -> None:
    script = Script[str](NAMES)
    script.on("create", "reset")
    assert drawn(script, "cancel", "create", "create") == [[], ["reset"], []]


def test_calls_are_counted_from_when_the_line_was_written() -> None:
    """So that a test need not know what a session has asked before."""
    script = Script[str](NAMES)
    script.on("create", "never", call=9)
    drawn(script, "create", "create")
    script.on("create", "reset", call=2)
    assert drawn(script, "create", "create", "create") == [[], ["reset"], []]


def test_every_call_can_meet_a_fault_until_the_script_is_cleared() -> None:
    script = Script[str](NAMES)
    script.every("create", "slow")
    assert drawn(script, "create", "create") == [["slow"], ["slow"]]
    script.clear()
    assert drawn(script, "create") == [[]]


def test_any_operation_can_be_meant_but_no_event() -> None:
    script = Script[str](NAMES, events=frozenset({"connect"}))
    script.every(ANY, "slow")
    script.on("connect", "reset")
    assert drawn(script, "create", UNKNOWN, "connect") == [["slow"], ["slow"], ["reset"]]


def test_faults_of_one_call_come_in_the_order_in_which_they_were_written() -> None:
    script = Script[str](NAMES)
    script.every("create", "outer", "middle")
    script.on("create", "inner")
    assert drawn(script, "create") == [["outer", "middle", "inner"]]


def test_chance_follows_the_seed() -> None:
    def run(seed: int) -> list[list[str]]:
        script = Script[str](NAMES, seed)
        script.sometimes("create", "reset", rate=0.5)
        return drawn(script, *["create"] * 64)

    assert run(1) == run(1) != run(2)
    assert 16 < sum(map(len, run(1))) < 48


def test_what_was_played_is_told() -> None:
    script = Script[str](NAMES)
    script.on("create", "reset", call=2)
    script.on("cancel", "slow")
    drawn(script, "create", "create")
    assert [(played.operation, played.call, played.fault) for played in script.played] == [
        ("create", 2, "reset")
    ]
    assert script.pending == ["cancel"]


@pytest.mark.parametrize(
    ("operation", "faults", "arguments", "complaint"),
    [
        ("creat", ["reset"], {}, "cancel, create, was 'creat'"),
        ("create", [], {}, "no fault"),
        ("create", ["reset"], {"call": 0}, "count from 1, was 0"),
    ],
)
def test_a_line_that_could_never_play_is_refused(
    operation: str, faults: list[str], arguments: dict[str, int], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Script[str](NAMES).on(operation, *faults, **arguments)


def test_a_rate_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1, was 10"):
        Script[str](NAMES).sometimes("create", "reset", rate=10)


@pytest.mark.parametrize(
    ("generation", "route"),
    [
        pytest.param(profile.generation, route, id=f"{profile.generation} {route.name}")
        for profile in PROFILES.values()
        for route in profile.routes
        if route.name in OPERATION_NAMES[profile.generation]
    ],
)
def test_every_operation_is_known_by_method_and_path(generation: Generation, route: Route) -> None:
    path = "/".join("X-1" if part.startswith("{") else part for part in route.path.split("/"))
    assert operation_of(route.method, BASE_PATH + path, generation) == route.name


@pytest.mark.parametrize(
    "path", ["/", "/portfolio/orders", BASE_PATH + "/portfolio/nothing", BASE_PATH + "/portfolio/orders/"]
)
def test_other_paths_belong_to_no_operation(path: str) -> None:
    assert operation_of("GET", path) == UNKNOWN
