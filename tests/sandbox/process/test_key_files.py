"""Key files: written once, used again, and never replaced, removed or reached through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from kalshi_async.sandbox.access.keys import KeyType, generate_pair
from kalshi_async.sandbox.process.key_files import KeyFolder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("key_type", ["ed25519", "rsa"])
def test_a_key_is_written_once_and_used_again(tmp_path: Path, key_type: KeyType) -> None:
    first = KeyFolder(tmp_path).key("ann", key_type)
    written = contents(tmp_path)
    assert written["ann.pem"].decode() == first.private_key_pem
    assert KeyFolder(tmp_path).key("ann", key_type) == first
    assert contents(tmp_path) == written


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "keys"
    before = os.umask(0)
    try:
        KeyFolder(folder).key("ann", "ed25519")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def a_key_of_another_program(folder: Path) -> None:
    (folder / "ann.pem").touch(0o600)
    (folder / "ann.pem").write_text(generate_pair("ed25519")[0])


def a_key_with_the_id_of_another(folder: Path) -> None:
    KeyFolder(folder).key("ann", "ed25519")
    (folder / "ann.pem").write_text(generate_pair("ed25519")[0])


def text_that_is_no_key(folder: Path) -> None:
    KeyFolder(folder).key("ann", "ed25519")
    (folder / "ann.pem").write_bytes(b"\xff\xfe shopping list")


def a_key_of_another_type(folder: Path) -> None:
    KeyFolder(folder).key("ann", "rsa")


def an_id_without_its_key(folder: Path) -> None:
    KeyFolder(folder).key("ann", "ed25519")
    (folder / "ann.pem").rename(folder / "moved.pem")


def a_link_to_a_key(folder: Path) -> None:
    KeyFolder(folder).key("bea", "ed25519")
    for ending in ("pem", "key_id"):
        (folder / f"ann.{ending}").symlink_to(folder / f"bea.{ending}")


def a_link_to_nothing(folder: Path) -> None:
    (folder / "ann.pem").symlink_to(folder / "nothing")


def a_key_that_others_can_read(folder: Path) -> None:
    KeyFolder(folder).key("ann", "ed25519")
    (folder / "ann.pem").chmod(0o644)


def a_named_pipe(folder: Path) -> None:
    os.mkfifo(folder / "ann.pem", 0o600)


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (a_key_of_another_program, r"ann\.key_id is missing"),
        (a_key_with_the_id_of_another, r"ann\.pem exists and was not written by this program"),
        (text_that_is_no_key, r"ann\.pem exists and is no private key"),
        (a_key_of_another_type, r"ann\.pem holds a key of type rsa, not ed25519"),
        (an_id_without_its_key, r"ann\.pem is missing"),
        (a_link_to_a_key, r"must not be links, .*ann\.pem is one"),
        (a_link_to_nothing, r"must not be links, .*ann\.pem is one"),
        (a_key_that_others_can_read, r"ann\.pem \(mode 644\): chmod 600"),
        (a_named_pipe, "is no ordinary file"),
    ],
)
def test_another_file_of_that_name_is_refused_and_left_as_it_was(
    tmp_path: Path, prepare: Callable[[Path], None], said: str
) -> None:
    prepare(tmp_path)
    tmp_path.chmod(0o700)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=said):
        KeyFolder(tmp_path).key("ann", "ed25519")
    assert contents(tmp_path) == before


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two exchanges that start at once: the slower one stops."""
    slower, pem = tmp_path / "ann.pem", generate_pair("ed25519")[0]

    def generated_slowly(_: KeyType) -> tuple[str, bytes]:
        slower.write_text("the faster one's key")
        return pem, b""

    monkeypatch.setattr("kalshi_async.sandbox.process.key_files.generate_pair", generated_slowly)
    with pytest.raises(FileExistsError):
        KeyFolder(tmp_path).key("ann", "ed25519")
    assert slower.read_text() == "the faster one's key"


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    with pytest.raises(ValueError, match="must not be a link"):
        KeyFolder(link)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="must be a folder"):
        KeyFolder(tmp_path / "file")


def test_a_folder_that_others_can_write_into_is_refused(tmp_path: Path) -> None:
    """They could exchange the keys."""
    tmp_path.chmod(0o777)
    with pytest.raises(ValueError, match=r"mode 777.*chmod 700"):
        KeyFolder(tmp_path)
