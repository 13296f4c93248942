"""A recording: what stands in the file, how files follow each other, and what a bad disk does."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from kalshi_async import InvalidRequest, RecordingFailed
from kalshi_async.contract.recording import RecordedLine
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import Stream, TradeEvent, recorder
from kalshi_async.streams._files import PACKERS, Writer, lines, part, parts
from kalshi_async.streams.recorder import frame_line
from tests.streams.carrier import Carrier
from tests.streams.test_link import streaming

_LINE = msgspec.json.Decoder(RecordedLine)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def stream(sandbox: Sandbox, clock: VirtualClock, carrier: Carrier) -> AsyncIterator[Stream]:
    async with streaming(sandbox, clock, carrier) as stream:
        await stream.live()
        yield stream


def read(path: Path) -> list[RecordedLine]:
    return [_LINE.decode(line) for line in lines(path)]


def said(line: RecordedLine) -> str:
    """Name what a line holds, in short."""
    if line.frame:
        return str(msgspec.json.decode(line.frame)["type"])
    if line.command:
        return str(msgspec.json.decode(line.command)["cmd"])
    for field in ("state", "dropped", "raw", "recording"):
        if value := getattr(line, field):
            return f"{field} {value}" if field in ("dropped", "recording") else str(value)
    assert line.subscription is not None
    return f"{line.subscription.channel} is there"


# What stands in the file.


async def test_frames_stand_in_the_file_as_received_with_the_commands_and_the_connections(
    stream: Stream, carrier: Carrier, tmp_path: Path, clock: VirtualClock
) -> None:
    path = tmp_path / "frames.jsonl"
    async with stream.record(path) as recording, stream.trades("A"):
        carrier.emit("trade")
        carrier.cut(ConnectionResetError("gone"))
        await asyncio.sleep(5)
    written = read(path)
    assert [said(line) for line in written] == [
        *("recording 1", "open", "subscribe", "subscribed", "trade"),
        "closed: ConnectionResetError('gone')",
        *("opened", "subscribe", "subscribed", "unsubscribe"),
    ]
    assert written[0].url.startswith("ws://127.0.0.1")
    assert written[0].at_ms <= written[4].at_ms <= written[-1].at_ms <= clock.now_ms()
    assert recording.frames == 3
    assert recording.bytes == path.stat().st_size
    assert (recording.path, recording.dropped, recording.failure) == (path, 0, None)


async def test_a_recording_that_begins_late_knows_what_is_subscribed(
    stream: Stream, carrier: Carrier, tmp_path: Path
) -> None:
    async with stream.tickers("A"), stream.trades():
        carrier.emit("trade")
        async with stream.record(tmp_path / "late.jsonl"):
            carrier.emit("trade")
    _, opened, ticker, trade, frame, *_ = read(tmp_path / "late.jsonl")
    assert (said(opened), said(frame)) == ("open", "trade")
    assert ticker.subscription is not None
    assert (ticker.subscription.channel, ticker.subscription.settings) == (
        "ticker",
        {"send_initial_snapshot": True},
    )
    assert said(trade) == "trade is there"


async def test_a_recording_may_begin_without_a_connection(
    stream: Stream, carrier: Carrier, tmp_path: Path
) -> None:
    carrier.cut()
    async with stream.record(tmp_path / "down.jsonl"):
        await asyncio.sleep(5)
    assert [said(line) for line in read(tmp_path / "down.jsonl")] == ["recording 1", "opened"]


@pytest.mark.parametrize(
    "frame", [b'{"type":"tra', b"\xff\xfe", b'{"type":\n"trade"}', b"", b'{"type":"trade"} x']
)
async def test_a_frame_that_is_no_line_of_json_is_kept_byte_for_byte(frame: bytes) -> None:
    line = _LINE.decode(frame_line(7, 2, frame))
    assert (line.at_ms, line.link, line.raw, bytes(line.frame)) == (7, 2, frame, b"")


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("link", [1, 2])
def test_a_line_says_what_an_encoder_would_write(link: int, more: bool) -> None:
    frame = b'{"type":"trade","msg":{"price":"0.5600","word":"\xc3\xa9"}}'
    expected = RecordedLine(at_ms=1_700_000_000_000, link=link, more=more, frame=msgspec.Raw(frame))
    assert _LINE.decode(frame_line(1_700_000_000_000, link, frame + b"\n", more=more)) == expected


# Files.


async def test_a_file_that_exists_is_kept(stream: Stream, carrier: Carrier, tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"
    path.write_text("yesterday\n")
    for number in (2, 3):
        async with stream.record(path) as recording:
            assert recording.path == tmp_path / f"frames.{number}.jsonl"
    assert path.read_text() == "yesterday\n"
    assert parts(path) == [path, tmp_path / "frames.2.jsonl", tmp_path / "frames.3.jsonl"]


async def test_the_next_file_begins_when_one_is_full_and_can_be_read_alone(
    stream: Stream, carrier: Carrier, tmp_path: Path
) -> None:
    path = tmp_path / "frames.jsonl"
    async with stream.record(path, rotate_bytes=400), stream.trades():
        for _ in range(20):
            carrier.emit("trade")
    files = parts(path)
    assert len(files) > 3
    numbers = []
    for file in files:
        head, opened, *rest = read(file)
        assert head.recording == 1
        assert opened.state == "open"
        numbers += [msgspec.json.decode(line.frame)["seq"] for line in rest if said(line) == "trade"]
        assert said(rest[0]) == ("subscribe" if file == path else "trade is there")
    assert numbers == list(range(1, 21))


async def test_the_next_file_begins_at_midnight_utc(
    stream: Stream, carrier: Carrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A day of 100 seconds: the connection looks at its limits once a second.
    monkeypatch.setattr(recorder, "DAY_MS", 100_000)
    async with stream.record(tmp_path / "day.jsonl", rotate_daily=True), stream.trades():
        for _ in range(26):
            carrier.emit("trade")
            await asyncio.sleep(10)
    days = [{line.at_ms // 100_000 for line in read(file)} for file in parts(tmp_path / "day.jsonl")]
    assert len(days) >= 3
    assert [len(day) for day in days] == [1] * len(days)


def test_parts_are_those_of_one_recording_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    first = tmp_path / "a.jsonl.gz"
    names = ["a.jsonl.gz", "a.2.jsonl.gz", "a.10.jsonl.gz", "a.jsonl", "ab.jsonl.gz", "a.x.jsonl.gz"]
    for name in names:
        (tmp_path / name).touch()
    assert [file.name for file in parts(first)] == ["a.jsonl.gz", "a.2.jsonl.gz", "a.10.jsonl.gz"]
    assert part(first, 10) == tmp_path / "a.10.jsonl.gz"


async def test_gzip_reads_back_whole_and_takes_its_ending(
    stream: Stream, carrier: Carrier, tmp_path: Path
) -> None:
    async with stream.record(tmp_path / "frames.jsonl", compression="gzip"), stream.trades():
        for _ in range(50):
            carrier.emit("trade")
    path = tmp_path / "frames.jsonl.gz"
    assert [said(line) for line in read(path)].count("trade") == 50
    assert path.read_bytes()[:2] == b"\x1f\x8b"


@pytest.fixture
def zstd(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Stand in for the module of Python 3.14, with zlib's format."""

    class ZstdCompressor:
        FLUSH_BLOCK, FLUSH_FRAME = zlib.Z_SYNC_FLUSH, zlib.Z_FINISH

        def __init__(self) -> None:
            packer = zlib.compressobj()
            self.compress, self.flush = packer.compress, packer.flush

    module = ModuleType("compression.zstd")
    module.ZstdCompressor = ZstdCompressor  # type: ignore[attr-defined]
    module.ZstdDecompressor = zlib.decompressobj  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "compression", ModuleType("compression"))
    monkeypatch.setitem(sys.modules, "compression.zstd", module)
    return module


