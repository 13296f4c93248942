"""From samples to verdicts: only ratios within one round may count."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from compare.chart import chart
from compare.messages import Sample
from compare.outcome import Outcome, cpu_s
from compare.report import number, report
from compare.runner import Samples
from compare.targets import verdicts


def samples_of(**costs_s: list[float]) -> Samples:
    samples = Samples()
    for adapter, rounds in costs_s.items():
        for cost_s in rounds:
            sample = Sample(2, cost_s * 2, cost_s * 2, (cost_s, cost_s), cost_s)
            samples.add("nosign", "create", adapter, sample)
    return samples


def test_a_machine_that_halves_its_speed_changes_no_ratio() -> None:
    samples = samples_of(ours=[1.0, 2.0, 2.0], official=[4.0, 8.0, 8.0])
    assert Outcome(samples, {}).ratio(cpu_s, "nosign", "create", "official") == pytest.approx(0.25)


def test_a_library_that_failed_is_left_out_and_said() -> None:
    samples = samples_of(ours=[1.0], kyro=[2.0])
    samples.drop("nosign", "kyro", "it raised")
    assert Outcome(samples, {}).ratio(cpu_s, "nosign", "create", "kyro") is None
    assert samples.problems == ["kyro 0.1.2 left out of nosign: it raised"]


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert {verdict.is_met for verdict in verdicts(Outcome(Samples(), {}))} == {None}


def test_a_bound_is_met_on_its_good_side() -> None:
    outcome = Outcome(samples_of(ours=[1.0], official=[4.0], floor=[0.5]), {})
    met = {
        verdict.target.unit: verdict.is_met
        for verdict in verdicts(outcome)
        if verdict.target.name == "create, CPU, no signature"
    }
    assert met == {
        "times the floor": True,
        "times official": False,
        "times kyro": None,
        "times aiohttp alone": None,
    }


def test_the_report_has_a_row_for_every_target_and_library() -> None:
    outcome = Outcome(samples_of(ours=[1.0], official=[4.0]), {})
    text = report(outcome, "a machine", {"kyro": "0.1"}, ["something was left out"])
    assert text.count("not measured") + text.count("met |") + text.count("**missed**") >= 21
    assert "| kalshi_async | 1,000 |" in text
    assert "something was left out" in text


def test_the_chart_is_well_formed() -> None:
    picture = chart(Outcome(samples_of(ours=[1.0], official=[4.0]), {}), "a machine & its <cores>")
    assert ElementTree.fromstring(picture).tag.endswith("svg")


@pytest.mark.parametrize(("value", "text"), [(1234.5, "1,234"), (12.34, "12.3"), (0.123, "0.12"), (5.0, "5")])
def test_numbers_are_as_short_as_they_can_be_read(value: float, text: str) -> None:
    assert number(value) == text
