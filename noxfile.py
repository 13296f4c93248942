"""Every check of the project. ``nox -l`` lists them; each has a virtual environment of its own."""

from __future__ import annotations

import hashlib
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
NOT_THE_CLIENT = "*/sandbox/*,*/demo/*,*/kalshi_async/__main__.py"
DEMO_SECONDS = "3"
# One process per core; the tests of one file run in order in one process. Plain pytest works too.
IN_PARALLEL = ("--numprocesses=auto", "--dist=loadfile")
# Every example, with the arguments that make it end. tests/examples checks that none is missing.
EXAMPLES = (
    ("quickstart",),
    ("market_maker", "--seconds", "3"),
    ("trading_engine", "--seconds", "3"),
    ("export_fills", "--seconds", "3"),
    ("risk_watch", "--seconds", "3"),
    ("kill_switch",),
    ("watch", "--seconds", "3"),
    ("fastapi_backend", "--seconds", "3", "--port", "0"),
)
# What ``quick`` runs, by file name: shapes, every operation against the exchange, the engine, the house.
QUICK_TESTS = (
    *("test_layout", "test_walls", "test_contributing", "test_public_names", "test_every_name_is_explained"),
    *("test_every_endpoint", "test_fields", "test_samples", "test_operations"),
    *("test_validation", "test_bodies", "test_outgoing", "test_decoding", "test_retry", "test_throttle"),
    *("test_matching", "test_money"),
)
# Suites whose sessions speak to a served exchange through a transport of their own making.
OVER_SOCKETS = (
    *("tests/account", "tests/calls", "tests/certainty", "tests/pagination", "tests/resources"),
    *("tests/sandbox/faults", "tests/session", "tests/signing", "tests/transport/test_sockets.py"),
)
# The vendor's SDKs, today's and that of the 2025 reference, each with the script that drives it.
VENDOR_SDKS = {
    "today": ("kalshi_python_async==3.34.0", "tests.differential"),
    "2025": ("kalshi-python==2.1.4", "tests.api2025.differential"),  # api2025
}

# Clients of other authors, each in an environment of its own: their requirements may conflict.
CLIENTS = {
    "official": "kalshi_python_async==3.34.0",
    "kalshi_sdk": "kalshi-sdk==22.4.0",
    "pykalshi": "pykalshi==2.0.0",
    "pykalshi_client": "pykalshi-client==1.3.0",
    "official_sync": "kalshi-python-sync==3.34.0",
    # No client: every frame held against the vendor's field table.
    "websockets": "websockets",
}


def interpreters() -> list[str]:
    """Return the supported Pythons that start: a pyenv shim can exist without its version."""
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
    """Check style, formatting, spelling and the direction of imports."""
    session.install("-e", ".[lint]")
    check_style(session)


def check_style(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell", "--dictionary=-", "--dictionary=tests/docs/venue_words.txt")
    session.run("lint-imports")


@nox.session
def quick(session: nox.Session) -> None:
    """Check before a commit, in less than a minute: style, types with a warm cache, some fast tests."""
    install_once(session, ".[lint,types]")
    check_style(session)
    session.run("mypy", *existing(*SOURCES))
    tests = [str(path) for name in QUICK_TESTS for path in sorted(Path("tests").rglob(f"{name}.py"))]
    session.run("pytest", "--quiet", *tests, *session.posargs)


def install_once(session: nox.Session, requirement: str) -> None:
    """Install the tree, unless its requirements are those of the last time: pip takes its seconds."""
    wanted = hashlib.sha256(Path("pyproject.toml").read_bytes() + requirement.encode()).hexdigest()
    installed = Path(session.virtualenv.location) / "installed"
    if installed.exists() and installed.read_text() == wanted:
        return
    session.install("-e", requirement)
    installed.write_text(wanted)


@nox.session
def types(session: nox.Session) -> None:
    """Check all types with mypy --strict. The files of tests/typing are only checked, never run."""
    session.install("-e", ".[types]")
    session.run("mypy", *existing(*SOURCES))


@nox.session(python=interpreters())
def tests(session: nox.Session) -> None:
    """Run the tests on every supported Python that is installed; on the newest with their coverage."""
    session.install("-e", ".[test]")
    if session.python == SUPPORTED[-1] and not session.posargs:
        measure_coverage(session)
    else:
        session.run("pytest", *IN_PARALLEL, *session.posargs)


@nox.session(python=SUPPORTED[-1])
def coverage(session: nox.Session) -> None:
    """Measure branch coverage of the tests, as ``tests`` does on the newest Python."""
    session.install("-e", ".[test]")
    measure_coverage(session)


def measure_coverage(session: nox.Session) -> None:
    """Run the tests and measure the branches that they reach, subprocesses included."""
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *IN_PARALLEL)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    # Full coverage of the client itself: there an untested branch can cost money.
    session.run("coverage", "report", f"--omit={NOT_THE_CLIENT}", "--fail-under=100")


