"""Every check of the project. ``nox -l`` lists them; each makes its own virtual environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "types", "tests"]

SUPPORTED = ("3.11", "3.12", "3.13")
SOURCES = ("kalshi_async", "kalshi_async_pytest.py", "tests", "examples", "benchmarks", "noxfile.py")
BESIDE_THE_CLIENT = "*/sandbox/*,*/demo/*,*/kalshi_async/__main__.py"
DEMO_SECONDS = "3"
# All cores; a file stays whole and in order on one of them. Without them plain pytest does the same.
IN_PARALLEL = ("--numprocesses=auto", "--dist=loadfile")
# Every example with what makes it end by itself; a test finds the one that is missing.
EXAMPLES = (
    ("quickstart",),
    ("market_maker", "--seconds", "3"),
    ("trading_engine", "--seconds", "3"),
    ("export_fills", "--seconds", "3"),
    ("risk_watch", "--seconds", "3"),
    ("kill_switch",),
    ("fastapi_backend", "--seconds", "3", "--port", "0"),
)
# The vendor's SDKs, today's and that of the 2025 reference, each with the script that drives it.
VENDOR_SDKS = {
    "today": ("kalshi_python_async==3.34.0", "tests.differential"),
    "2025": ("kalshi-python==2.1.4", "tests.differential.legacy_2025"),
}


def interpreters() -> list[str]:
    """Return the supported Pythons that run here: a pyenv shim may exist and still fail."""
    found = [version for version in SUPPORTED if runs(f"python{version}")]
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    is_another = running not in found and sys.version_info >= (3, 11)
    return [*found, sys.executable] if is_another else found


def runs(command: str) -> bool:
    try:
        return subprocess.run([command, "-c", ""], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def existing(*paths: str) -> list[str]:
    return [path for path in paths if Path(path).exists()]


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the direction of imports."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check all types strictly; tests/typing is only ever checked."""
    session.install("-e", ".[types]")
    session.run("mypy", *existing(*SOURCES))


@nox.session(python=interpreters())
def tests(session: nox.Session) -> None:
    """Run the tests on every supported Python that runs here."""
    session.install("-e", ".[test]")
    session.run("pytest", *IN_PARALLEL, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure the branches that the tests reach, subprocesses included."""
    session.install("-e", ".[test]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *IN_PARALLEL, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    # The client itself, where an untried branch may cost money: all of them, on every single run.
    session.run("coverage", "report", f"--omit={BESIDE_THE_CLIENT}", "--fail-under=100")


@nox.session
def faults(session: nox.Session) -> None:
    """Show every fault on the wire, what an hour of trading costs, and the matrix of certainty."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/faults", "--durations=3")
    session.run("python", "-m", "tests.faults.trading_hour")
    # Every write, fault, position, cancellation and order of checks; a slice with --cases N.
    session.run("python", "-m", "tests.certainty", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Live through 50,000 orders with faults; shorter with ``-- --lifecycles N``, again with --seed."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.certainty.soak", *session.posargs)


@nox.session
def sigkill(session: nox.Session) -> None:
    """Kill a process between send and reply, 200 times, and resolve in another one."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.certainty.sigkill", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Send 100,000 mutated replies and 10,000 mutated requests; arguments after ``--`` are its own."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Break the code in 160 small ways and count how often the tests notice: 20 minutes or more."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session
def throttle(session: nox.Session) -> None:
    """Ask for three times the budget at every tier, alone and beside a hostile neighbour."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/throttle", "--durations=3")
    session.run("python", "-m", "tests.throttle", *session.posargs)
    session.run("python", "benchmarks/throttle.py")


@nox.session
def plugin(session: nox.Session) -> None:
    """Try the pytest plugin in projects that have the wheel, without the extra and with it."""
    session.install("build", "virtualenv")
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Path(folder)
        session.run("python", "-m", "build", "--wheel", "--outdir", folder)
        (wheel,) = elsewhere.glob("*.whl")
        session.run("virtualenv", "--quiet", str(elsewhere / "theirs"))
        python = str(elsewhere / "theirs" / "bin" / "python")
        project = elsewhere / "project"
        project.mkdir()
        session.run("python", "tests/plugin/foreign_project.py", str(project))
        session.chdir(project)
        install = (python, "-m", "pip", "install", "--quiet")
        session.run(*install, "pytest", external=True)
        session.run(python, "-m", "pytest", "test_theirs.py", external=True)
        session.run(*install, str(wheel), external=True)
        session.run(python, "-m", "pytest", "test_theirs.py", external=True)
        session.run(*install, f"{wheel}[sandbox]", "pytest-asyncio", external=True)
        for _ in range(2):  # the first run compiles; the second is the one to look at
            session.run(python, "-m", "pytest", "test_bot.py", "--durations=3", external=True)
        session.run(python, "-m", "pytest", external=True)


@nox.session(python="3.13")
@nox.parametrize("sdk", list(VENDOR_SDKS), ids=list(VENDOR_SDKS))
def differential(session: nox.Session, sdk: str) -> None:
    """Let an official SDK and ours live through the same day: valid replies, equal ledgers."""
    requirement, script = VENDOR_SDKS[sdk]
    session.install("-e", ".[sandbox]", requirement)
    session.run("python", "-m", script)
    session.run("python", "-m", "tests.differential.migrating", sdk)


