"""Faults below HTTP, each seen byte by byte by a client that is only a socket."""

from __future__ import annotations

import asyncio
import gzip
import json
from urllib.parse import urlsplit

import pytest

from kalshi_async.sandbox import Relay, Sandbox
from kalshi_async.sandbox.faults.wire import (
    CONNECT,
    Chunked,
    CloseIdle,
    ContentType,
    Drip,
    EarlyReply,
    Garbage,
    Gzip,
    HalfClose,
    HtmlReply,
    Reset,
    ResetMidReply,
    Truncate,
    WrongLength,
)
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.faults.conftest import RawClient, connected, content_length, create_request, orders_of
from tests.stages.members import Member


async def intact_reply(raw: RawClient) -> bytes:
    """A create without any fault, on the same connection."""
    await raw.send(create_request(raw.member))
    return await raw.reply()


def parted(reply: bytes) -> tuple[bytes, bytes]:
    head, _, body = reply.partition(b"\r\n\r\n")
    return head, body


async def test_a_connection_is_reset_before_a_byte_is_read(relay: Relay, alice: Member) -> None:
    relay.faults.on(CONNECT, Reset(), call=2)
    async with connected(relay, alice) as first, connected(relay, alice) as second:
        assert await second.ends_by_reset()
        assert (await intact_reply(first)).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("applied", [False, True])
async def test_a_request_is_read_and_the_connection_reset(
    relay: Relay, raw: RawClient, applied: bool
) -> None:
    relay.faults.on("create_order", Reset(applied=applied))
    await raw.send(create_request(raw.member))
    assert await raw.ends_by_reset()
    assert orders_of(raw.member.keys) == applied


async def test_half_a_request_is_not_yet_reset(relay: Relay, raw: RawClient, clock: VirtualClock) -> None:
    """The fault comes after the request was read, to its last byte."""
    relay.faults.on("create_order", Reset())
    request = create_request(raw.member)
    await raw.send(request[:-1])
    await clock.sleep(60.0)
    assert not raw.reader.at_eof()
    await raw.send(request[-1:])
    assert await raw.ends_by_reset()


