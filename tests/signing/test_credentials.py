"""Keys: every form that is accepted, a clear word for every other, and never a look at one."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kalshi_async import Credentials, CredentialsError, KeySigner
from kalshi_async.sandbox.access.keys import KeyType, generate_pair
from tests.stages.keys import (
    KEY_ID,
    PASSPHRASE,
    Kind,
    ed25519,
    elliptic,
    everything_shown,
    key,
    leaks,
    pem,
    public_pem,
    rsa,
    secrets_of,
)

PKCS1 = PrivateFormat.TraditionalOpenSSL
KINDS = pytest.mark.parametrize("kind", ["rsa", "ed25519"])
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def loaded(private_key: object, **keywords: Any) -> Credentials:
    return Credentials(KEY_ID, private_key, **keywords)  # type: ignore[arg-type]  # some are wrong on purpose


def public_numbers(credentials: Credentials) -> str:
    return public_pem(credentials.private_key)


def refused(
    make: Callable[..., object], *arguments: object, secrets: tuple[str, ...] = (), **keywords: object
) -> str:
    """Return the text of the refusal, which shows no key, nor does any error behind it."""
    with pytest.raises(CredentialsError) as caught:
        make(*arguments, **keywords)
    assert caught.value.sent is False
    shown = everything_shown(caught.value)
    assert not any(leaks(shown, secret) for secret in secrets)
    return str(caught.value)


def coats(private_pem: str) -> dict[str, object]:
    return {
        "text": private_pem,
        "bytes": private_pem.encode(),
        "bytearray": bytearray(private_pem.encode()),
        "one line": private_pem.replace("\n", "\\n"),
        "one line of Windows": private_pem.replace("\n", "\\r\\n"),
        "Windows": private_pem.replace("\n", "\r\n"),
        "blanks around": f"\n\n  {private_pem}  \n",
    }


@KINDS
@pytest.mark.parametrize("coat", coats(""))
def test_a_key_is_read_in_any_coat(kind: Kind, coat: str) -> None:
    # Environment variables hold a PEM on one line, with its line ends escaped.
    assert public_numbers(loaded(coats(pem(key(kind)))[coat])) == public_pem(key(kind))


@pytest.mark.parametrize("style", [PKCS1, PrivateFormat.PKCS8])
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE, "pass\u00e9"])
def test_rsa_keys_come_as_pkcs1_and_pkcs8_locked_or_not(style: PrivateFormat, passphrase: str | None) -> None:
    text = pem(rsa(), style=style, passphrase=passphrase)
    assert public_numbers(loaded(text, passphrase=passphrase)) == public_pem(rsa())


@KINDS
def test_a_loaded_key_is_taken_as_it_is(kind: Kind) -> None:
    assert loaded(key(kind)).private_key is key(kind)


@KINDS
def test_a_key_is_read_from_a_file(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(pem(key(kind)))
    for given in (path, str(path)):
        assert public_numbers(Credentials.from_file(KEY_ID, given)) == public_pem(key(kind))
    path.write_text(pem(key(kind), passphrase=PASSPHRASE))
    locked = Credentials.from_file(KEY_ID, path, passphrase=PASSPHRASE)
    assert public_numbers(locked) == public_pem(key(kind))


def test_a_tilde_is_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_text(pem(ed25519()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Credentials.from_file(KEY_ID, "~/key.pem").key_id == KEY_ID


def test_the_environment_holds_the_text_or_the_path(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(pem(ed25519()))
    one_line = pem(ed25519()).replace("\n", "\\n")
    for variables in ({"KALSHI_PRIVATE_KEY": one_line}, {"KALSHI_PRIVATE_KEY_PATH": str(path)}):
        found = Credentials.from_env({"KALSHI_API_KEY_ID": f" {KEY_ID} ", **variables})
        assert found.key_id == KEY_ID
        assert public_numbers(found) == public_pem(ed25519())


def test_the_environment_is_that_of_the_process_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KALSHI_API_KEY_ID", KEY_ID)
    monkeypatch.setenv("KALSHI_PRIVATE_KEY", pem(ed25519()))
    monkeypatch.delenv("KALSHI_PRIVATE_KEY_PATH", raising=False)
    assert Credentials.from_env().key_id == KEY_ID


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "KALSHI_API_KEY_ID is not set"),
        ({"KALSHI_API_KEY_ID": "", "KALSHI_PRIVATE_KEY": "x"}, "KALSHI_API_KEY_ID is not set"),
        ({"KALSHI_API_KEY_ID": KEY_ID}, "neither KALSHI_PRIVATE_KEY nor KALSHI_PRIVATE_KEY_PATH is set"),
        (
            {"KALSHI_API_KEY_ID": KEY_ID, "KALSHI_PRIVATE_KEY": "x", "KALSHI_PRIVATE_KEY_PATH": "y"},
            "both KALSHI_PRIVATE_KEY and KALSHI_PRIVATE_KEY_PATH are set",
        ),
    ],
)
def test_an_incomplete_environment_says_what_to_set(variables: dict[str, str], said: str) -> None:
    assert said in refused(Credentials.from_env, variables)


# What was given instead of a private key -> what the error says.
WRONG: dict[str, tuple[object, str]] = {
    "public key": (public_pem(ed25519()), "is a public key: give the private key"),
    "public key, one line": (public_pem(ed25519()).replace("\n", "\\n"), "is a public key"),
    "public RSA key of PKCS#1": (public_pem(rsa(), PublicFormat.PKCS1), "is a public key"),
    "certificate": (CERTIFICATE, "is a certificate: give the private key"),
    "EC key": (pem(elliptic()), "the exchange accepts RSA and Ed25519 keys only"),
    "EC key, traditional": (pem(elliptic(), style=PKCS1), "is an EC key"),
    "EC key, loaded": (elliptic(), "the exchange accepts RSA and Ed25519 keys only"),
    "OpenSSH key": (pem(ed25519(), style=PrivateFormat.OpenSSH), "is an OpenSSH key: convert it"),
    "nothing": ("", "is not PEM text"),
    "blanks": (b" \n", "is not PEM text"),
    "a path": ("~/kalshi.pem", "use Credentials.from_file for a path"),
    "None": (None, "is of the kind NoneType"),
    "a number": (7, "is of the kind int"),
    "a Path": (Path("kalshi.pem"), "Path"),
    "an empty PEM": (
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "cannot be read: damaged or incomplete text",
    ),
    "text with lone surrogates": ("\ud800" + pem(ed25519())[40:], "is not PEM text"),
}


@pytest.mark.parametrize(("given", "said"), WRONG.values(), ids=WRONG)
def test_what_is_no_usable_key_is_named(given: object, said: str) -> None:
    assert said in refused(loaded, given)


@KINDS
def test_a_damaged_key_is_not_quoted(kind: Kind) -> None:
    whole = pem(key(kind))
    for damaged in (whole[:-40], f"{whole[:60]}????{whole[60:]}", f"{whole[:50]}\ud800{whole[50:]}"):
        said = refused(loaded, damaged, secrets=(whole,))
        assert said == "the private key cannot be read: damaged or incomplete text"


@KINDS
def test_a_passphrase_that_does_not_fit_is_named(kind: Kind) -> None:
    locked, free = pem(key(kind), passphrase=PASSPHRASE), pem(key(kind))
    for wrong in (None, ""):
        said = refused(loaded, locked, passphrase=wrong, secrets=(locked,))
        assert said == "the private key is encrypted: give its passphrase"
    said = refused(loaded, locked, passphrase="wrong", secrets=(locked,))
    assert said == "the private key cannot be read: wrong passphrase, or damaged text"
    assert "has no passphrase" in refused(loaded, free, passphrase="any", secrets=(free,))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_named(encoding: str, tmp_path: Path) -> None:
    # PowerShell writes it with ">".
    path = tmp_path / "key.pem"
    path.write_bytes(pem(ed25519()).encode(encoding))
    with pytest.raises(CredentialsError, match="is UTF-16 text: save its file as UTF-8 or ASCII") as caught:
        Credentials.from_file(KEY_ID, path)
    assert not leaks(everything_shown(caught.value), pem(ed25519()))


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_file_in_der_is_named_with_the_command_that_converts_it(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "key.der"
    path.write_bytes(key(kind).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(CredentialsError, match=r"in DER, a binary form: .*openssl pkey -inform DER"):
        Credentials.from_file(KEY_ID, path)


@pytest.mark.parametrize("kind", [rsa, ed25519])
def test_the_owner_of_a_public_key_in_der_is_not_told_to_convert_it(kind: Callable[[], Any]) -> None:
    der = kind().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(CredentialsError, match="is a public key: give the private key"):
        Credentials(KEY_ID, der)


@pytest.mark.parametrize(("coding", "name"), [
    *((coding, "UTF-32") for coding in ("utf-32", "utf-32-le", "utf-32-be")),
    *((coding, "UTF-16") for coding in ("utf-16", "utf-16-le", "utf-16-be")),
])  # fmt: skip
def test_a_wide_coding_is_called_by_its_name(coding: str, name: str) -> None:
    with pytest.raises(CredentialsError, match=f"is {name} text: save its file as UTF-8"):
        Credentials(KEY_ID, pem(ed25519()).encode(coding))


def test_of_two_private_keys_none_is_taken() -> None:
    # The first one won, without a word: a file to which a new key was appended signed with the old one.
    for both in (
        pem(ed25519()) + pem(rsa()),
        pem(rsa()) * 2,
        pem(rsa(), passphrase=PASSPHRASE) + pem(ed25519()),
    ):
        with pytest.raises(CredentialsError, match="holds 2 private keys: keep the one") as caught:
            Credentials(KEY_ID, both, passphrase=PASSPHRASE)
        assert not leaks(everything_shown(caught.value), pem(ed25519()))


@pytest.mark.parametrize("passphrase", [PASSPHRASE.encode(), 7, ["x"]])
def test_a_passphrase_is_text_and_is_not_shown(passphrase: Any) -> None:
    with pytest.raises(
        CredentialsError, match=r"passphrase must be a str or None, was of the type"
    ) as caught:
        Credentials(KEY_ID, pem(rsa(), passphrase=PASSPHRASE), passphrase=passphrase)
    assert PASSPHRASE not in str(caught.value)


@pytest.mark.parametrize("style", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_private_key_beside_a_public_one_is_named(style: PublicFormat, is_first: bool) -> None:
    private, public = pem(rsa()), public_pem(rsa(), style)
    both = private + public if is_first else public + private
    with pytest.raises(CredentialsError, match="stands beside a public key: keep only") as caught:
        Credentials(KEY_ID, both)
    assert not leaks(everything_shown(caught.value), private)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_key_id_in_quotes_is_refused(quote: str) -> None:
    with pytest.raises(CredentialsError, match="key_id is in quotes: write it without them"):
        Credentials(f"{quote}{KEY_ID}{quote}", pem(ed25519()))


@pytest.mark.parametrize("key_id", ["", "  ", "caf\u00e9", "a\nb", "a\r\nX-Admin: 1", None, 7])
def test_a_key_id_is_one_line_of_ascii(key_id: object) -> None:
    # It goes into a header.
    assert "key_id must be" in refused(Credentials, key_id, pem(ed25519()))


def test_a_key_given_as_its_own_id_is_not_shown() -> None:
    whole = pem(rsa())
    for text in (whole, whole.replace("\n", "\\n")):
        assert "swapped" in refused(Credentials, text, KEY_ID, secrets=(whole,))
        assert "swapped" in refused(Credentials, text, text, secrets=(whole,))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    assert refused(Credentials.from_file, KEY_ID, missing) == (
        f"cannot read the private key file {str(missing)!r}: No such file or directory"
    )
    for path in (tmp_path, "~nobody-of-that-name/key.pem", "a\0b"):
        assert "cannot read the private key file" in refused(Credentials.from_file, KEY_ID, path)


def test_a_key_given_for_its_path_is_not_shown() -> None:
    # KALSHI_PRIVATE_KEY_PATH set to the text itself: the error once quoted all of it.
    secrets = (pem(rsa()), pem(ed25519()))
    for text in (*secrets, pem(rsa()).replace("\n", "\\n")):
        variables = {"KALSHI_API_KEY_ID": KEY_ID, "KALSHI_PRIVATE_KEY_PATH": text}
        assert "is PEM text itself" in refused(Credentials.from_env, variables, secrets=secrets)


@KINDS
def test_no_picture_of_credentials_holds_the_key(kind: Kind) -> None:
    text = pem(key(kind))
    credentials = loaded(text)
    pictures = [
        repr(credentials),
        str(credentials),
        f"{credentials}",
        f"{credentials!r:>200}",
        f"{[credentials]}",
    ]
    pictures += [repr(KeySigner(credentials)), "%s %r" % (credentials, credentials)]  # noqa: UP031  # that way, too
    for picture in pictures:
        assert KEY_ID in picture
        assert not leaks(picture, text)
    assert "hidden" in repr(credentials)
    assert not hasattr(credentials, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_credentials_are_not_pickled(protocol: int) -> None:
    # A pickle is written to queues and disks.
    credentials = loaded(pem(ed25519()))
    assert "not pickled" in refused(pickle.dumps, credentials, protocol, secrets=(pem(ed25519()),))
    assert "not pickled" in refused(copy.deepcopy, credentials, secrets=(pem(ed25519()),))


def test_the_search_for_leaks_finds_one() -> None:
    # Guards the guard: also a key on one line, and one in the middle of something else.
    text = pem(rsa())
    assert len(secrets_of(text)) > 1000
    assert leaks(f"error: {text!r}", text)
    assert leaks(text.replace("\n", "\\n"), text)
    assert leaks(text.splitlines()[3][10:50], text)
    assert leaks(everything_shown(ValueError(f"no such file: {text}")), text)
    assert not leaks("-----BEGIN PRIVATE KEY-----", text)


@pytest.mark.parametrize("separator", ["", "\n", "\\n", " "], ids=repr)
@pytest.mark.parametrize("key_type", ["ed25519", "rsa"])
def test_a_key_given_as_its_path_is_not_shown(key_type: KeyType, separator: str) -> None:
    """Half of all Ed25519 keys have a slash in them and look like a path: try many."""
    for _ in range(20 if key_type == "ed25519" else 1):
        pem, _public = generate_pair(key_type)
        lines = [line for line in pem.splitlines() if "-----" not in line]
        environ = {"KALSHI_API_KEY_ID": "id", "KALSHI_PRIVATE_KEY_PATH": separator.join(lines)}
        with pytest.raises(CredentialsError) as caught:
            Credentials.from_env(environ)
        assert lines[0] not in str(caught.value)
        assert lines[0][:20] not in repr(caught.value)


def test_a_path_that_is_none_of_a_key_is_shown() -> None:
    path = "/home/alice/trading/kalshi/production/private/keys/no-such-key.pem"
    with pytest.raises(CredentialsError, match="no-such-key"):
        Credentials.from_file("id", path)