@nox.session
def faults(session: nox.Session) -> None:
    """Run the tests of faults, one hour of trading in virtual time, and the matrix of certainty."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/sandbox/faults", "--durations=3")
    session.run("python", "-m", "tests.sandbox.trading_hour")
    # Every write, fault, position, cancellation and order of checks; a slice with --cases N.
    session.run("python", "-m", "tests.certainty", *session.posargs)


@nox.session
def outages(session: nox.Session) -> None:
    """Play faults that last for seconds, with lagging reads and wrong clocks; ``-- --case N`` for one."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.outages", *session.posargs)


@nox.session
def mirror(session: nox.Session) -> None:
    """Play 1,000 lives of mirrors over links that fail, and 1,000 that lose frames; ``-- --lives N``."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.mirror.lives", *session.posargs)
    session.run("python", "-m", "tests.mirror.lives", "--drops", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Trade 50,000 orders under outages; ``-- --lifecycles N`` for fewer, ``--seed`` to repeat a run."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.certainty.soak", *session.posargs)


@nox.session
def hostile(session: nox.Session) -> None:
    """Hang up 1,000 times in mid-body, send 200 MB unsigned and drip a head, at an exchange process."""
    session.install("-e", ".[test]")
    full = {"KALSHI_ASYNC_HOSTILE": "full"}
    session.run("pytest", "tests/sandbox/process", "-rP", *session.posargs, env=full)


@nox.session
def sigkill(session: nox.Session) -> None:
    """Kill a process between request and reply, 200 times, and resolve the order in another process."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.certainty.sigkill", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Mutate 100,000 replies, 10,000 requests, 100,000 frames; arguments after ``--`` go to the fuzzer."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Break the code in 160 small ways and count how often the tests notice: 20 minutes or more."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session
def throttle(session: nox.Session) -> None:
    """Offer three times the budget at every tier: alone, and with another client on the same account."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/account", "--durations=3", env={"BUDGET_ORDERS": "10000"})
    session.run("python", "-m", "tests.account", *session.posargs)
    session.run("python", "benchmarks/throttle.py")


@nox.session
def two_processes(session: nox.Session) -> None:
    """Let two processes quote and cancel on one key for 20 s; ``-- --seconds N`` for another time."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.account.two_processes", *session.posargs)


@nox.session
def plugin(session: nox.Session) -> None:
    """Use the pytest plugin in a project that installs the wheel, without the extra and with it."""
    session.install("build", "virtualenv")
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder)
        session.run("python", "-m", "build", "--wheel", "--outdir", folder)
        (wheel,) = outside.glob("*.whl")
        session.run("virtualenv", "--quiet", str(outside / "theirs"))
        python = str(outside / "theirs" / "bin" / "python")
        project = outside / "project"
        project.mkdir()
        session.run("python", "tests/plugin/foreign_project.py", str(project))
        session.chdir(project)
        install = (python, "-m", "pip", "install", "--quiet")
        session.run(*install, "pytest", external=True)
        session.run(python, "-m", "pytest", "test_theirs.py", external=True)
        session.run(*install, str(wheel), external=True)
        session.run(python, "-m", "pytest", "test_theirs.py", external=True)
        session.run(*install, f"{wheel}[sandbox]", "pytest-asyncio", external=True)
        for _ in range(2):  # the first run also compiles: only the durations of the second count
            session.run(python, "-m", "pytest", "test_bot.py", "--durations=3", external=True)
        session.run(python, "-m", "pytest", external=True)


