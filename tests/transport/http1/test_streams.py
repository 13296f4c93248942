"""A slice of the random streams; ``python -m tests.transport.http1.streams`` plays 10,000."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.transport.http1.kinds import KINDS, Kind
from tests.transport.http1.streams import play, readings, stream

SEED = 20261122
STREAMS = 300


async def test_any_stream_is_read_or_refused_and_the_next_request_is_right(kind: Kind) -> None:
    """No hang, no repetition, no exception that is not of httpx."""
    outcome = await play(kind, STREAMS, SEED)
    assert outcome.wrong == []
    assert {"reply", "RemoteProtocolError", "ReadError", "ReadTimeout"} <= set(outcome.ends)


@pytest.mark.all_transports
async def test_what_both_transports_accept_they_read_alike() -> None:
    """Their parsers have nothing in common: llhttp and h11."""
    dice = random.Random(SEED)
    rolled = [stream(dice) for _ in range(STREAMS)]
    # Whole and then the end: what a parser makes of it does not depend on the cuts.
    whole = [replace(each, pieces=(b"".join(each.pieces),), ending="FIN") for each in rolled]
    ours, theirs = [await readings(kind, whole) for kind in KINDS]
    pairs = list(zip(whole, ours, theirs, strict=True))
    accepted = [pair for pair in pairs if None not in pair]
    assert len(accepted) > STREAMS / 4
    assert [pair for pair in accepted if pair[1] != pair[2]] == []
