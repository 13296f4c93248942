"""The door: who is calling, proven by a signature over what was really sent.

The signed message is timestamp + METHOD + raw path (percent-encoding as sent, no
query); the bytes come from the request, never from a parsed form of it. This is the
exchange's own code, written apart from the client's signer so that a mistake in
either shows. Bodies of refusals: demo recording of 2026-06.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kalshi_async.clock import Clock
from kalshi_async.sandbox.engine.state import Account, Rejected

# Docs api_keys (2026-08): RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt as long as the digest.
_SALT_BYTES = 32
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=_SALT_BYTES)

# The venue does not document its window; demo accepted -5 s and refused -30 s
# (recording 2026-06-11), the margin demo accepted +30 s (2026-06-12).
OLDEST_TIMESTAMP_MS = 15_000
NEWEST_TIMESTAMP_MS = 30_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A registered key. ``subaccount`` is set on a key restricted to one subaccount."""

    key_id: str
    account: Account
    public_key: RSAPublicKey | Ed25519PublicKey
    subaccount: int | None = None

    def choose(self, subaccount: int | None, default: int | None) -> int | None:
        """Return the subaccount that a request means; None is all of them.

        A restricted key means its own when it names none. Raises ``Rejected``
        (``restricted_key``) when it names another, 0 included.
        """
        if self.subaccount is None:
            return default if subaccount is None else subaccount
        if subaccount is not None and subaccount != self.subaccount:
            raise Rejected("restricted_key")
        return self.subaccount

    def choose_one(self, subaccount: int | None) -> int:
        """Return the one subaccount that a request means, 0 when it names none."""
        return self.choose(subaccount, 0) or 0


class Gate:
    """Owner of the registered keys; verifies one request at a time."""

    def __init__(
        self,
        clock: Clock,
        *,
        oldest_ms: int = OLDEST_TIMESTAMP_MS,
        newest_ms: int = NEWEST_TIMESTAMP_MS,
    ) -> None:
        self._clock = clock
        self._oldest_ms = oldest_ms
        self._newest_ms = newest_ms
        self._keys: dict[str, ApiKey] = {}

    def register(
        self, key_id: str, account: Account, public_key_pem: bytes, subaccount: int | None = None
    ) -> None:
        """Let ``key_id`` speak for ``account`` (PEM SubjectPublicKeyInfo, RSA or Ed25519)."""
        public_key = load_pem_public_key(public_key_pem)
        if not isinstance(public_key, RSAPublicKey | Ed25519PublicKey):
            raise ValueError(f"key type must be RSA or Ed25519, was {type(public_key).__name__}")
        self._keys[key_id] = ApiKey(key_id, account, public_key, subaccount)

    def identify(self, method: str, raw_path: bytes, headers: Mapping[str, str]) -> ApiKey:
        """Return the key that signed the request, or raise ``Rejected`` with a 401 code."""
        key_id = _header(headers, "key")
        timestamp = _header(headers, "timestamp")
        signature = _header(headers, "signature")
        key = self._keys.get(key_id)
        if key is None:
            raise Rejected("authentication_error", "NOT_FOUND")
        self._check_timestamp(timestamp)
        message = timestamp.encode() + method.encode() + raw_path
        if not _verifies(key.public_key, signature, message):
            raise Rejected("authentication_error", "INCORRECT_API_KEY_SIGNATURE")
        return key

    def _check_timestamp(self, timestamp: str) -> None:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 20):
            raise Rejected("header_timestamp_expired")
        ahead_ms = int(timestamp) - self._clock.now_ms()
        if not -self._oldest_ms <= ahead_ms <= self._newest_ms:
            raise Rejected("header_timestamp_expired")


def _header(headers: Mapping[str, str], part: str) -> str:
    value = headers.get(f"kalshi-access-{part}", "")
    if not value:
        raise Rejected(f"{part}_is_missing_from_headers")
    return value


def _verifies(public_key: RSAPublicKey | Ed25519PublicKey, signature: str, message: bytes) -> bool:
    try:
        raw_signature = base64.b64decode(signature, validate=True)
        if isinstance(public_key, Ed25519PublicKey):
            public_key.verify(raw_signature, message)
        else:
            public_key.verify(raw_signature, message, _PSS, hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
