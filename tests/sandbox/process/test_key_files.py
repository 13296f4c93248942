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
    for each in (folder, folder.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
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


def a_folder_as_a_key(folder: Path) -> None:
    (folder / "ann.pem").mkdir()


def a_folder_as_an_id(folder: Path) -> None:
    (folder / "ann.key_id").mkdir()


def a_start_that_was_cut_short(folder: Path) -> None:
    KeyFolder(folder).key("ann", "ed25519")
    os.truncate(folder / "ann.pem", 20)


def a_name_in_another_case(folder: Path) -> None:
    KeyFolder(folder).key("Ann", "ed25519")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (a_key_of_another_program, r"ann\.key_id is missing"),
        (a_key_with_the_id_of_another, r"ann\.pem exists and was not written by this program"),
        (text_that_is_no_key, r"ann\.pem exists and is no private key"),
        (a_key_of_another_type, r"ann\.pem holds a key of type rsa, not ed25519"),
        (an_id_without_its_key, r"ann\.pem is missing beside .* was cut short"),
        (a_link_to_a_key, r"must not be links, .*ann\.pem is one"),
        (a_link_to_nothing, r"must not be links, .*ann\.pem is one"),
        (a_key_that_others_can_read, r"ann\.pem \(mode 644\): chmod 600"),
        (a_named_pipe, "is no ordinary file"),
        (a_folder_as_a_key, r"ann\.pem is no ordinary file"),
        (a_folder_as_an_id, r"ann\.key_id is no ordinary file"),
        (a_start_that_was_cut_short, r"ann\.pem exists and .* was cut short"),
        (a_name_in_another_case, r"must differ in more than case, .*Ann\.(pem|key_id) is there"),
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
    slower, pem = tmp_path / "ann.pem", generate_pair("ed25519")[0]

    def generated_slowly(_: KeyType) -> tuple[str, bytes]:
        slower.touch(0o600)
        slower.write_text("a key of another program")
        return pem, b""

    monkeypatch.setattr("kalshi_async.sandbox.process.key_files.generate_pair", generated_slowly)
    with pytest.raises(ValueError, match="no private key of this program"):
        KeyFolder(tmp_path).key("ann", "ed25519")
    assert slower.read_text() == "a key of another program"


@pytest.mark.parametrize("written", ["nothing", "the id", "half of the key"])
def test_of_two_exchanges_that_start_at_once_the_slower_one_uses_the_key_of_the_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """It said "File exists", or that the key was not written by this program."""
    faster = KeyFolder(tmp_path / "faster").key("ann", "ed25519")
    folder = KeyFolder(tmp_path / "both")
    pem, key_id = folder.pem_path("ann"), folder.pem_path("ann").with_suffix(".key_id")
    pieces = [(key_id, faster.key_id), (pem, faster.private_key_pem[:30]), (pem, faster.private_key_pem[30:])]

    def write_a_piece(_: float) -> None:
        if pieces:
            path, text = pieces.pop(0)
            path.touch(0o600)
            with path.open("a") as file:
                file.write(text)

    def generated_slowly(key_type: KeyType) -> tuple[str, bytes]:
        write_a_piece(0)
        return generate_pair(key_type)

    monkeypatch.setattr("time.sleep", write_a_piece)
    monkeypatch.setattr("kalshi_async.sandbox.process.key_files.generate_pair", generated_slowly)
    for _ in range(["nothing", "the id", "half of the key"].index(written)):
        write_a_piece(0)
    assert folder.key("ann", "ed25519") == faster
    assert not pieces


def test_a_link_on_the_way_to_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ValueError, match=f"link is one: give {tmp_path.resolve()}/real/keys"):
        KeyFolder(tmp_path / "link" / "keys")
    assert list((tmp_path / "real").iterdir()) == []


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could exchange the keys."""
    if os.getuid() == 0:
        os.chown(tmp_path, 12_345, -1)
    else:
        monkeypatch.setattr("os.geteuid", lambda: 12_345)
    with pytest.raises(ValueError, match="belongs to another user"):
        KeyFolder(tmp_path)


def test_accounts_that_differ_in_case_and_are_there_already_are_used(tmp_path: Path) -> None:
    """An earlier version wrote both, on a file system that keeps them apart."""
    for name in ("Ann", "bea"):
        KeyFolder(tmp_path).key(name, "ed25519")
    for ending in ("pem", "key_id"):
        (tmp_path / f"bea.{ending}").rename(tmp_path / f"ann.{ending}")
    assert KeyFolder(tmp_path).key("ann", "ed25519") != KeyFolder(tmp_path).key("Ann", "ed25519")


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