@pytest.mark.parametrize("compression", list(PACKERS))
@pytest.mark.usefixtures("zstd")
def test_what_was_flushed_can_be_read_while_the_file_is_written(
    compression: str | None, tmp_path: Path
) -> None:
    writer = Writer(tmp_path / "a.jsonl", compression, flush_s=0.0)
    writer.put(b"one\n")
    writer.put(b"two\n")
    while writer.taken < 8 or list(lines(writer.path)) != [b"one", b"two"]:
        assert writer.failure is None
    writer.close()
    assert list(lines(writer.path)) == [b"one", b"two"]


def test_compressed_bytes_are_flushed_after_a_while_without_any_more(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "a.jsonl", "gzip", flush_s=0.02)
    writer.put(b"one\n")
    while list(lines(writer.path)) != [b"one"]:
        assert writer.failure is None
    writer.close()


def test_a_python_without_zstd_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    with pytest.raises(InvalidRequest, match=r"zstd needs Python 3\.14 or newer: use gzip"):
        Writer(tmp_path / "a.jsonl", "zstd")


@pytest.mark.parametrize("cut", range(1, 60, 7))
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_a_file_that_was_cut_is_read_up_to_its_last_whole_line(
    compression: str | None, cut: int, tmp_path: Path
) -> None:
    writer = Writer(tmp_path / "a.jsonl", compression)
    whole = [b"line %d" % number for number in range(20)]
    writer.put(b"".join(line + b"\n" for line in whole))
    writer.close()
    data = writer.path.read_bytes()
    writer.path.write_bytes(data[:-cut])
    found = list(lines(writer.path))
    assert found == whole[: len(found)]
    if compression is None:
        assert len(found) == data[:-cut].count(b"\n")


