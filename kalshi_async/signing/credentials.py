"""A key id and its private key, which no repr, error or log ever shows.

RSA and Ed25519 keys are accepted, as PKCS#1 or PKCS#8 PEM, with or without a
passphrase. Ed25519 signs about fifteen times faster; the exchange accepts both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from kalshi_async.errors import CredentialsError

PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey

# A PSS signature with SHA-256 and a salt of 32 bytes needs 66 bytes but one bit (RFC 8017, 9.1.1).
SMALLEST_RSA_BITS = 522

KEY_ID_VARIABLE = "KALSHI_API_KEY_ID"
KEY_VARIABLE = "KALSHI_PRIVATE_KEY"
KEY_PATH_VARIABLE = "KALSHI_PRIVATE_KEY_PATH"


class Credentials:
    """The ``key_id`` of an API key and its ``private_key``. No other state: sessions may share it."""

    __slots__ = ("key_id", "private_key")

    def __init__(
        self, key_id: str, private_key: str | bytes | PrivateKey, *, passphrase: str | None = None
    ) -> None:
        r"""Load the key; raises CredentialsError when it cannot sign.

        * ``key_id``: the id that the exchange gave to the API key
        * ``private_key``: PEM text, PEM bytes or a loaded key; a PEM on one line with ``\n``
          for its line ends, as environment variables hold it, is accepted
        * ``passphrase``: of an encrypted PEM
        """
        self.key_id = _checked_key_id(key_id)
        if passphrase is not None and not isinstance(passphrase, str):  # it is not shown
            raise CredentialsError(
                f"passphrase must be a str or None, was of the type {type(passphrase).__name__}"
            )
        if isinstance(private_key, (str, bytes, bytearray)):
            self.private_key: PrivateKey = _load(private_key, passphrase)
        else:
            self.private_key = _able_to_sign(private_key)

    @classmethod
    def from_file(cls, key_id: str, path: str | Path, *, passphrase: str | None = None) -> Credentials:
        """Read the private key from a PEM file."""
        if "-----BEGIN " in str(path):
            raise CredentialsError("the path of the private key is PEM text itself: give it as private_key")
        try:
            pem = Path(path).expanduser().read_bytes()
        except (OSError, RuntimeError, ValueError) as error:  # also an unknown ~user, a NUL in the path
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise CredentialsError(
                f"cannot read the private key file {_path_for_message(path)}: {reason}"
            ) from None
        return cls(key_id, pem, passphrase=passphrase)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Credentials:
        """Read KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY, or KALSHI_PRIVATE_KEY_PATH."""
        variables = os.environ if environ is None else environ
        key_id = variables.get(KEY_ID_VARIABLE, "")
        if not key_id:
            raise CredentialsError(f"{KEY_ID_VARIABLE} is not set: put the id of your API key there")
        pem, path = variables.get(KEY_VARIABLE), variables.get(KEY_PATH_VARIABLE)
        if pem and path:
            raise CredentialsError(f"both {KEY_VARIABLE} and {KEY_PATH_VARIABLE} are set: keep one")
        if pem:
            return cls(key_id, pem)
        if path:
            return cls.from_file(key_id, path)
        raise CredentialsError(
            f"neither {KEY_VARIABLE} nor {KEY_PATH_VARIABLE} is set: give the PEM text or its file"
        )

    def __repr__(self) -> str:
        kind = "RSA" if isinstance(self.private_key, RSAPrivateKey) else "Ed25519"
        return f"Credentials(key_id={self.key_id!r}, private_key=<{kind}, hidden>)"

    def __reduce__(self) -> str:
        raise CredentialsError("credentials are not pickled: load the key again where it is needed")


_PUBLIC = "is a public key: give the private key that was downloaded with the API key"


# The base64 body of a key, by any of three signs: 60 characters that begin with "M" (DER begins
# with the byte 0x30); nothing but base64; 60 characters without a separator. Base64 has slashes.
_KEY_TEXT = re.compile(r"M[A-Za-z0-9+/]{59,}|\A[A-Za-z0-9+/=]{60,}\Z|[^/\\.\s_-]{60,}")


def _path_for_message(path: str | Path) -> str:
    """Return a path for a message, or its length alone if it may be a key given by mistake."""
    text = str(path)
    is_key = _KEY_TEXT.search(re.sub(r"\s|\\[nr]", "", text))
    return f"given (not shown: {len(text)} characters, perhaps a key)" if is_key else repr(text)


# The label of a PEM -> the reason why it cannot be used. The first match wins.
_WRONG_KINDS = (
    (b"PUBLIC KEY", _PUBLIC),
    (b"RSA PUBLIC KEY", _PUBLIC),
    (b"CERTIFICATE", "is a certificate: give the private key"),
    (b"EC PRIVATE KEY", "is an EC key: the exchange accepts RSA and Ed25519 keys only"),
    (b"OPENSSH PRIVATE KEY", "is an OpenSSH key: convert it with ssh-keygen -p -m PKCS8"),
)


_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_KEY_BEGINS = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


def _checked_key_id(key_id: str) -> str:
    # The error does not show the value: if id and key are swapped, it is the private key.
    if not isinstance(key_id, str) or "-----BEGIN " in key_id or _KEY_TEXT.search(key_id):
        raise CredentialsError("key_id must be the id of the API key; is it swapped with the private key?")
    key_id = key_id.strip()
    if key_id[:1] in ("'", '"') and key_id[:1] == key_id[-1:]:
        raise CredentialsError("key_id is in quotes: write it without them")
    if not key_id or not key_id.isascii() or not key_id.isprintable():
        raise CredentialsError("key_id must be the id of the API key, a non-empty line of ASCII text")
    return key_id


def _load(pem: str | bytes | bytearray, passphrase: str | None) -> PrivateKey:
    """Parse a PEM. Errors are raised from None: a parser's message may quote its input."""
    # errors="replace": text from an environment may hold lone surrogates, and a UnicodeEncodeError
    # would hold the whole text, which is the key.
    given = pem.encode(errors="replace") if isinstance(pem, str) else bytes(pem)
    raw = given.strip().replace(b"\\n", b"\n").replace(b"\\r", b"")
    if b"-\0\0\0-" in raw:
        raise CredentialsError("the private key is UTF-32 text: save its file as UTF-8 or ASCII")
    if raw.startswith(_UTF_16_MARKS) or b"-\0-\0" in raw:
        raise CredentialsError("the private key is UTF-16 text: save its file as UTF-8 or ASCII")
    if raw.startswith(b"\x30") and any(byte < 9 for byte in raw[:16]):  # the tags of DER, in no text
        if _is_public_der(given):
            raise CredentialsError(f"the private key {_PUBLIC}")
        raise CredentialsError(
            "the private key is in DER, a binary form: convert its file with "
            "'openssl pkey -inform DER -in key.der -out key.pem'"
        )
    if (
        b"-----BEGIN PUBLIC KEY" in raw or b"-----BEGIN RSA PUBLIC KEY" in raw
    ) and b" PRIVATE KEY-----" in raw:
        raise CredentialsError(
            "the private key stands beside a public key: keep only the lines from "
            "'-----BEGIN … PRIVATE KEY-----' to '-----END … PRIVATE KEY-----'"
        )
    if (keys := len(_KEY_BEGINS.findall(raw))) > 1:
        raise CredentialsError(f"the text holds {keys} private keys: keep the one of this API key")
    for marker, reason in _WRONG_KINDS:
        if b"-----BEGIN " + marker in raw:
            raise CredentialsError(f"the private key {reason}")
    if b"-----BEGIN " not in raw:
        raise CredentialsError(
            "the private key is not PEM text: it must begin with '-----BEGIN'; "
            "use Credentials.from_file for a path"
        )
    try:
        key = load_pem_private_key(raw, passphrase.encode(errors="replace") if passphrase else None)
    except TypeError:
        wanted = "has no passphrase" if passphrase else "is encrypted: give its passphrase"
        raise CredentialsError(f"the private key {wanted}") from None
    except (ValueError, UnsupportedAlgorithm):
        hint = "wrong passphrase, or damaged text" if passphrase else "damaged or incomplete text"
        raise CredentialsError(f"the private key cannot be read: {hint}") from None
    return _able_to_sign(key)


def _is_public_der(der: bytes) -> bool:
    try:
        load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _able_to_sign(key: object) -> PrivateKey:
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        raise CredentialsError(
            f"the private key is of the kind {type(key).__name__.strip('_')}: "
            "the exchange accepts RSA and Ed25519 keys only"
        )
    if isinstance(key, RSAPrivateKey) and key.key_size < SMALLEST_RSA_BITS:
        raise CredentialsError(
            f"the private key is an RSA key of {key.key_size} bits, too small for the exchange's signatures: "
            "make an API key with 2048 bits or more, or with Ed25519"
        )
    return key
