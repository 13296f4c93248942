"""Starts a ``venue`` process and is its operator. Knows nothing of any client."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

_STOP_S = 10


class Key(msgspec.Struct, frozen=True):
    """One account's API key."""

    key_id: str
    private_key_pem: str


class Announcement(msgspec.Struct, frozen=True):
    """What the venue says once it serves."""

    rest_url: str
    accounts: dict[str, Key]


@dataclass(frozen=True, slots=True)
class Venue:
    """A running exchange. Commands block for some milliseconds."""

    announcement: Announcement
    process: subprocess.Popen[str]

    def settle(self, ticker: str, result: str) -> None:
        """Decide a market and pay out."""
        self._command(f"settle {ticker} {result}")

    def archive(self) -> None:
        """Move the cutoff of the historical tier past everything that has ended."""
        self._command("archive")

    def ledger(self) -> object:
        """Return every record of every account, times left out."""
        return self._command("ledger")

    def _command(self, line: str) -> object:
        assert self.process.stdin is not None, "the process was started with pipes"
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return msgspec.json.decode(_line(self.process))


@contextmanager
def running_venue(profile: str = "current") -> Iterator[Venue]:
    """Start an exchange in a process of its own and stop it at the end."""
    command = [sys.executable, "-m", "tests.differential.venue", profile]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            announcement = msgspec.json.decode(_line(process), type=Announcement)
            yield Venue(announcement, process)
        finally:
            assert process.stdin is not None, "the process was started with pipes"
            process.stdin.close()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None, "the process was started with pipes"
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the venue ended without an answer; see its errors above")
    return line
