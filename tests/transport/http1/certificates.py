"""An authority and the certificates of servers, made anew for each run and never stored in the tree."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Authority:
    """Who vouches for servers, and a folder for what Python only reads from files."""

    folder: Path
    key: Key
    certificate: x509.Certificate

    def client_context(self) -> ssl.SSLContext:
        """Return what a client that trusts this authority uses."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
        return ssl.create_default_context(cadata=pem)

    def server_context(
        self, name: str = "localhost", *, days: tuple[int, int] = (-1, 1), is_self_signed: bool = False
    ) -> ssl.SSLContext:
        """Return what a server with a certificate for ``name`` uses, valid in those days from now."""
        key = _new_key()
        issuer = _name(name) if is_self_signed else self.certificate.subject
        signing = key if is_self_signed else self.key
        builder = _builder(name, issuer, key, signing, days).add_extension(
            x509.SubjectAlternativeName([_general_name(name)]), critical=False
        )
        certificate = builder.sign(signing, hashes.SHA256())
        path = self.folder / f"{certificate.serial_number}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def new_authority(folder: Path) -> Authority:
    """Make an authority that nobody knows yet."""
    key = _new_key()
    name = _name("an authority of these tests")
    builder = _builder("an authority of these tests", name, key, key, (-1, 1)).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(_may_sign_certificates(), critical=True)
    return Authority(folder, key, builder.sign(key, hashes.SHA256()))


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _may_sign_certificates() -> x509.KeyUsage:
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "encipher_only", "decipher_only")
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **dict.fromkeys(others + more, False))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    common: str, issuer: x509.Name, key: Key, signing: Key, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)  # what OpenSSL compares with
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        # Python 3.13 verifies strictly, and then both are wanted.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