@nox.session(python="3.13")
@nox.parametrize("sdk", list(VENDOR_SDKS), ids=list(VENDOR_SDKS))
def differential(session: nox.Session, sdk: str) -> None:
    """Run the same trading day with an official SDK and with ours, and compare replies and ledgers."""
    requirement, script = VENDOR_SDKS[sdk]
    session.install("-e", ".[sandbox]", requirement)
    session.run("python", "-m", script)
    session.run("python", "-m", "tests.differential.migrating", sdk)


@nox.session(python="3.13")
@nox.parametrize("client", list(CLIENTS), ids=list(CLIENTS))
def clients(session: nox.Session, client: str) -> None:
    """Let a client of other authors read every row and stream, and call all market data that it knows."""
    session.install("-e", ".[sandbox]", CLIENTS[client])
    session.run("python", "-m", "tests.clients", client)


@nox.session
def streams(session: nox.Session) -> None:
    """Play 1,000 lives of streams over links that fail (``-- --lives N`` for fewer), cancel 10,000 times."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.streams.lives", *session.posargs)
    times = ("--times", "500") if session.posargs else ()
    session.run("python", "-m", "tests.streams.cancellation", *times)


@nox.session
def invariants(session: nox.Session) -> None:
    """Check the engine on 1,000 random exchanges of each kind."""
    session.install("-e", ".[test]")
    lives = {"INVARIANT_RUNS": "1000"}
    suite = "tests/sandbox/engine/test_invariants.py"
    session.run("pytest", suite, "--durations=2", *session.posargs, env=lives)


@nox.session
def books(session: nox.Session) -> None:
    """Live 3,000 random lives of live books, on one connection and on two."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.streams.books", *session.posargs)


@nox.session
def candles(session: nox.Session) -> None:
    """Compare the candles of 1,000 random lives with those of a naive model of their trades."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.candles", *session.posargs)


@nox.session
def fees(session: nox.Session) -> None:
    """Charge 10,000 orders as quoted, and add up 2,000 lives of accounts to the last digit."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.fees", *session.posargs)


@nox.session
def copies(session: nox.Session) -> None:
    """Change copies of the tree: delete the API of 2025, add an endpoint; test a part, or ``--whole``."""
    session.install("-e", ".[test,lint]")
    suites = ("tests/layout/test_without_api2025.py", "tests/layout/test_adding_an_endpoint.py")
    part = "whole" if "--whole" in session.posargs else "part"
    session.run("pytest", *suites, env={"COPIES": part})


@nox.session
def transport(session: nox.Session) -> None:
    """Test httpx's own transport like ours, with 10,000 cancellations and streams, then sessions over it."""
    session.install("-e", ".[test]")
    session.run("pytest", "--all-transports", "tests/transport")
    session.run("python", "-m", "tests.transport.http1.streams")
    session.run("python", "-m", "tests.transport.http1.cancellation")
    # What the default run does over our own transport.
    over_httpx = "--base-transport=stock"
    session.run("pytest", over_httpx, *OVER_SOCKETS)
    session.run("python", "-m", "tests.certainty", over_httpx, "--cases", "300")
    session.run("python", "-m", "tests.certainty.soak", over_httpx, "--served", "--lifecycles", "500")


@nox.session
def frames(session: nox.Session) -> None:
    """Test rows with pandas and polars. Not part of the tests, because the two take 300 MB."""
    session.install("-e", ".[test,frames]")
    session.run("pytest", "tests/pagination/test_tables.py", *session.posargs)


@nox.session(python="3.13")
def bench(session: nox.Session) -> None:
    """Compare with the other SDKs: ``-- --out FOLDER [--quick]`` writes the tables into FOLDER."""
    session.install("cryptography")
    environments = str(Path(session.create_tmp()) / "environments")
    session.run("python", "-m", "benchmarks.compare", "--environments", environments, *session.posargs)
    if "--only" not in session.posargs:
        streams = ("-m", "benchmarks.compare.streams", "--environments", environments)
        session.run("python", *streams, *session.posargs)


