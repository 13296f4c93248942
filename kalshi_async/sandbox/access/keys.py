"""Key pairs for accounts of the embedded exchange, in the real exchange's encodings."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

KeyType = Literal["ed25519", "rsa"]
KEY_TYPES: tuple[KeyType, ...] = ("ed25519", "rsa")

_RSA_BITS = 2048
_RSA_EXPONENT = 65_537
# POST /api_keys/generate hands out PKCS#1 for RSA and PKCS#8 for Ed25519 (OpenAPI 3.34.0).
_PRIVATE_FORMATS = {
    "rsa": PrivateFormat.TraditionalOpenSSL,
    "ed25519": PrivateFormat.PKCS8,
}


def generate_pair(key_type: KeyType) -> tuple[str, bytes]:
    """Return the private key as PEM text and the public key as PEM SubjectPublicKeyInfo.

    Keys are random in every run, also of a seeded exchange: no behaviour depends on them.
    """
    if key_type not in _PRIVATE_FORMATS:
        raise ValueError(f"key type must be ed25519 or rsa, was {key_type!r}")
    private_key = (
        Ed25519PrivateKey.generate()
        if key_type == "ed25519"
        else rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS)
    )
    private_pem = private_key.private_bytes(Encoding.PEM, _PRIVATE_FORMATS[key_type], NoEncryption())
    public_pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private_pem.decode(), public_pem
