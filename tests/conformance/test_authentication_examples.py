"""The examples of authentication: what is signed, and a signature that nobody here made."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kalshi_async.sandbox.access.signature_check import Authenticator
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conformance.examples import SAMPLES
from tests.stages.members import Member, sign

EXAMPLE = json.loads((SAMPLES / "authentication.json").read_text())
KEY_ID = EXAMPLE["headers"]["KALSHI-ACCESS-KEY"]
# The third case is the handshake of a stream, and streams are not served.
REST_CASES = [case for case in EXAMPLE["cases"] if case["url"].startswith("https")]


@pytest.mark.parametrize("case", REST_CASES, ids=lambda case: case["method"])
async def test_the_message_of_an_example_opens_the_gate(alice: Member, case: dict[str, str]) -> None:
    headers = {
        "KALSHI-ACCESS-KEY": alice.keys.key_id,
        "KALSHI-ACCESS-TIMESTAMP": case["timestamp_ms"],
        "KALSHI-ACCESS-SIGNATURE": sign(alice.keys.private_key_pem, case["message"].encode()),
    }
    url = urlsplit(case["url"])
    reply = await alice.http.request(case["method"], f"{url.path}?{url.query}", headers=headers, json={})
    assert reply.status_code in (200, 400), "it was let in, and only its body may be wrong"


async def test_the_ed25519_vector_is_accepted(clock: VirtualClock) -> None:
    vector = EXAMPLE["ed25519_test_vector"]
    public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vector["public_key_hex"]))
    account = Account("example", "user")
    authenticator = Authenticator(clock)
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    authenticator.register(KEY_ID, account, pem)
    headers = {name.lower(): value for name, value in EXAMPLE["headers"].items()}
    headers["kalshi-access-signature"] = vector["signature_base64"]
    assert authenticator.authenticate("GET", b"/trade-api/v2/portfolio/orders", headers).account is account


def test_every_case_but_the_stream_is_tested() -> None:
    assert len(EXAMPLE["cases"]) - len(REST_CASES) == 1