@nox.session
def bench_engine(session: nox.Session) -> None:
    """Measure the embedded exchange with few rounds; ``python benchmarks/engine.py`` runs more."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/engine.py", "--quick")


@nox.session
def bench_books(session: nox.Session) -> None:
    """Measure live books against the fewest lines that keep one; ``python benchmarks/books.py`` runs more."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/books.py", "--quick")


@nox.session
def load(session: nox.Session) -> None:
    """Load an exchange process; check memory and a clean stop. ``-- --seconds 3600`` for longer."""
    session.install("-e", ".[sandbox]")
    session.run("python", "benchmarks/load.py", *session.posargs)


@nox.session
def examples(session: nox.Session) -> None:
    """Run every example on the embedded exchange, then their tests, some of them in Chromium."""
    if shutil.which("chromium") is None:
        session.error("examples/fastapi_backend is tested in a browser: apt-get install chromium")
    session.install("-e", ".[test,examples]", "playwright>=1.45")
    source = {"PYTHONPATH": str(Path.cwd())}
    # In a temporary folder, because some examples write a file.
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        for program, *arguments in EXAMPLES:
            session.run("python", "-m", f"examples.{program}", *arguments, env=source)
    # With CI set, the browser tests fail if there is no browser; otherwise they are skipped.
    session.run("pytest", "tests/examples", *session.posargs, env={"CI": "true"})


@nox.session
def docs(session: nox.Session) -> None:
    """Render the docstrings into ``-- --out FOLDER``. Warnings and dead links are errors.

    pdoc renders them: it needs no separate pages (Sphinx and mkdocs do), the authors of mitmproxy
    maintain it, and a program can pass it modules, which our lazily imported names need.
    """
    session.install("-e", ".[docs]")
    session.run("pytest", "tests/docs/test_every_name_is_explained.py", "tests/docs/test_docstring_code.py")
    session.run("python", "-m", "tests.docs.render", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build and check both archives; trade with the wheel on every Python, outside of the source tree."""
    session.install("build", "check-wheel-contents", "twine", "virtualenv")
    trade_once = Path("tests/packaging/trade_once.py").resolve()
    # Not in nox's own temporary folder, which is in the source tree.
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder)
        session.run("python", "-m", "build", "--outdir", folder)
        (wheel,), (sdist,) = outside.glob("*.whl"), outside.glob("*.tar.gz")
        session.run("python", "-m", "build", "--wheel", "--outdir", str(outside / "from_tree"))
        from_tree = str(outside / "from_tree" / wheel.name)
        session.run("python", "-m", "tests.packaging.archives", str(wheel), from_tree)
        session.run("twine", "check", "--strict", str(wheel), str(sdist))
        session.run("check-wheel-contents", str(wheel))
        session.chdir(outside)
        pythons = [installed(session, wheel, version) for version in interpreters()]
        for python in pythons:
            session.run(python, str(trade_once), external=True)
            for program in ("kalshi_async", "kalshi_async.sandbox"):
                session.run(python, "-m", program, "--version", external=True)
        session.run(pythons[-1], "-m", "kalshi_async", "--seconds", DEMO_SECONDS, external=True)


def installed(session: nox.Session, wheel: Path, version: str) -> str:
    """Install the wheel into a new environment beside it; return the Python of that environment."""
    environment = wheel.parent / f"clean-{Path(version).name}"
    session.run("virtualenv", "--quiet", "--python", version, str(environment))
    python = str(environment / "bin" / "python")
    session.run(python, "-m", "pip", "install", "--quiet", f"{wheel}[sandbox]", external=True)
    return python


@nox.session
def newcomer(session: nox.Session) -> None:
    """Go from a fresh clone to a filled order with the README's commands, and measure the time."""
    session.run("python", "-m", "tests.packaging.newcomer")


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo; arguments after ``--`` go to it."""
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "kalshi_async", *session.posargs)
