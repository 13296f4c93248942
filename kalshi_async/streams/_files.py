"""Files of a recording: their names, compression, and the thread that writes them.

The parts of a recording are ``frames.jsonl``, ``frames.2.jsonl``, ``frames.3.jsonl`` and so on. One is
written once and never opened again to write, so that nothing that was kept is ever lost. Bytes reach
the operating system at once: a process that is killed loses none that were written.
"""

from __future__ import annotations

import os
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from kalshi_async.errors import InvalidRequest

FLUSH_S = 1.0
"""Seconds after which compressed bytes reach the file (ours): as much is lost if the process is killed."""

_CHUNK = 1 << 16
_LEVEL = 1
"""Of gzip: three times as fast as its default, for a tenth more of bytes (ours)."""


class Packer(Protocol):
    """Compresses the bytes of one file."""

    def compress(self, data: bytes) -> bytes:
        """Take bytes; return what is ready to be written."""
        ...

    def flush(self) -> bytes:
        """Return all that was taken, so that it can be read back."""
        ...

    def finish(self) -> bytes:
        """Return the end of the file."""
        ...


class _Plain:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""

    finish = flush


class _Gzip:
    def __init__(self) -> None:
        self._packer = zlib.compressobj(_LEVEL, wbits=31)
        self.compress = self._packer.compress

    def flush(self) -> bytes:
        return self._packer.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._packer.flush(zlib.Z_FINISH)


class _Zstd:
    def __init__(self) -> None:
        self._packer = _zstd().ZstdCompressor()
        self.compress = self._packer.compress

    def flush(self) -> bytes:
        packed: bytes = self._packer.flush(self._packer.FLUSH_BLOCK)
        return packed

    def finish(self) -> bytes:
        packed: bytes = self._packer.flush(self._packer.FLUSH_FRAME)
        return packed


def _zstd() -> Any:  # a module of Python 3.14, without types for older ones
    try:
        return import_module("compression.zstd")
    except ImportError:
        raise InvalidRequest("zstd needs Python 3.14 or newer: use gzip") from None


PACKERS: dict[str | None, tuple[str, Callable[[], Packer]]] = {
    None: ("", _Plain),
    "gzip": (".gz", _Gzip),
    "zstd": (".zst", _Zstd),
}
"""Compression -> ending of the file's name, and what compresses."""


# Names.


def part(path: Path, number: int) -> Path:
    """Return the path of a part; the first has no number."""
    if number == 1:
        return path
    stem, endings = _split(path)
    return path.with_name(f"{stem}.{number}{endings}")


def parts(path: Path) -> list[Path]:
    """Return the parts of a recording that are there, in order, for the path of the first or of one."""
    stem, endings = _split(path)
    pattern = re.compile(rf"{re.escape(stem)}(?:\.(\d+))?{re.escape(endings)}")
    found = [
        (int(match[1] or 1), each)
        for each in path.parent.iterdir()
        if (match := pattern.fullmatch(each.name))
    ]
    return [each for _, each in sorted(found)]


def _split(path: Path) -> tuple[str, str]:
    packed = path.suffix if path.suffix in (".gz", ".zst") else ""
    rest = Path(path.name.removesuffix(packed))
    return rest.stem, rest.suffix + packed


# Reading.


def lines(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file that may have been cut at any byte."""
    rest = b""
    for chunk in _unpacked(path):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _unpacked(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        chunks: Iterable[bytes] = iter(lambda: file.read(_CHUNK), b"")
        if path.suffix == ".gz":
            chunks = _gunzipped(chunks)
        elif path.suffix == ".zst":
            unpacker = _zstd().ZstdDecompressor()
            chunks = map(unpacker.decompress, chunks)
        yield from chunks


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        yield unpacker.decompress(chunk)


# Writing.


class _Part:
    """One file that is being written."""

    def __init__(self, path: Path, packer: Packer) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._packer = packer
        self._unflushed_s: float | None = None  # since when

    def write(self, data: bytes) -> None:
        self._pass_on(self._packer.compress(data))
        self._unflushed_s = self._unflushed_s or time.monotonic()

    def until_flush_s(self, most_s: float) -> float | None:
        """Return how long bytes may still wait in the compressor; None if there are none."""
        return None if self._unflushed_s is None else self._unflushed_s + most_s - time.monotonic()

    def flush(self) -> None:
        self._unflushed_s = None
        self._pass_on(self._packer.flush())

    def close(self) -> None:
        file, self._file = self._file, -1
        if file < 0:
            return  # the next part could not be made
        try:
            self._pass_on(self._packer.finish(), file)
        finally:
            os.close(file)

    def _pass_on(self, data: bytes, file: int | None = None) -> None:
        while data:
            data = data[os.write(self._file if file is None else file, data) :]


class Writer:
    """Owner of a thread and of the file that it writes. ``put`` never waits for the disk.

    An error of the disk ends the writing; ``failure`` tells it. A file that exists is not touched:
    the next number is taken.
    """

    def __init__(self, path: Path, compression: str | None, flush_s: float = FLUSH_S) -> None:
        ending, self._packer = PACKERS[compression]
        self._base = path if path.name.endswith(ending) else path.with_name(path.name + ending)
        self._flush_s = flush_s
        self._number = 0
        self.path = self._base
        """The file that is written."""
        self.taken = 0
        """Bytes of all that was put, less what still waits."""
        self.failure: Exception | None = None
        """Why the writing has ended."""
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._part = self._next_part()
        self._thread = threading.Thread(target=self._run, name="kalshi_async recording", daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        """Write bytes; without any, begin the next part."""
        self._queue.put(data)

    def close(self) -> None:
        """Write what waits, and end; waits for the disk."""
        self._queue.put(None)
        self._thread.join()

    # The thread.

    def _run(self) -> None:
        try:
            try:
                while (data := self._next()) is not None:
                    self._write(data)
                    self.taken += len(data)
            finally:
                self._part.close()
        except Exception as error:  # it has no caller: whoever puts the next bytes looks at it
            self.failure = error

    def _next(self) -> bytes | None:
        """Return what was put next; flush when it is time."""
        while True:
            left_s = self._part.until_flush_s(self._flush_s)
            try:
                if left_s is None or left_s > 0.0:
                    return self._queue.get(timeout=left_s)
            except Empty:
                pass
            self._part.flush()

    def _write(self, data: bytes) -> None:
        if data:
            self._part.write(data)
        else:
            self._part.close()
            self._part = self._next_part()

    def _next_part(self) -> _Part:
        while True:
            self._number += 1
            self.path = part(self._base, self._number)
            try:
                return _Part(self.path, self._packer())
            except FileExistsError:
                continue