async def test_a_reply_is_reset_in_the_middle(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", ResetMidReply(sent_bytes=20))
    await raw.send(create_request(raw.member))
    assert await raw.reader.readexactly(20) == b"HTTP/1.1 201 Created"
    assert await raw.ends_by_reset()
    assert orders_of(raw.member.keys) == 1


async def test_by_default_half_of_a_reply_arrives(relay: Relay, raw: RawClient) -> None:
    whole = len(await intact_reply(raw))
    relay.faults.on("create_order", ResetMidReply())
    await raw.send(create_request(raw.member))
    await raw.reader.readexactly(whole // 2)
    assert await raw.ends_by_reset()


@pytest.mark.parametrize("applied", [False, True])
async def test_garbage_is_no_http(relay: Relay, raw: RawClient, applied: bool) -> None:
    relay.faults.on("create_order", Garbage(b"\x00\xffrubbish", applied=applied))
    assert await raw.create() == b"\x00\xffrubbish"
    assert orders_of(raw.member.keys) == applied


async def test_a_truncated_reply_is_shorter_than_it_says(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", Truncate(missing_bytes=7))
    head, body = parted(await raw.create())
    assert len(body) == content_length(head) - 7
    assert orders_of(raw.member.keys) == 1


async def test_a_length_that_is_too_large_never_completes(
    relay: Relay, raw: RawClient, clock: VirtualClock
) -> None:
    relay.faults.on("create_order", WrongLength(by=5))
    await raw.send(create_request(raw.member))
    head = await raw.reader.readuntil(b"\r\n\r\n")
    body = await raw.reader.readexactly(content_length(head) - 5)
    json.loads(body)
    await clock.sleep(60.0)
    assert not raw.reader.at_eof()


async def test_a_length_that_is_too_small_leaves_rubbish_before_the_next_reply(
    relay: Relay, raw: RawClient
) -> None:
    relay.faults.on("create_order", WrongLength(by=-5))
    await raw.send(create_request(raw.member))
    await raw.reply()
    assert (await raw.reader.readexactly(5)).endswith(b"}")
    assert (await intact_reply(raw)).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("applied", [False, True])
async def test_html_comes_where_json_was_due(relay: Relay, raw: RawClient, applied: bool) -> None:
    relay.faults.on("create_order", HtmlReply(applied=applied))
    await raw.send(create_request(raw.member))
    head, body = parted(await raw.reply())
    assert head == b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d" % len(body)
    assert body.startswith(b"<html>")
    assert orders_of(raw.member.keys) == applied


async def test_a_content_type_can_be_wrong(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", ContentType(b"text/csv"))
    await raw.send(create_request(raw.member))
    head, body = parted(await raw.reply())
    assert b"content-type: text/csv" in head
    assert b"application/json" not in head
    assert json.loads(body)["order_id"]


async def test_a_reply_can_be_compressed(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", Gzip())
    await raw.send(create_request(raw.member))
    head, body = parted(await raw.reply())
    assert b"content-encoding: gzip" in head
    assert json.loads(gzip.decompress(body))["order_id"]


async def test_a_reply_can_come_in_chunks(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", Chunked(size_bytes=100))
    await raw.send(create_request(raw.member))
    head = await raw.reader.readuntil(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head
    assert await raw.reader.readuntil(b"\r\n") == b"64\r\n"
    first = await raw.reader.readexactly(102)
    rest = await raw.reader.readuntil(b"\r\n0\r\n\r\n")
    assert json.loads(first[:100] + rest.partition(b"\r\n")[2].removesuffix(b"\r\n0\r\n\r\n"))["order_id"]


async def test_a_reply_can_drip(relay: Relay, raw: RawClient, clock: VirtualClock) -> None:
    relay.faults.on("create_order", Drip(pause_s=2.0))
    await raw.send(create_request(raw.member))
    started_s = clock.monotonic()
    for expected in b"HTTP/":
        assert await raw.reader.read(100) == bytes([expected])
    assert clock.monotonic() - started_s == pytest.approx(8.0, abs=0.1)
    assert (await raw.reply()).startswith(b"1.1 201 Created\r\n")
    assert (await intact_reply(raw)).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("applied", [False, True])
async def test_a_half_closed_connection_still_listens(
    relay: Relay, raw: RawClient, clock: VirtualClock, applied: bool
) -> None:
    relay.faults.on("create_order", HalfClose(applied=applied))
    assert await raw.create() == b""
    await raw.send(create_request(raw.member))
    await clock.sleep(1.0)
    await raw.send(b"still there?")
    assert orders_of(raw.member.keys) == applied


async def test_a_reply_can_come_before_the_request_is_complete(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", EarlyReply(status=413))
    head, _ = parted(create_request(raw.member))
    await raw.send(head + b"\r\n\r\n")
    reply = await raw.reader.read()
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in reply
    assert orders_of(raw.member.keys) == 0


@pytest.mark.parametrize("is_reset", [False, True])
async def test_an_idle_connection_can_end(
    relay: Relay, raw: RawClient, clock: VirtualClock, is_reset: bool
) -> None:
    """The reply promised to keep it alive."""
    relay.faults.on("create_order", CloseIdle(after_s=3.0, is_reset=is_reset))
    reply = await intact_reply(raw)
    assert reply.startswith(b"HTTP/1.1 201")
    assert b"connection: close" not in reply.lower()
    assert not raw.reader.at_eof()
    started_s = clock.monotonic()
    assert await raw.ends_by_reset() == is_reset
    assert clock.monotonic() - started_s == pytest.approx(3.0, abs=0.1)


async def test_faults_of_one_call_are_nested(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", Truncate(missing_bytes=1), Chunked(), Gzip())
    head, body = parted(await raw.create())
    assert b"content-encoding: gzip" in head
    assert body.endswith(b"0\r\n\r")


async def test_a_fault_that_hangs_up_leaves_nothing_to_the_outer_ones(relay: Relay, raw: RawClient) -> None:
    relay.faults.on("create_order", Gzip(), Reset())
    await raw.send(create_request(raw.member))
    assert await raw.ends_by_reset()


async def test_without_a_fault_the_bytes_are_those_of_the_exchange(exchange: Sandbox, relay: Relay) -> None:
    request = b"GET /trade-api/v2/markets?limit=2 HTTP/1.1\r\nHost: x\r\nX-Odd:  two  spaces \r\n\r\n"
    replies = []
    for url in (exchange.rest_url, relay.environment.rest_url):
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        replies.append(head + await reader.readexactly(content_length(head)))
        writer.close()
        await writer.wait_closed()
    assert replies[0] == replies[1]
    assert replies[0].startswith(b"HTTP/1.1 200 OK\r\n")
