"""The command: prepare the environments, play rounds in random order, and write the table."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ..adapter import KEY_ID
from ..environments import installed, versions
from ..libraries import OURS
from ..machine import machine
from .table import Round, goals, table

BENCHMARKS = Path(__file__).parents[2]
DEFAULT_FOLDER = Path(".nox", "compare")

LIBRARIES = {
    "floor": ("the floor", OURS),
    "ours": ("kalshi_async", OURS),
    "kalshi_sdk": ("kalshi-sdk 22.4.0", "kalshi-sdk==22.4.0"),
    "pykalshi": ("pykalshi 2.0.0", "pykalshi==2.0.0"),
}
"""By adapter: the name, and what is installed."""


def main() -> int:
    """Measure and write the results. Returns 0 also if goals are missed: the table shows it."""
    options = _options()
    pythons, problems = installed(dict(LIBRARIES.values()).values(), options.environments.absolute())
    present = {name: library for name, library in LIBRARIES.items() if library[1] in pythons}
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    chance, rounds = random.Random(options.seed), list[Round]()
    count = options.rounds or (2 if options.quick else 8)
    with _playing(str(pythons[OURS])) as url:
        question = json.dumps({"url": url, "key_id": KEY_ID, "pem": pem})
        for number in range(count):
            print(f"streams: round {number + 1} of {count}", flush=True)
            order = chance.sample(list(present), len(present))
            rounds.append({name: _sample(pythons[present[name][1]], name, question) for name in order})
    shown = f"{table(rounds, {name: library[0] for name, library in present.items()})}\n\n{goals(rounds)}"
    options.out.mkdir(parents=True, exist_ok=True)
    notable = {name: dict(versions(python)) for name, python in pythons.items()}
    text = f"{shown}\n\n{machine()}\n\n" + "\n".join(problems)
    (options.out / "streams.md").write_text(text, encoding="utf-8")
    (options.out / "streams.json").write_text(json.dumps({"versions": notable, "rounds": rounds}, indent=1))
    print(f"\n{shown}")
    return 0


@contextmanager
def _playing(python: str) -> Iterator[str]:
    """Run the exchange in a process of its own; the address of its streams."""
    command = [python, "-m", "compare.streams.tape"]
    with subprocess.Popen(command, cwd=BENCHMARKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def _sample(python: Path, adapter: str, question: str) -> Mapping[str, float]:
    done = subprocess.run(
        [python, "-W", "ignore", "-m", "compare.streams.worker", adapter],
        input=question + "\n",
        capture_output=True,
        text=True,
        cwd=BENCHMARKS,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(BENCHMARKS)},
        check=False,
        timeout=300,
    )
    for line in done.stderr.splitlines():
        if line.startswith(("held:", "burst:", "paced:", "reconnect:", "Traceback")):
            print(f"{adapter}: {line}", flush=True)
    return dict(json.loads(done.stdout)) if done.stdout else {}


def _options() -> argparse.Namespace:
    program = "python -m benchmarks.compare.streams"
    parser = argparse.ArgumentParser(prog=program, description="Compare streams.")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--quick", action="store_true", help="two rounds")
    parser.add_argument("--rounds", type=int, default=0, help="number of rounds")
    parser.add_argument("--seed", type=int, default=0, help="seed of the order of the workers")
    parser.add_argument("--environments", type=Path, default=DEFAULT_FOLDER, metavar="FOLDER")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
