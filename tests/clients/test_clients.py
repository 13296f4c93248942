"""What the clients of other authors are measured with. They themselves run in ``nox -s clients``."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import httpx
import pytest

from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.sandbox import RequestRecord
from kalshi_async.sandbox.streams import views
from tests.clients import streams
from tests.clients.__main__ import differences, read
from tests.clients.calling import outcome, verdict
from tests.clients.reader import FAMILIES, Facts
from tests.clients.stage import staged, staged_for_calls, truth
from tests.clients.websockets_reader import Stream

RIGHT: Facts = {"KX-A": Decimal("0.48"), "KX-B": "KX"}


def test_equal_facts_have_no_difference() -> None:
    assert list(differences("list", RIGHT, dict(RIGHT))) == []


def test_a_wrong_a_missing_and_an_unknown_row_are_found() -> None:
    facts: Facts = {"KX-A": Decimal("0.49"), "KX-C": "KX"}
    found = list(differences("list", facts, RIGHT))
    assert [fault.split()[1] for fault in found] == ["KX-A", "KX-B", "KX-C"]


async def test_a_client_that_cannot_read_a_row_is_named_with_its_words() -> None:
    class Strict:
        async def markets(self) -> tuple[Facts, Facts]:
            raise ValueError("liquidity_dollars\n  Field required")

    (fault,) = await read(Strict(), "markets", RIGHT)  # type: ignore[arg-type]  # one method of a reader
    assert fault == "ValueError: liquidity_dollars Field required"


async def test_every_channel_is_told_and_every_frame_is_as_the_vendor_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await streams.read("websockets") == 0
    table = capsys.readouterr().out
    assert all(f"| {channel} |" in table for channel in CHANNELS)


async def test_a_frame_that_the_vendor_does_not_know_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "group", lambda *_: {"event_type": "created"})
    assert await streams.read("websockets") == 5 * 2  # an id and a time are missing in each


def test_a_frame_that_a_client_does_not_read_is_noticed() -> None:
    reader = Stream()
    sent = Counter({"fill": 2, "market_lifecycle_v2": 3, "event_lifecycle": 1})
    reader.read = Counter({"fill": 1, "market_lifecycle_v2": 3})
    reader.unknown = frozenset(("event_lifecycle",))
    assert list(streams.differences("fill", sent, reader)) == ["fill: 1 frames were read, 2 were sent"]
    assert list(streams.differences("market_lifecycle_v2", sent, reader)) == []
    assert list(streams.differences("trade", sent, reader)) == ["trade: nothing was sent"]


async def test_the_stage_has_rows_of_every_kind() -> None:
    sandbox = staged()
    expected = truth(sandbox)
    assert set(expected) == set(FAMILIES)
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url=sandbox.rest_url) as http:
        rows = (await http.get("/markets")).json()["markets"]
    assert {row["status"] for row in rows} == {"active", "inactive", "closed", "determined", "finalized"}
    assert {row["ticker"]: Decimal(row["yes_bid_dollars"]) for row in rows} == expected["markets"]
    assert {row["result"] for row in rows} == {"", "yes", "no", "scalar"}
    assert any(row["volume_fp"] != "0.00" for row in rows)


async def test_a_call_works_if_the_exchange_has_answered_that_operation() -> None:
    heard: list[RequestRecord] = []
    sandbox = staged_for_calls(heard.append)
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url=sandbox.rest_url) as http:
        assert await outcome("get_trades", lambda: http.get("/markets/trades"), heard) == ""
        other = await outcome("get_market", lambda: http.get("/markets/trades"), heard)
        assert other == "it asked for get_trades"
        unknown = await outcome("get_market", lambda: http.get("/markets/NO-SUCH"), heard)
        assert unknown == "it asked for nothing"

    async def strict() -> None:
        raise ValueError("liquidity_dollars\n  Field required")

    assert await outcome("get_market", strict, heard) == "ValueError: liquidity_dollars Field required"


def test_a_failure_needs_a_reason_and_a_reason_a_failure() -> None:
    found = {"get_market": "", "get_event": "ValueError", "get_series": "ValueError"}
    faults = {"get_market": "once it failed", "get_event": "it is strict"}
    assert verdict(found, faults) == ["get_series: ValueError", "get_market works"]


async def test_the_stage_of_calls_has_something_to_answer_with() -> None:
    sandbox = staged_for_calls(lambda _: None)
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url=sandbox.rest_url) as http:
        for path, key in (
            ("/historical/markets", "markets"),
            ("/historical/trades", "trades"),
            ("/markets/trades", "trades"),
            ("/multivariate_event_collections", "multivariate_contracts"),
            ("/incentive_programs", "incentive_programs"),
            ("/events/fee_changes", "event_fee_changes"),
        ):
            assert (await http.get(path)).json()[key], path
