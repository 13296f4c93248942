"""The three authentication headers of a request.

The signed text is ``timestamp + METHOD + path``: the path from the host's root exactly as
it is sent, percent-encoding included, without the query. The body is not signed.
Source: docs api_keys, read 2026-11-22.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from kalshi_async.clock import SystemClock
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.errors import CredentialsError, InvalidRequest, KalshiError
from kalshi_async.signing.credentials import Credentials

KEY_HEADER = b"KALSHI-ACCESS-KEY"
TIMESTAMP_HEADER = b"KALSHI-ACCESS-TIMESTAMP"
SIGNATURE_HEADER = b"KALSHI-ACCESS-SIGNATURE"

WEBSOCKET_PATH = "/trade-api/ws/v2"  # what a handshake signs, with GET (docs websocket, 2026-11-22)

CONCURRENCY = 5
"""Signatures under way at once (ours): two on the threads, two more so that no thread waits for the
loop, and one that is kept for what reduces risk."""

# The salt is as long as the digest: 32 bytes for SHA-256 (docs api_keys, 2026-11-22).
_PADDING = PSS(mgf=MGF1(SHA256()), salt_length=32)


class Signed(msgspec.Struct, frozen=True):
    """The authentication ``headers`` of one request, and ``now_ms``, the Unix milliseconds signed in them."""

    headers: HeaderPairs
    now_ms: int


class Signer(Protocol):
    """Returns the authentication headers of a request. Implement it for a key in an HSM, for example.

    It may have an attribute ``concurrency``: the number of calls of ``headers`` that may be under
    way at once, 5 without it. From 2 on, one of them is kept for requests that reduce risk, so that
    a cancel is signed while creates hang in a slow signer.
    """

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        """Return the header pairs of one attempt.

        * ``path``: from the host's root, as it is sent, without the query
        * ``now_ms``: the timestamp to sign, Unix milliseconds on the exchange's clock
        """
        ...


class SessionSigner(Signer):
    """The signer of a session: signs with the signer that was passed in, at the exchange's time."""

    def __init__(self, signer: Signer, now_ms: Callable[[], int]) -> None:
        self._signer = signer
        self._now_ms = now_ms
        self.concurrency = concurrency_of(signer)
        """Signatures that may be under way at once."""

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        """Return the header pairs of one request, as bytes; see ``Signer.headers``."""
        try:
            return await self._signer.headers(method, path, now_ms)
        except KalshiError:
            raise
        except Exception as error:  # a signer is the user's code: an HSM raises errors of its own
            raise CredentialsError(f"the signer failed: {type(error).__name__}") from error

    async def websocket_headers(self, now_ms: int | None = None) -> dict[str, str]:
        """Return the headers of a WebSocket handshake, for a client of your choice.

        * ``now_ms``: the timestamp to sign; None means now, on the exchange's clock

        They hold for some ten seconds: ask again for each handshake.
        """
        now_ms = self._now_ms() if now_ms is None else now_ms
        return as_text(await self.headers("GET", WEBSOCKET_PATH, now_ms))

    def __repr__(self) -> str:
        return f"SessionSigner({self._signer!r})"


class KeySigner:
    """Signs with a private key in this process: RSA-PSS-SHA256 or Ed25519.

    ``is_quick`` is true for Ed25519. An RSA signature takes up to a millisecond: ``headers``
    makes it on a thread, so that the event loop is not blocked.
    """

    __slots__ = ("_key", "_key_id", "is_quick")

    def __init__(self, credentials: Credentials) -> None:
        self._key = credentials.private_key
        self._key_id = credentials.key_id.encode("ascii")
        self.is_quick = not isinstance(self._key, RSAPrivateKey)

    async def headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        """Sign ``now_ms + method + path`` and return the three headers."""
        if self.is_quick:
            return self.sign_headers(method, path, now_ms)
        return await asyncio.to_thread(self.sign_headers, method, path, now_ms)

    def sign_headers(self, method: str, path: str, now_ms: int) -> HeaderPairs:
        """Return the same headers without a thread: blocks up to a millisecond for RSA."""
        timestamp = b"%d" % now_ms
        signature = self.sign(timestamp + method.encode("ascii") + path.encode("ascii"))
        return (
            (KEY_HEADER, self._key_id),
            (TIMESTAMP_HEADER, timestamp),
            (SIGNATURE_HEADER, b64encode(signature)),
        )

    async def websocket_headers(self, now_ms: int | None = None) -> dict[str, str]:
        """Return the headers of a WebSocket handshake, for a client of your choice.

        * ``now_ms``: the timestamp to sign; None means now, on this machine's clock
        """
        now_ms = SystemClock().now_ms() if now_ms is None else now_ms
        return as_text(await self.headers("GET", WEBSOCKET_PATH, now_ms))

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature of a message."""
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(message, _PADDING, SHA256())
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"KeySigner(key_id={self._key_id.decode()!r})"


def signer_of(credentials: Credentials | Signer) -> Signer:
    """Return the signer of a key, or the signer that was given."""
    if isinstance(credentials, Credentials):
        return KeySigner(credentials)
    if isinstance(credentials, type) or not callable(getattr(credentials, "headers", None)):
        raise InvalidRequest(  # the value is not shown: it may be the key
            f"credentials must be Credentials or a Signer, was a value of the type "
            f"{type(credentials).__name__}: write Credentials(key_id, private_key)"
        )
    return credentials


def concurrency_of(signer: Signer) -> int:
    """Return how many signatures may be under way at once: as many as a signer says, or CONCURRENCY."""
    concurrency: object = getattr(signer, "concurrency", CONCURRENCY)
    if not isinstance(concurrency, int) or isinstance(concurrency, bool) or concurrency < 1:
        raise InvalidRequest(f"concurrency of a signer must be a positive int, was {concurrency!r}")
    return concurrency


def as_text(headers: HeaderPairs) -> dict[str, str]:
    """Return header pairs as other clients take them: ``str(name)`` would be "b'KALSHI…'"."""
    try:
        return {name.decode("ascii"): value.decode("ascii") for name, value in headers}
    except (TypeError, ValueError, AttributeError) as error:  # a signer returned no pairs of bytes
        # The values are not shown: one of them is a signature.
        raise CredentialsError(f"the signer's headers cannot be sent: {type(error).__name__}") from None
