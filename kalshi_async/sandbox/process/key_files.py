"""The key files of the accounts: written once, used again after a restart, never replaced.

An account has two files, ``NAME.pem`` with the private key and ``NAME.key_id`` with the id of
that key. The id follows from the key, so the second file proves that this program wrote the
first: a key of another origin is refused and not used. Files are only created, never
overwritten or removed. The exchange keeps no private keys: a key that is lost is lost for good.

The id is written first. Of two processes that start at once only one can create it; the other
reads again until both files are whole, and uses the same key.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from kalshi_async.sandbox.access.keys import KeyPair, KeyType, generate_pair

# Windows has no such flags; there the check before the opening is the only one.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would wait for its writer
_HAS_MODES = os.name == "posix"
_LONGEST_FILE = 65_536  # a key of 2,048 bits takes 1,700 bytes
# How often, and how far apart, files are read that another process may just be writing.
_READS, _READ_AGAIN_S = 15, 0.02
_ADVICE = "no file was changed: move it away, or choose another --account or --keys"
_CUT_SHORT = (
    "an earlier start was cut short, or the key was moved away; no file was changed: put the key back, "
    "or remove the file that is there if no key is kept elsewhere"
)


class KeyFolder:
    """The folder of the key files. Creates it, with its parents, if it is missing.

    Raises ValueError if a link leads to it, if it is no folder, or if it belongs to another user
    or others can write into it.
    """

    def __init__(self, path: Path) -> None:
        path = Path.cwd() / path
        _refuse_links_to(path)
        for missing in [each for each in (*reversed(path.parents), path) if not each.exists()]:
            with suppress(FileExistsError):  # another exchange that starts now was faster
                missing.mkdir(mode=0o700)  # and not ``parents=True``, which leaves parents open to all
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise ValueError(f"the folder of keys must not be a link, {path} is one")
        if not stat.S_ISDIR(found.st_mode):
            raise ValueError(f"the folder of keys must be a folder, {path} is none")
        if _HAS_MODES:
            _refuse_strangers(path, found)
        self._path = path.resolve()

    def pem_path(self, name: str) -> Path:
        """Return the absolute path of an account's private key."""
        return self._path / f"{name}.pem"

    def key(self, name: str, key_type: KeyType) -> KeyPair:
        """Return the key of an account: the one that is there, or a new one, which is written.

        Raises ValueError if a file of that name is there which this class has not written, and
        OSError if a file cannot be read or written.
        """
        pem_path, id_path = self.pem_path(name), self._path / f"{name}.key_id"
        self._refuse_other_case(pem_path.name, id_path.name)
        if _read(pem_path) is None and _read(id_path) is None:
            pair = KeyPair.load(generate_pair(key_type)[0])
            with suppress(FileExistsError):
                _create(id_path, pair.key_id + "\n")
                _create(pem_path, pair.private_key_pem)
                return pair
        for _ in range(_READS - 1):
            with suppress(_Incomplete):
                return _loaded(pem_path, id_path, key_type)
            time.sleep(_READ_AGAIN_S)
        return _loaded(pem_path, id_path, key_type)

    def _refuse_other_case(self, *names: str) -> None:
        # A file system that folds case would open the key of another account.
        present = set(os.listdir(self._path))
        for former in sorted(present - set(names)):
            if former.lower() in {name.lower() for name in names if name not in present}:
                path = self._path / former
                raise ValueError(f"account names must differ in more than case, {path} is there; {_ADVICE}")


class _Incomplete(ValueError):
    """The files are not whole. Another process may be writing them."""


def _loaded(pem_path: Path, id_path: Path, key_type: KeyType) -> KeyPair:
    # The key last: where it is whole, the id has been written.
    key_id, pem = _read(id_path), _read(pem_path)
    if key_id is None:
        raise _Incomplete(f"{id_path} is missing, so {pem_path} may be of another program; {_ADVICE}")
    if pem is None:
        raise _Incomplete(f"{pem_path} is missing beside {id_path}: {_CUT_SHORT}")
    try:
        pair = KeyPair.load(pem)
    except ValueError as error:
        said = "is no private key of this program"
        raise _Incomplete(f"{pem_path} exists and {said}, or its start was cut short; {_ADVICE}") from error
    if pair.key_id != key_id.strip():
        raise _Incomplete(f"{pem_path} exists and was not written by this program; {_ADVICE}")
    if pair.key_type != key_type:
        raise ValueError(f"{pem_path} holds a key of type {pair.key_type}, not {key_type}; {_ADVICE}")
    return pair


def _refuse_links_to(path: Path) -> None:
    # Links at the top of the file system are the system's own: /tmp is one on macOS.
    for parent in list(path.parents)[:-2]:
        if parent.is_symlink():
            raise ValueError(
                f"no link may lead to the folder of keys, {parent} is one: give {path.resolve()}"
            )


def _refuse_strangers(path: Path, found: os.stat_result) -> None:
    if found.st_mode & 0o022:
        mode = stat.S_IMODE(found.st_mode)
        raise ValueError(f"other users can write into {path} (mode {mode:o}): chmod 700 it")
    if found.st_uid not in (0, os.geteuid()):
        raise ValueError(f"{path} belongs to another user (uid {found.st_uid}), who could exchange the keys")


def _read(path: Path) -> str | None:
    _refuse_link(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_LINKS | _NO_WAITING)
    except FileNotFoundError:
        return None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError(f"{path} is no ordinary file; {_ADVICE}")
        if _HAS_MODES and mode & 0o077:
            raise ValueError(f"other users can open {path} (mode {stat.S_IMODE(mode):o}): chmod 600 it")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(_LONGEST_FILE).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def _create(path: Path, text: str) -> None:
    _refuse_link(path)
    # Created with mode 600: other users could open the file between its creation and a chmod.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, 0o600)
    with open(descriptor, "wb") as file:
        file.write(text.encode("ascii"))


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise ValueError(f"key files must not be links, {path} is one; {_ADVICE}")
