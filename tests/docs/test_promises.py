"""Every sentence of the promises leads to a test that exists and runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kalshi_async import RateLimits
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.operation import Bucket, Priority
from tests.docs.promises import PROMISES, README, Promise
from tests.docs.sentences import sentences
from tests.peers.test_table import fault_of

PAGE = (Path(__file__).parent / "readme_0_2_0.md").read_text(encoding="utf-8")


def faults(page: str, promises: Sequence[Promise]) -> list[str]:
    """Name what is wrong with a table of promises; nothing if it shows the page."""
    told = [(promise.heading, promise.sentence) for promise in promises]
    found = [f"not in the table: {sentence}" for sentence in sentences(page) if sentence not in told]
    found += [f"not on the page: {row}" for row in told if row not in list(sentences(page))]
    for promise in promises:
        if not promise.tests:
            found.append(f"without a test: {promise.sentence}")
        found += [f"{test}: {fault}" for test in promise.tests if (fault := fault_of(test))]
    return found


def test_every_sentence_has_its_tests_and_they_run() -> None:
    assert faults(PAGE, PROMISES) == []
    assert [(each.heading, each.sentence) for each in PROMISES] == list(sentences(PAGE))
    assert {each.file for each in PROMISES} == {README}


def test_a_sentence_a_test_and_a_skipped_test_that_are_missing_are_named() -> None:
    page = "# A\n\nOne thing. Another thing.\n\n| a | b |\n|---|---|\n| c | d |\n\n```python\ncode()\n```\n"
    assert [sentence for _, sentence in sentences(page)] == [
        "One thing.",
        "Another thing.",
        "| c | d |",
        "code()",
    ]
    rows = [
        Promise("A", "One thing.", ("docs/test_promises::test_nowhere",)),
        Promise("A", "Another thing.", ()),
        Promise("A", "| c | d |", ("peers/test_table::skipped",)),
        Promise("A", "A third thing.", ("peers/test_table::test_every_row_has_a_test",)),
    ]
    assert faults(page, rows) == [
        "not in the table: ('A', 'code()')",
        "not on the page: ('A', 'A third thing.')",
        "docs/test_promises::test_nowhere: no such test",
        "without a test: Another thing.",
        "peers/test_table::skipped: skip",
    ]


def test_every_sentence_is_shown_whole() -> None:
    unshown = {promise.sentence: promise.missing for promise in PROMISES if promise.missing is not None}
    assert unshown == {}


def test_a_tenth_of_the_write_bucket_is_kept_back() -> None:
    write = RateLimits(lambda: 0.0).write
    assert write.largest(Priority.RISK_ADDING) == pytest.approx(0.9 * write.capacity)
    assert write.largest(Priority.RISK_REDUCING) == write.capacity


def test_the_priorities_are_those_that_the_page_names() -> None:
    def named(words: tuple[str, ...]) -> list[Operation[object]]:
        return [each for each in OPERATIONS if each.bucket is Bucket.WRITE and each.name.startswith(words)]

    assert {each.priority for each in named(("trigger_", "cancel_all_"))} == {Priority.KILL_SWITCH}
    singles = ("cancel_order", "decrease_", "delete_", "batch_cancel_")
    assert {each.priority for each in named(singles)} == {Priority.RISK_REDUCING}
    assert {each.priority for each in named(("create_order", "amend_"))} == {Priority.RISK_ADDING}
    lists = [each for each in OPERATIONS if each.rows]
    assert {each.priority for each in lists} == {Priority.BACKGROUND}
    order = [Priority.KILL_SWITCH, Priority.RISK_REDUCING, Priority.RISK_ADDING, Priority.BACKGROUND]
    assert order == sorted(Priority)