@nox.session
def invariants(session: nox.Session) -> None:
    """Let a thousand random venues of each kind live for 50 steps, new ones every time."""
    session.install("-e", ".[test]")
    lives = {"INVARIANT_RUNS": "1000"}
    session.run("pytest", "tests/engine/test_invariants.py", "--durations=2", *session.posargs, env=lives)


@nox.session
def transport(session: nox.Session) -> None:
    """Cancel 10,000 requests and read 10,000 random reply streams, then all of the rest over httpx."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.http1.streams")
    session.run("python", "-m", "tests.http1.cancellation")
    # What the default run does over our own transport.
    over_httpx = "--base-transport=stock"
    session.run("pytest", over_httpx, "tests/session", "tests/faults", "tests/certainty")
    session.run("python", "-m", "tests.certainty", over_httpx, "--cases", "1000")
    session.run("python", "-m", "tests.certainty.soak", over_httpx, "--served", "--lifecycles", "2000")


@nox.session
def frames(session: nox.Session) -> None:
    """Hand rows to pandas and to polars: apart from the tests, because the two weigh 300 MB."""
    session.install("-e", ".[test,frames]")
    session.run("pytest", "tests/client/test_frames.py", *session.posargs)


@nox.session(python="3.13")
def bench(session: nox.Session) -> None:
    """Compare with every other SDK in one run: ``-- --out FOLDER [--quick]``; the table is in FOLDER."""
    session.install("cryptography")
    kept = str(Path(session.create_tmp()) / "environments")
    session.run("python", "-m", "benchmarks.compare", "--environments", kept, *session.posargs)


@nox.session
def bench_engine(session: nox.Session) -> None:
    """Measure the embedded exchange, quickly; ``python benchmarks/engine.py`` takes its time."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/engine.py", "--quick")


@nox.session
def load(session: nox.Session) -> None:
    """Load the exchange as a process: memory and a clean stop. ``-- --seconds 3600`` for longer."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/load.py", *session.posargs)


@nox.session
def examples(session: nox.Session) -> None:
    """Run every example on the embedded exchange, and their tests, one of them in a real Chromium."""
    if shutil.which("chromium") is None:
        session.error("examples/fastapi_backend is tested in a browser: apt-get install chromium")
    session.install("-e", ".[test,examples]", "playwright>=1.45")
    source = {"PYTHONPATH": str(Path.cwd())}
    # Elsewhere, because some of them write a file.
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        for program, *arguments in EXAMPLES:
            session.run("python", "-m", f"examples.{program}", *arguments, env=source)
    # As in CI: without the browser its tests fail here, and are not skipped.
    session.run("pytest", "tests/examples", *session.posargs, env={"CI": "true"})


@nox.session
def docs(session: nox.Session) -> None:
    """Render the docstrings; ``-- --out FOLDER`` says where. Warnings and dead links are errors.

    With pdoc: it needs no page of its own beside the code (Sphinx and mkdocs do), is kept by the
    authors of mitmproxy, and lets a program hand it modules, which our lazy names need.
    """
    session.install("-e", ".[docs]")
    session.run("pytest", "tests/docs/test_every_name_is_explained.py", "tests/docs/test_docstring_code.py")
    session.run("python", "-m", "tests.docs.render", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build and check both archives; trade with the wheel on every Python, far from the source tree."""
    session.install("build", "check-wheel-contents", "twine", "virtualenv")
    trade_once = Path("tests/packaging/trade_once.py").resolve()
    # Not in nox's own temporary folder: that lies in the source tree.
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Path(folder)
        session.run("python", "-m", "build", "--outdir", folder)
        (wheel,), (sdist,) = elsewhere.glob("*.whl"), elsewhere.glob("*.tar.gz")
        session.run("python", "-m", "build", "--wheel", "--outdir", str(elsewhere / "from_tree"))
        from_tree = str(elsewhere / "from_tree" / wheel.name)
        session.run("python", "-m", "tests.packaging.archives", str(wheel), from_tree)
        session.run("twine", "check", "--strict", str(wheel), str(sdist))
        session.run("check-wheel-contents", str(wheel))
        session.chdir(elsewhere)
        pythons = [installed(session, wheel, version) for version in interpreters()]
        for python in pythons:
            session.run(python, str(trade_once), external=True)
            for program in ("kalshi_async", "kalshi_async.sandbox"):
                session.run(python, "-m", program, "--version", external=True)
        session.run(pythons[-1], "-m", "kalshi_async", "--seconds", DEMO_SECONDS, external=True)


def installed(session: nox.Session, wheel: Path, version: str) -> str:
    """Install the wheel into a clean environment beside it; return that one's Python."""
    environment = wheel.parent / f"clean-{Path(version).name}"
    session.run("virtualenv", "--quiet", "--python", version, str(environment))
    python = str(environment / "bin" / "python")
    session.run(python, "-m", "pip", "install", "--quiet", f"{wheel}[sandbox]", external=True)
    return python


@nox.session
def newcomer(session: nox.Session) -> None:
    """Go from a fresh clone to a filled order by the README's own commands, with a clock beside it."""
    session.run("python", "-m", "tests.packaging.newcomer")


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo; arguments after ``--`` are its own."""
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "kalshi_async", *session.posargs)
