"""The list of the vendor's operations, the code and the page that shows both agree."""

from __future__ import annotations

import pytest

from kalshi_async.contract import OPERATIONS
from kalshi_async.sandbox.edge.routes import ROUTES
from tests.docs.operations import COMMAND, LEFT_OUT, PAGE, Listed, listed, page, reason, spoken

ENDPOINTS = {(row["method"], row["path"]) for row in listed()}


def test_the_page_is_as_the_command_makes_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run {COMMAND}"


def test_an_operation_that_is_missing_is_named_with_its_reason() -> None:
    missing = [row for row in listed() if (row["method"], row["path"]) not in spoken()]
    assert [row["operation"] for row in missing if reason(row["path"]) is None] == []


def test_no_reason_stands_for_what_is_spoken() -> None:
    spoken_of = [operation.name for operation in OPERATIONS if reason(operation.path) is not None]
    assert spoken_of == [], f"take the beginning of its path out of LEFT_OUT: {sorted(LEFT_OUT)}"


def test_no_operation_is_spoken_that_the_vendor_does_not_list() -> None:
    assert set(spoken()) - ENDPOINTS == set()


def test_the_list_has_every_operation_once() -> None:
    assert len(listed()) == len(ENDPOINTS) == 128


@pytest.mark.parametrize(
    "row",
    [row for row in listed() if (row["method"], row["path"]) in spoken()],
    ids=lambda row: row["operation"],
)
def test_an_operation_takes_what_the_vendor_lists(row: Listed) -> None:
    operation = spoken()[row["method"], row["path"]]
    route = ROUTES[operation.name]
    assert operation.signed is row["is_signed"]
    assert {parameter.key for parameter in route.parameters} == set(row["query"])
    assert {parameter.key for parameter in route.parameters if parameter.is_required} == set(row["required"])
