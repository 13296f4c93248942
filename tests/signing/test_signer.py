"""Signatures that an independent verifier accepts, over exactly what the venue says."""

from __future__ import annotations

from base64 import b64decode
from typing import cast
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256

from kalshi_async import Credentials, KeySigner, Session
from kalshi_async.contract.orders import CANCEL_ORDER, GET_ORDERS
from kalshi_async.wire.outgoing import encode
from tests.stages.keys import KEY_ID, Kind, ed25519, key, rsa
from tests.stages.replies import BASE_PATH, sample

AUTHENTICATION = sample("authentication")
NOW_MS = 1_795_348_800_123


def headers_as_text(pairs: object) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in cast(list[tuple[bytes, bytes]], pairs)}


def verify_rsa(signature: bytes, message: bytes, salt_bytes: int = 32) -> None:
    rsa().public_key().verify(signature, message, PSS(MGF1(SHA256()), salt_bytes), SHA256())


def cases() -> list[dict[str, str]]:
    return cast(list[dict[str, str]], AUTHENTICATION["cases"])


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["url"])
@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_the_message_is_that_of_the_sample(case: dict[str, str], kind: Kind) -> None:
    signer = KeySigner(Credentials(KEY_ID, key(kind)))
    path = urlsplit(case["url"]).path
    pairs = headers_as_text(await signer.headers(case["method"], path, int(case["timestamp_ms"])))
    signature, message = b64decode(pairs["KALSHI-ACCESS-SIGNATURE"]), case["message"].encode()
    if kind == "rsa":
        verify_rsa(signature, message)
    else:
        ed25519().public_key().verify(signature, message)


async def test_the_headers_are_those_of_the_sample() -> None:
    expected = cast(dict[str, str], AUTHENTICATION["headers"])
    signer = KeySigner(Credentials(expected["KALSHI-ACCESS-KEY"], ed25519()))
    pairs = headers_as_text(await signer.headers("GET", "/x", int(expected["KALSHI-ACCESS-TIMESTAMP"])))
    assert list(pairs) == list(expected)
    del pairs["KALSHI-ACCESS-SIGNATURE"]
    assert pairs.items() <= expected.items()


async def test_ed25519_gives_the_signature_of_the_vector() -> None:
    # Deterministic, and made elsewhere: both sides could otherwise be wrong together.
    vector = cast(dict[str, str], AUTHENTICATION["ed25519_test_vector"])
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_seed_hex"]))
    assert private.public_key().public_bytes_raw().hex() == vector["public_key_hex"]
    signer = KeySigner(Credentials(KEY_ID, private))
    timestamp, path = vector["message"].split("GET")
    pairs = headers_as_text(await signer.headers("GET", path, int(timestamp)))
    assert pairs["KALSHI-ACCESS-SIGNATURE"] == vector["signature_base64"]


def test_the_salt_of_rsa_has_exactly_the_length_of_the_digest() -> None:
    # A verifier accepts 32 alone; libraries like to default to the longest.
    assert cast(dict[str, object], AUTHENTICATION["rsa_pss"])["salt_length"] == 32
    signature = KeySigner(Credentials(KEY_ID, rsa())).sign(b"message")
    verify_rsa(signature, b"message")
    for salt_bytes in (0, 20, 31, 33, 222):
        with pytest.raises(InvalidSignature):
            verify_rsa(signature, b"message", salt_bytes)


async def test_every_signature_is_new() -> None:
    # RSA-PSS draws a fresh salt, and every attempt its own timestamp.
    signer = KeySigner(Credentials(KEY_ID, rsa()))
    first, second, later = [
        headers_as_text(await signer.headers("GET", "/x", now_ms))["KALSHI-ACCESS-SIGNATURE"]
        for now_ms in (NOW_MS, NOW_MS, NOW_MS + 1)
    ]
    assert len({first, second, later}) == 3


async def test_what_is_signed_is_what_is_sent_without_its_query() -> None:
    # Percent-encoding included: the verifier sees the path before anybody decodes it.
    signer = KeySigner(Credentials(KEY_ID, ed25519()))
    for outgoing, path in (
        (encode(GET_ORDERS, BASE_PATH, query={"limit": 5}), "/trade-api/v2/portfolio/orders"),
        (
            encode(CANCEL_ORDER, BASE_PATH, path={"order_id": "a/b"}, query={"subaccount": 1}),
            "/trade-api/v2/portfolio/events/orders/a%2Fb",
        ),
    ):
        method = outgoing.operation.method
        pairs = headers_as_text(await signer.headers(method, outgoing.path, NOW_MS))
        message = f"{NOW_MS}{method}{path}".encode()
        ed25519().public_key().verify(b64decode(pairs["KALSHI-ACCESS-SIGNATURE"]), message)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_the_headers_of_a_handshake_are_texts_and_sign_its_path(kind: Kind) -> None:
    # Another client makes header names of "b'KALSHI-ACCESS-KEY'" out of pairs of bytes.
    signer = KeySigner(Credentials(KEY_ID, key(kind)))
    headers = await signer.websocket_headers(1_795_348_800_000)
    assert headers["KALSHI-ACCESS-KEY"] == KEY_ID
    assert headers["KALSHI-ACCESS-TIMESTAMP"] == "1795348800000"
    assert len(headers) == 3
    assert {type(text) for pair in headers.items() for text in pair} == {str}
    signature = b64decode(headers["KALSHI-ACCESS-SIGNATURE"])
    message = b"1795348800000GET/trade-api/ws/v2"
    if kind == "rsa":
        verify_rsa(signature, message)
    else:
        ed25519().public_key().verify(signature, message)


async def test_a_session_signs_a_handshake_in_the_time_of_the_exchange(session: Session) -> None:
    session._context.pipeline.skew.offset_ms = 90_000
    headers = await session.signer.websocket_headers()
    now_ms = session._context.pipeline.skew.now_ms()
    assert headers["KALSHI-ACCESS-TIMESTAMP"] == str(now_ms)
    assert await session.signer.websocket_headers(now_ms - 1) != headers
