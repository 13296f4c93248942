"""Records: opens a stream, reads the channels so that nothing waits, and counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kalshi_async import Session
from kalshi_async.record.channels import ACCOUNT, MARKET_DATA
from kalshi_async.streams import Gap, Phase, Reader, Recording, Refused, Stream

SHOW_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What to record, and where."""

    tickers: tuple[str, ...]
    channels: tuple[str, ...]
    out: Path
    compression: Literal["gzip", "zstd"] | None = None
    rotate_bytes: int | None = None
    rotate_daily: bool = False


@dataclass(slots=True)
class Figures:
    """What has been recorded so far."""

    stream: Stream
    recording: Recording
    began_s: float
    gaps: int = 0
    refused: list[str] = field(default_factory=list)
    """Markets that the exchange refused."""

    def line(self, now_s: float) -> str:
        """Return them as one line."""
        seconds = max(now_s - self.began_s, 0.001)
        state, late_ms = self.stream.state, self.stream.latency.last_ms
        late = "" if late_ms is None or state.phase is not Phase.LIVE else f" {late_ms} ms"
        trouble = f", {self.recording.dropped} left out" if self.recording.dropped else ""
        minutes, rest = divmod(int(seconds), 60)
        return (
            f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}  {state.phase.value}{late}  "
            f"{self.recording.frames:,} frames ({self.recording.frames / seconds:,.1f}/s)  "
            f"{self.recording.bytes / 1e6:,.1f} MB  {self.gaps} gaps{trouble}  {self.recording.path.name}"
        )


async def record(
    session: Session, wish: Wish, seconds: float | None, show: Callable[[Figures], None]
) -> Figures:
    """Record for ``seconds``, or until canceled; ``show`` is called every second.

    Raises SubscriptionRefused, RecordingFailed, and what ends a stream.
    """
    now_s = asyncio.get_running_loop().time
    async with AsyncExitStack() as stack:
        stream = await stack.enter_async_context(session.stream())
        await stream.live()
        recording = await stack.enter_async_context(
            stream.record(
                wish.out,
                compression=wish.compression,
                rotate_bytes=wish.rotate_bytes,
                rotate_daily=wish.rotate_daily,
            )
        )
        figures = Figures(stream, recording, now_s())
        channels = {**MARKET_DATA, **ACCOUNT}
        readers = [
            await stack.enter_async_context(channels[name](stream, list(wish.tickers)))
            for name in wish.channels
        ]
        await _until(seconds, readers, figures, show)
        show(figures)
    return figures


async def _until(
    seconds: float | None, readers: Sequence[Reader[Any]], figures: Figures, show: Callable[[Figures], None]
) -> None:
    tasks = [asyncio.create_task(_read(reader, figures)) for reader in readers]
    tasks.append(asyncio.create_task(_show(figures, show)))
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:  # none of them ends but by an error
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: Reader[Any], figures: Figures) -> None:
    async for event in reader:
        if isinstance(event, Gap):
            figures.gaps += 1
        elif isinstance(event, Refused):
            figures.refused += sorted(event.markets)


async def _show(figures: Figures, show: Callable[[Figures], None]) -> None:
    while figures.recording.failure is None:
        show(figures)
        await asyncio.sleep(SHOW_EVERY_S)
