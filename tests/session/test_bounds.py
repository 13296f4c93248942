"""A session stays with the process and the signer that it was opened with."""

from __future__ import annotations

import os

import pytest

from kalshi_async import InvalidRequest
from kalshi_async.transport.opening import _unreadable_authorities
from kalshi_async.wire.outgoing import encode_query
from tests.stages.served import Stage


async def test_a_session_of_another_process_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(InvalidRequest, match="opened before a fork"):
        await stage.session.portfolio.balance()


async def test_the_signer_of_a_session_signs_for_other_clients(stage: Stage) -> None:
    pairs = await stage.session.signer.headers("GET", "/trade-api/v2/portfolio/balance", 1_795_348_800_000)
    assert [name for name, _ in pairs][1:2] == [b"KALSHI-ACCESS-TIMESTAMP"]


def test_authorities_that_cannot_be_read_are_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert _unreadable_authorities(OSError("gone")).endswith("cannot be read: gone")


def test_a_query_joins_a_list_of_texts() -> None:
    assert encode_query({"market_tickers": ["A", "B"]}) == "market_tickers=A,B"
    assert encode_query({"is_open": True, "depth": 3}) == "is_open=true&depth=3"


def test_a_query_takes_no_float() -> None:
    with pytest.raises(InvalidRequest, match=r"x must be text, or a list of texts, was 1\.5"):
        encode_query({"x": 1.5})  # type: ignore[dict-item]  # on purpose
