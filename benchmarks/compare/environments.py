"""One virtual environment per requirement, isolated from the others and kept between runs.

This library is built as a wheel from this tree and installed anew in every run. A library that
cannot be installed is reported and left out; the others are still compared.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path

from .libraries import NOTABLE, OURS

TREE = Path(__file__).parents[2]

_VERSIONS = """
import importlib.metadata, json, sys
installed = {found.metadata["Name"].lower(): found.version for found in importlib.metadata.distributions()}
print(json.dumps({name: installed[name] for name in sys.argv[1:] if name in installed}))
"""


def installed(requirements: Iterable[str], folder: Path) -> tuple[Mapping[str, Path], list[str]]:
    """Return the interpreter of each requirement, and the problems with those that failed."""
    pythons: dict[str, Path] = {}
    problems: list[str] = []
    for requirement in dict.fromkeys(requirements):
        try:
            pythons[requirement] = _installed(requirement, folder)
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or "").strip().splitlines() or ["pip failed"]
            problems.append(f"{requirement} cannot be installed: {reason[-1]}")
            print(problems[-1], flush=True)
    return pythons, problems


def versions(python: Path) -> Mapping[str, str]:
    """Return the versions of the notable packages of one environment."""
    asked = [str(python), "-c", _VERSIONS, *NOTABLE]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)
    return dict(json.loads(found.stdout))


def _installed(requirement: str, folder: Path) -> Path:
    home = folder / requirement.replace("==", "-")
    python = home / "bin" / "python"
    done = home / "installed"
    if done.exists() and requirement != OURS:
        return python
    print(f"installing {requirement} …", flush=True)
    if not python.exists():
        venv.create(home)
    if requirement == OURS:
        _install_ours(python)
    else:
        _pip("--python", str(python), "install", requirement)
    done.touch()
    return python


def _install_ours(python: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _pip("wheel", "--no-deps", "--wheel-dir", folder, str(TREE))
        (wheel,) = Path(folder).glob("*.whl")
        _pip("--python", str(python), "install", str(wheel))
        # Forced: the wheel has the same version as the last one, and pip would keep the old files.
        _pip("--python", str(python), "install", "--force-reinstall", "--no-deps", str(wheel))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True)
