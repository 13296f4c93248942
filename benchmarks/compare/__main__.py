"""The command: prepare the environments, measure, and write three files into a folder."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .canned import canned_exchange
from .chart import chart
from .environments import installed, versions
from .libraries import ED25519, LIBRARIES, OURS, RSA
from .machine import machine
from .outcome import Outcome
from .plan import GROUPS
from .report import report, target_table
from .runner import BENCHMARKS, Runner, Samples

DEFAULT_FOLDER = Path(".nox", "compare")


def main() -> int:
    """Measure and write the results. Returns 0 also if targets are missed: the table shows it."""
    options = _options()
    started_s = time.monotonic()
    groups = [group for group in GROUPS if not options.only or group.name in options.only]
    wanted = {name for group in groups for name in group.libraries}
    requirements = [library.requirement for library in LIBRARIES if library.adapter in wanted]
    pythons, problems = installed([OURS, *requirements], options.environments.absolute())
    samples = Samples(problems=problems)
    own = {} if options.only else _own(pythons)
    with canned_exchange() as exchange:
        runner = Runner(exchange, pythons, _keys(), random.Random(options.seed), samples)
        for group in groups:
            runner.run(group, options.rounds or (group.quick_rounds if options.quick else group.rounds))
    outcome = Outcome(samples, own)
    _write(options.out, outcome, pythons, samples.problems)
    print(f"\n{target_table(outcome)}\n\n{options.out}, after {time.monotonic() - started_s:.0f} s")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare", description="Compare with the others."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: less than five minutes")
    parser.add_argument("--rounds", type=int, default=0, help="number of rounds of every group")
    parser.add_argument(
        "--only", nargs="+", choices=[group.name for group in GROUPS], help="groups to measure"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the order of the workers")
    parser.add_argument("--environments", type=Path, default=DEFAULT_FOLDER, metavar="FOLDER")
    return parser.parse_args()


def _own(pythons: Mapping[str, Path]) -> Mapping[str, float]:
    print("counting calls of kalshi_async", flush=True)
    found = subprocess.run(
        [pythons[OURS], "-m", "compare.own"], cwd=BENCHMARKS, capture_output=True, text=True, check=True
    )
    return dict(json.loads(found.stdout))


def _keys() -> Mapping[str, str]:
    keys: dict[str, RSAPrivateKey | Ed25519PrivateKey] = {
        RSA: generate_private_key(65537, 2048),
        ED25519: Ed25519PrivateKey.generate(),
    }
    return {
        name: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for name, key in keys.items()
    }


def _write(folder: Path, outcome: Outcome, pythons: Mapping[str, Path], problems: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    notable = {
        requirement: ", ".join(f"{name} {version}" for name, version in versions(python).items())
        for requirement, python in pythons.items()
    }
    (folder / "comparison.md").write_text(report(outcome, machine(), notable, problems), encoding="utf-8")
    (folder / "comparison.svg").write_text(chart(outcome, machine()), encoding="utf-8")
    medians = {"machine": machine(), "versions": notable, "own": outcome.own, "medians": outcome.medians()}
    (folder / "comparison.json").write_text(json.dumps(medians, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
