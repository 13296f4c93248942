"""Runs the libraries of a group in turns, in random order, and collects the samples."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .adapter import KEY_ID, Target
from .canned import Addresses
from .libraries import BY_ADAPTER, NOSIGN
from .messages import Batch, Sample
from .plan import Group

BENCHMARKS = Path(__file__).parents[1]
IMPORT, START = "import", "first reply"

_IMPORT_COST = """
import sys, time
started_s = time.process_time()
exec(sys.argv[1])
print(time.process_time() - started_s)
"""


class WorkerFailed(Exception):
    """A library raised, or its process ended."""


@dataclass(slots=True)
class Samples:
    """All samples of a run."""

    taken: dict[tuple[str, str, str], list[Sample]] = field(default_factory=dict)
    """The samples by group, case and adapter, one per round, in order."""
    problems: list[str] = field(default_factory=list)
    """Why libraries were left out."""

    def add(self, group: str, case: str, adapter: str, sample: Sample) -> None:
        self.taken.setdefault((group, case, adapter), []).append(sample)

    def drop(self, group: str, adapter: str, problem: str) -> None:
        """Remove a library that failed from a group: ratios need the same rounds of all libraries."""
        self.problems.append(f"{BY_ADAPTER[adapter].name} left out of {group}: {problem}")
        self.taken = {key: kept for key, kept in self.taken.items() if (key[0], key[2]) != (group, adapter)}


class Worker:
    """The connection to one worker process; see ``worker``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: Target | Batch) -> Sample:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps(asdict(question)), file=self._process.stdin, flush=True)
        except BrokenPipeError as error:
            raise WorkerFailed("its process has ended") from error
        line = self._process.stdout.readline()
        if not line:
            raise WorkerFailed("its process has ended")
        sample = Sample(**json.loads(line))
        if sample.error:
            raise WorkerFailed(sample.error.strip().splitlines()[-1])
        return sample


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs groups and adds their samples to ``samples``."""

    exchange: Addresses
    pythons: Mapping[str, Path]
    """The interpreter of each environment, by requirement."""
    keys: Mapping[str, str]
    """A private key as PEM text, by its kind."""
    rng: random.Random
    """Decides the order of the workers."""
    samples: Samples
    started_s: float = field(default_factory=time.monotonic)

    def run(self, group: Group, rounds: int) -> None:
        """Run one group: a round that is not counted, then ``rounds``."""
        present = [name for name in group.libraries if BY_ADAPTER[name].requirement in self.pythons]
        if group.is_fresh:
            self._run_fresh(group, present, rounds)
            return
        with ExitStack() as stack:
            workers: dict[str, Worker] = {}
            for adapter in present:
                try:
                    worker = stack.enter_context(self._worker(adapter))
                    worker.ask(self._target(group))
                    workers[adapter] = worker
                except WorkerFailed as error:
                    self.samples.drop(group.name, adapter, str(error))
            # Reading all fills takes so long that it needs no warm-up round.
            for number in range(int("fills" in group.batches), rounds + 1):
                self._show(group, number, rounds)
                self._round(group, workers, is_counted=number > 0)

    def _round(self, group: Group, workers: dict[str, Worker], *, is_counted: bool) -> None:
        for case in self._shuffled(list(group.batches)):
            for adapter in self._shuffled(list(workers)):
                try:
                    sample = workers[adapter].ask(group.batches[case])
                except WorkerFailed as error:
                    self.samples.drop(group.name, adapter, str(error))
                    del workers[adapter]
                    continue
                if is_counted:
                    self.samples.add(group.name, case, adapter, sample)

    def _run_fresh(self, group: Group, present: Sequence[str], rounds: int) -> None:
        failed: set[str] = set()
        for number in range(rounds + 1):
            self._show(group, number, rounds)
            for adapter in self._shuffled([name for name in present if name not in failed]):
                try:
                    with self._worker(adapter) as worker:
                        start = worker.ask(self._target(group))
                except WorkerFailed as error:
                    self.samples.drop(group.name, adapter, str(error))
                    failed.add(adapter)
                    continue
                imported = Sample(1, cpu_s=self._import_cpu_s(adapter))
                if number:
                    self.samples.add(group.name, START, adapter, start)
                    self.samples.add(group.name, IMPORT, adapter, imported)

    def _import_cpu_s(self, adapter: str) -> float:
        library = BY_ADAPTER[adapter]
        python = str(self.pythons[library.requirement])
        command = [python, "-W", "ignore", "-c", _IMPORT_COST, library.imports]
        found = subprocess.run(command, capture_output=True, text=True, check=True, env=self._variables())
        return float(found.stdout)

    @contextmanager
    def _worker(self, adapter: str) -> Iterator[Worker]:
        python = self.pythons[BY_ADAPTER[adapter].requirement]
        process = subprocess.Popen(
            [python, "-W", "ignore", "-m", "compare.worker", adapter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # logs only: an error that a library raises comes in a sample
            text=True,
            cwd=BENCHMARKS,
            env=self._variables(),
        )
        with process:
            yield Worker(process)

    def _variables(self) -> dict[str, str]:
        # No other variables: a proxy of this machine, or a key of its user, must not be used. Every
        # library reads SSL_CERT_FILE, so all verify TLS and none needs a patch.
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(BENCHMARKS),
            "SSL_CERT_FILE": self.exchange.authority,
        }

    def _target(self, group: Group) -> Target:
        url = self.exchange.tls if group.is_secure else self.exchange.plain
        pem = self.keys["rsa" if group.signing == NOSIGN else group.signing]
        return Target(url, KEY_ID, pem, nosign=group.signing == NOSIGN)

    def _shuffled(self, names: list[str]) -> list[str]:
        self.rng.shuffle(names)
        return names

    def _show(self, group: Group, number: int, rounds: int) -> None:
        since_s = time.monotonic() - self.started_s
        step = f"round {number} of {rounds}" if number else "warming up"
        print(f"{since_s:5.0f} s  {group.name}: {step}", flush=True)
