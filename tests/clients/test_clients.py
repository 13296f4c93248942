"""What the clients of other authors are measured with. They themselves run in ``nox -s clients``."""

from __future__ import annotations

from decimal import Decimal

import httpx

from tests.clients.__main__ import differences, read
from tests.clients.reader import FAMILIES, Facts
from tests.clients.stage import staged, truth

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
