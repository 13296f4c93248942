"""TLS: who is trusted, what is verified, and that nothing leaves before it is."""

from __future__ import annotations

import asyncio
import random
import ssl

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kalshi_async.http1 import Http1Transport
from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.certificates import Authority, new_authority
from tests.transport.http1.kinds import Kind
from tests.transport.http1.server import Connection, answering_once, echoing, plain, serving

DAYS_OVER = (-3, -1)
DAYS_AHEAD = (1, 3)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_the_right_certificate_is_accepted(kind: Kind, authority: Authority, host: str) -> None:
    async with (
        serving(echoing, ssl_context=authority.server_context(host), host=host) as server,
        kind.open(ssl_context=authority.client_context()) as transport,
    ):
        for _ in range(3):
            assert await is_right(transport, server.url)
        assert len(server.connections) == 1


REASONS = {
    "another host": "not valid for 'localhost'",
    "expired": "certificate has expired",
    "not yet valid": "certificate is not yet valid",
    "self-signed": "self-signed certificate",
    "unknown authority": "unable to get local issuer certificate",
}


@pytest.mark.parametrize("fault", REASONS)
async def test_a_wrong_certificate_is_refused_before_anything_is_sent(
    kind: Kind, authority: Authority, fault: str
) -> None:
    contexts = {
        "another host": authority.server_context("example.com"),
        "expired": authority.server_context(days=DAYS_OVER),
        "not yet valid": authority.server_context(days=DAYS_AHEAD),
        "self-signed": authority.server_context(is_self_signed=True),
        "unknown authority": new_authority(authority.folder).server_context(),
    }
    async with (
        serving(echoing, ssl_context=contexts[fault], host="localhost") as server,
        kind.open(ssl_context=authority.client_context()) as transport,
    ):
        asked = request(server.url, "POST", b"order")
        error = await refusal(transport, asked)
        assert isinstance(error, httpx.ConnectError)
        assert REASONS[fault] in str(error)
        assert not progress_of(asked).sent
        assert server.requests == []


async def test_certificates_are_verified_by_default(kind: Kind, authority: Authority) -> None:
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        kind.open() as transport,
    ):
        asked = request(server.url)
        assert isinstance(await refusal(transport, asked), httpx.ConnectError)
        assert not progress_of(asked).sent


async def test_a_context_of_the_caller_decides(kind: Kind, authority: Authority) -> None:
    """Here one that trusts everybody."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    wrong = authority.server_context("example.com", days=DAYS_OVER)
    async with (
        serving(echoing, ssl_context=wrong, host="localhost") as server,
        kind.open(ssl_context=trusting) as transport,
    ):
        assert await is_right(transport, server.url)


async def test_the_server_is_told_which_host_is_meant(kind: Kind, authority: Authority) -> None:
    """Many exchanges live behind one address."""
    named: list[str | None] = []
    context = authority.server_context()
    context.sni_callback = lambda _, name, __: named.append(name)
    async with (
        serving(echoing, ssl_context=context, host="localhost") as server,
        kind.open(ssl_context=authority.client_context()) as transport,
    ):
        assert await is_right(transport, server.url)
        assert named == ["localhost"]


@pytest.mark.parametrize("is_default", [True, False], ids=["default context", "context of the caller"])
async def test_no_other_protocol_than_ours_is_offered(
    kind: Kind, authority: Authority, is_default: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that prefers HTTP/2 would otherwise speak it."""
    pem = authority.folder / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(authority.certificate.public_bytes(Encoding.DER)))
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context = authority.server_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    ssl_context = None if is_default else authority.client_context()
    async with (
        serving(echoing, ssl_context=context, host="localhost") as server,
        kind.open(ssl_context=ssl_context) as transport,
    ):
        assert await is_right(transport, server.url)
        assert server.connections[0].tls.selected_alpn_protocol() in {None, "http/1.1"}


async def test_a_context_that_offers_http_2_is_told_what_to_change(authority: Authority) -> None:
    server_context, context = authority.server_context(), authority.client_context()
    for each in (server_context, context):
        each.set_alpn_protocols(["h2", "http/1.1"])
    async with (
        serving(echoing, ssl_context=server_context, host="localhost") as server,
        Http1Transport(ssl_context=context) as transport,
    ):
        asked = request(server.url)
        with pytest.raises(httpx.ConnectError, match=r"TLS chose h2: offer http/1\.1 alone"):
            await ask(transport, asked)
    assert not progress_of(asked).sent


async def test_a_server_without_tls_is_not_sent_anything(kind: Kind, authority: Authority) -> None:
    async def polite(connection: Connection) -> None:
        await connection.reader.read(1)
        await connection.say(plain(b"speak plainly"))

    async with serving(polite) as server, kind.open(ssl_context=authority.client_context()) as transport:
        asked = request(server.url.replace("http:", "https:"))
        assert isinstance(await refusal(transport, asked), httpx.ConnectError)
        assert not progress_of(asked).sent


@pytest.mark.parametrize("resets", [False, True], ids=["by FIN", "by RST"])
async def test_a_handshake_that_ends_early_is_not_sent(
    kind: Kind, authority: Authority, resets: bool
) -> None:
    async def rude(connection: Connection) -> None:
        await connection.reader.read(1)
        if resets:
            connection.reset()

    async with serving(rude) as server, kind.open(ssl_context=authority.client_context()) as transport:
        asked = request(server.url.replace("http:", "https:"))
        assert isinstance(await refusal(transport, asked), httpx.ConnectError)
        assert not progress_of(asked).sent


async def test_a_big_body_goes_through_tls_both_ways(kind: Kind, authority: Authority) -> None:
    bulk = random.Random(6).randbytes(3_000_000)
    async with (
        serving(echoing, ssl_context=authority.server_context(), host="localhost") as server,
        kind.open(ssl_context=authority.client_context()) as transport,
    ):
        for _ in range(2):
            assert (await ask(transport, request(server.url, "POST", bulk))).body == b"/ " + bulk
        assert len(server.connections) == 1


async def test_a_reply_cut_short_under_tls_is_lost(kind: Kind, authority: Authority) -> None:
    async with (
        serving(
            answering_once(plain(b"hello world")[:-3]),
            echoing,
            ssl_context=authority.server_context(),
            host="localhost",
        ) as server,
        kind.open(ssl_context=authority.client_context()) as transport,
    ):
        asked = request(server.url)
        assert isinstance(await refusal(transport, asked), (httpx.RemoteProtocolError, httpx.ReadError))
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)


async def test_an_idle_connection_that_has_ended_is_not_written_to_under_tls(
    kind: Kind, authority: Authority
) -> None:
    async with (
        serving(
            answering_once(plain(b"once")), echoing, ssl_context=authority.server_context(), host="localhost"
        ) as server,
        kind.open(ssl_context=authority.client_context()) as transport,
    ):
        assert (await ask(transport, request(server.url))).body == b"once"
        await asyncio.sleep(1)
        assert await is_right(transport, server.url)
        assert [len(connection.requests) for connection in server.connections] == [1, 1]


async def test_tls_ends_when_the_transport_does(kind: Kind, authority: Authority) -> None:
    async with serving(echoing, ssl_context=authority.server_context(), host="localhost") as server:
        async with kind.open(ssl_context=authority.client_context()) as transport:
            assert await is_right(transport, server.url)
        await server.is_left_alone()
