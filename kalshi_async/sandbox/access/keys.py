"""Key pairs for accounts of the embedded exchange, in the real exchange's encodings."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
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

    Keys are random in every run, also of a seeded exchange: no behavior depends on them.
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


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key pair with the id of the key.

    The id follows from the public key, so that a key which is loaded again has the same id.
    """

    key_type: KeyType
    key_id: str
    private_key_pem: str = field(repr=False)
    public_key_pem: bytes
    """PEM SubjectPublicKeyInfo."""

    @property
    def pems(self) -> tuple[str, bytes]:
        """Both keys as ``generate_pair`` returns them."""
        return self.private_key_pem, self.public_key_pem

    @classmethod
    def load(cls, private_key_pem: str) -> KeyPair:
        """Read a pair from its private key. Raises ValueError for other text and other types."""
        try:
            private_key = load_pem_private_key(private_key_pem.encode(), None)
        except (TypeError, UnsupportedAlgorithm) as error:  # encrypted, or a type it does not know
            raise ValueError(str(error)) from error
        if not isinstance(private_key, rsa.RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError(f"key type must be RSA or Ed25519, was {type(private_key).__name__}")
        return _pair(private_key, private_key_pem)


def _pair(private_key: rsa.RSAPrivateKey | Ed25519PrivateKey, private_key_pem: str) -> KeyPair:
    public_key = private_key.public_key()
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key_id = uuid.UUID(bytes=hashlib.sha256(der).digest()[:16], version=4)
    public_pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key_type: KeyType = "ed25519" if isinstance(private_key, Ed25519PrivateKey) else "rsa"
    return KeyPair(key_type, str(key_id), private_key_pem, public_pem)