# What is refused, and what goes wrong.


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"compression": "bz2"}, "compression must be None, 'gzip' or 'zstd', was 'bz2'"),
        ({"rotate_bytes": 0}, "rotate_bytes must be 1 or more, was 0"),
        ({"path": "nowhere/frames.jsonl"}, "the folder .*nowhere does not exist: make it first"),
    ],
)
async def test_what_cannot_be_recorded_is_refused(
    stream: Stream, arguments: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / arguments.pop("path", "frames.jsonl")
    with pytest.raises(InvalidRequest, match=reason):
        stream.record(path, **arguments)


async def test_a_recording_is_entered_once(stream: Stream, tmp_path: Path) -> None:
    recording = stream.record(tmp_path / "frames.jsonl")
    assert (recording.path, recording.failure) == (tmp_path / "frames.jsonl", None)
    async with recording:
        with pytest.raises(InvalidRequest, match="entered before: ask the stream for another one"):
            await recording.__aenter__()


class _FullDisk:
    """``os.write`` of a disk on which some bytes are left; a write may take a part of its bytes."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.write = os.write

    def __call__(self, file: int, data: bytes) -> int:
        if self.left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self.write(file, data[: self.left])
        self.left -= taken
        return taken


async def test_a_full_disk_ends_the_recording_and_not_the_stream(
    stream: Stream,
    carrier: Carrier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("kalshi_async.streams._files.os.write", _FullDisk(300))
    path = tmp_path / "frames.jsonl"
    recording = stream.record(path)
    async with stream.trades() as trades:
        await recording.__aenter__()
        while recording.failure is None:
            carrier.emit("trade")
        seen = recording.frames
        with caplog.at_level(logging.ERROR):
            carrier.emit("trade")
            carrier.emit("trade")
        assert recording.frames == seen
        with pytest.raises(RecordingFailed, match=r"the recording ended early: .*No space left"):
            await recording.__aexit__(None)
        assert isinstance(await anext(trades), TradeEvent)
    assert [record.message for record in caplog.records] == [
        "the recording has ended: [Errno 28] No space left on device"
    ]
    assert read(path)


async def test_an_error_of_the_block_is_not_hidden_by_one_of_the_disk(
    stream: Stream, carrier: Carrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kalshi_async.streams._files.os.write", _FullDisk(0))
    with pytest.raises(KeyError):
        async with stream.record(tmp_path / "frames.jsonl"):
            raise KeyError


async def test_a_part_that_cannot_be_made_ends_the_recording(
    stream: Stream, carrier: Carrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    recording = stream.record(folder / "frames.jsonl", rotate_bytes=1)
    async with stream.trades():
        await recording.__aenter__()
        folder.rename(tmp_path / "elsewhere")
        while recording.failure is None:
            carrier.emit("trade")
        with pytest.raises(RecordingFailed, match="No such file"):
            await recording.__aexit__(None)


async def test_a_slow_disk_costs_lines_and_the_file_says_how_many(
    stream: Stream,
    carrier: Carrier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "frames.jsonl"
    async with stream.record(path) as recording, stream.trades():
        monkeypatch.setattr(recorder, "MOST_WAITING", 0)
        carrier.emit("trade")
        carrier.emit("trade")
        assert recording.dropped == 2
        monkeypatch.setattr(recorder, "MOST_WAITING", 1 << 20)
        carrier.emit("trade")
    assert [said(line) for line in read(path)][-4:] == ["subscribed", "dropped 2", "trade", "unsubscribe"]
    assert [r.message for r in caplog.records] == [
        "the disk is too slow for the recording: frames are left out"
    ]


_KILLED = """
import os, sys
from pathlib import Path
from kalshi_async.streams._files import Writer
writer = Writer(Path(sys.argv[1]), sys.argv[2] or None, flush_s=0.001)
for number in range(int(sys.argv[3])):
    writer.put(b'{"number": %d}\\n' % number)
os.kill(os.getpid(), 9)
"""


@pytest.mark.real_time
@pytest.mark.parametrize("compression", ["", "gzip"])
def test_a_killed_process_leaves_a_file_that_is_true_up_to_its_end(compression: str, tmp_path: Path) -> None:
    for count in (1, 1_000, 20_000):
        path = tmp_path / f"{count}.jsonl"
        command = [sys.executable, "-c", _KILLED, str(path), compression, str(count)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        (file,) = parts(path.with_name(path.name + (".gz" if compression else "")))
        found = list(lines(file))
        assert found == [b'{"number": %d}' % number for number in range(len(found))]
