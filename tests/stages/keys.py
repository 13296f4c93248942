"""Throw-away keys in every coat they come in, and a search for what must never be shown."""

from __future__ import annotations

import logging
import traceback
from functools import cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key as generate_ec,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from kalshi_async.signing.credentials import PrivateKey

KEY_ID = "d2719f3a-5f0c-4f3b-9f43-1f6a2b7c8d9e"
PASSPHRASE = "correct horse battery staple"

Kind = Literal["rsa", "ed25519"]


@cache
def rsa() -> RSAPrivateKey:
    return generate_rsa(65537, 2048)


@cache
def ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def key(kind: Kind) -> PrivateKey:
    return rsa() if kind == "rsa" else ed25519()


@cache
def elliptic() -> EllipticCurvePrivateKey:
    return generate_ec(SECP256R1())


def pem(
    private_key: PrivateKey | EllipticCurvePrivateKey,
    *,
    style: PrivateFormat = PrivateFormat.PKCS8,
    passphrase: str | None = None,
) -> str:
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return private_key.private_bytes(Encoding.PEM, style, lock).decode()


def public_pem(private_key: PrivateKey, style: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return private_key.public_key().public_bytes(Encoding.PEM, style).decode()


def secrets_of(private_pem: str) -> set[str]:
    """Return every run of 24 characters of a PEM body; none of them may show anywhere."""
    body = "".join(line for line in private_pem.splitlines() if "-----" not in line and ":" not in line)
    return {body[start : start + 24] for start in range(len(body) - 23)}


def everything_shown(error: BaseException) -> str:
    """Return all that a log could print of an error and of every error behind it."""
    seen: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and each not in seen:
            seen.append(each)
            pending += [each.__cause__, each.__context__]
    shown = [text for each in seen for text in (str(each), repr(each), repr(each.args), repr(vars(each)))]
    record = logging.LogRecord("any", logging.ERROR, "f", 1, "failed: %r", (error,), None)
    record.exc_info = (type(error), error, error.__traceback__)
    shown.append(logging.Formatter("%(message)s").format(record))
    for each in seen:
        shown += traceback.format_exception(each)
    return "\n".join(shown)


def leaks(text: str, private_pem: str) -> bool:
    bare = text.replace("\n", "").replace("\\n", "").replace("\\\\n", "")
    return any(secret in text or secret in bare for secret in secrets_of(private_pem))
