"""The key files of the accounts: written once, used again after a restart, never replaced.

An account has two files, ``NAME.pem`` with the private key and ``NAME.key_id`` with the id of
that key. The id follows from the key, so the second file proves that this program wrote the
first: a key of another origin is refused and not used. Files are only created, never
overwritten or removed. The exchange keeps no private keys: a key that is lost is lost for good.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kalshi_async.sandbox.access.keys import KeyPair, KeyType, generate_pair

# Windows has no such flags; there the check before the opening is the only one.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would wait for its writer
_HAS_MODES = os.name == "posix"
_LONGEST_FILE = 65_536  # a key of 2,048 bits takes 1,700 bytes


class KeyFolder:
    """The folder of the key files. Creates it, with its parents, if it is missing.

    Raises ValueError if the path is a link or no folder, or if other users can write into it.
    """

    def __init__(self, path: Path) -> None:
        try:
            found = path.lstat()
        except FileNotFoundError:
            path.mkdir(mode=0o700, parents=True)
            found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise ValueError(f"the folder of keys must not be a link, {path} is one")
        if not stat.S_ISDIR(found.st_mode):
            raise ValueError(f"the folder of keys must be a folder, {path} is none")
        if _HAS_MODES and found.st_mode & 0o022:
            mode = stat.S_IMODE(found.st_mode)
            raise ValueError(f"other users can write into {path} (mode {mode:o}): chmod 700 it")
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
        pem, key_id = _read(pem_path), _read(id_path)
        if pem is None and key_id is None:
            pair = KeyPair.load(generate_pair(key_type)[0])
            _create(pem_path, pair.private_key_pem)
            _create(id_path, pair.key_id + "\n")
            return pair
        for path, text in ((pem_path, pem), (id_path, key_id)):
            if text is None:
                raise ValueError(f"{path} is missing beside the other file of {name!r}; {_ADVICE}")
        return _loaded(pem_path, pem or "", (key_id or "").strip(), key_type)


_ADVICE = "no file was changed: move it away, or choose another --account or --keys"


def _loaded(path: Path, pem: str, key_id: str, key_type: KeyType) -> KeyPair:
    try:
        pair = KeyPair.load(pem)
    except ValueError as error:
        raise ValueError(f"{path} exists and is no private key of this program; {_ADVICE}") from error
    if pair.key_id != key_id:
        raise ValueError(f"{path} exists and was not written by this program; {_ADVICE}")
    if pair.key_type != key_type:
        raise ValueError(f"{path} holds a key of type {pair.key_type}, not {key_type}; {_ADVICE}")
    return pair


def _read(path: Path) -> str | None:
    _refuse_link(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_LINKS | _NO_WAITING)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError(f"{path} is no ordinary file; {_ADVICE}")
        if _HAS_MODES and mode & 0o077:
            raise ValueError(f"other users can open {path} (mode {stat.S_IMODE(mode):o}): chmod 600 it")
        return file.read(_LONGEST_FILE).decode("utf-8", "replace")


def _create(path: Path, text: str) -> None:
    _refuse_link(path)
    # Created with mode 600: other users could open the file between its creation and a chmod.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS, 0o600)
    with open(descriptor, "wb") as file:
        file.write(text.encode("ascii"))


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise ValueError(f"key files must not be links, {path} is one; {_ADVICE}")
