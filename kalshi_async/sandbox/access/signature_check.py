"""Authentication: find the key of a request and verify its signature.

The signed message is timestamp + METHOD + raw path: the path with its percent-encoding as
sent, without the query. The bytes are taken from the request itself, never from a parsed form
of it. This code shares nothing with the client's signer, so that a mistake in one of the two
fails a test. Bodies of refusals: demo recording of 2026-06.
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
from kalshi_async.sandbox.settings import NEWEST_TIMESTAMP_MS, OLDEST_TIMESTAMP_MS

# Docs api_keys (2026-08): RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt as long as the digest. Accepted is
# any salt: production clients sign with the longest (update 2026-11-28 §3.2).
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A registered key."""

    key_id: str
    account: Account
    public_key: RSAPublicKey | Ed25519PublicKey
    subaccount: int | None = None
    """The one subaccount to which the key is restricted; None if it may use all."""

    def choose(self, subaccount: int | None, default: int | None) -> int | None:
        """Return the subaccount that a request is for; None stands for all of them.

        ``subaccount`` is the one that the request names, None if it names none. Then a
        restricted key gets its own, and any other key gets ``default``.

        Raises ``Rejected`` (``restricted_key``) if a restricted key names another one, 0 included.
        """
        if self.subaccount is None:
            return default if subaccount is None else subaccount
        if subaccount is not None and subaccount != self.subaccount:
            raise Rejected("restricted_key")
        return self.subaccount

    def choose_one(self, subaccount: int | None) -> int:
        """Return the one subaccount that a request is for: 0 if it names none and the key may use all."""
        return self.choose(subaccount, 0) or 0


class Authenticator:
    """Verifies requests. Owns the registered keys."""

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
        """Accept requests for ``account`` that are signed under ``key_id``.

        ``public_key_pem`` is an RSA or Ed25519 key as PEM SubjectPublicKeyInfo; ``subaccount``
        restricts the key. Raises ValueError for a key of another type.
        """
        public_key = load_pem_public_key(public_key_pem)
        if not isinstance(public_key, RSAPublicKey | Ed25519PublicKey):
            raise ValueError(f"key type must be RSA or Ed25519, was {type(public_key).__name__}")
        self._keys[key_id] = ApiKey(key_id, account, public_key, subaccount)

    def authenticate(self, method: str, raw_path: bytes, headers: Mapping[str, str]) -> ApiKey:
        """Return the key that signed the request, or raise ``Rejected`` with a 401 code.

        ``headers`` has names in lower case.
        """
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
