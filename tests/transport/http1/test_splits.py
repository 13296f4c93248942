"""A reply means the same however the network cuts it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.transport.http1.asking import ask, is_right, request
from tests.transport.http1.replies import SAMPLES, Sample
from tests.transport.http1.server import Scene, answering_each, answering_once, echoing, serving

TRAILERS = next(sample for sample in SAMPLES if sample.name == "chunked with trailers")
CLOSES = next(sample for sample in SAMPLES if sample.name == "until close")
EXHAUSTIVE = [
    sample
    for sample in SAMPLES
    if sample.name in {"length", "chunked with trailers", "hints first", "no content"}
]


def scene_of(sample: Sample, pieces: Sequence[bytes]) -> Scene:
    """Say a reply in pieces, then hang up if that ends it, else serve what follows."""
    return answering_once(*pieces) if sample.ends else answering_each([pieces])


@pytest.mark.parametrize("sample", EXHAUSTIVE, ids=lambda sample: sample.name)
async def test_a_reply_may_be_cut_at_every_byte(transport: httpx.AsyncBaseTransport, sample: Sample) -> None:
    cuts = [(sample.raw[:place], sample.raw[place:]) for place in range(1, len(sample.raw))]
    async with serving(answering_each(cuts)) as server:
        for _ in cuts:
            reply = await ask(transport, request(server.url))
            assert (reply.status, reply.body) == (sample.status, sample.body)
        assert await is_right(transport, server.url)
        assert len(server.connections) == 1


@pytest.mark.parametrize("sample", [TRAILERS, CLOSES], ids=lambda sample: sample.name)
async def test_a_reply_may_come_byte_by_byte(transport: httpx.AsyncBaseTransport, sample: Sample) -> None:
    pieces = [bytes([byte]) for byte in sample.raw]
    async with serving(scene_of(sample, pieces), echoing) as server:
        assert (await ask(transport, request(server.url))).body == sample.body
        assert await is_right(transport, server.url)


# The transport may serve all examples: that one reply leaves nothing behind for the next is the point.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=st.sampled_from(SAMPLES), places=st.sets(st.integers(1, 200), max_size=8))
async def test_a_reply_may_be_cut_anywhere(
    transport: httpx.AsyncBaseTransport, sample: Sample, places: set[int]
) -> None:
    cuts = [0, *sorted(place for place in places if place < len(sample.raw)), len(sample.raw)]
    pieces = [sample.raw[start:end] for start, end in pairwise(cuts)]
    async with serving(scene_of(sample, pieces), echoing) as server:
        reply = await ask(transport, request(server.url, sample.method))
        assert (reply.status, reply.body) == (sample.status, sample.body)
        assert await is_right(transport, server.url)
