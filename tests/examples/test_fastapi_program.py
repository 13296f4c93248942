"""The FastAPI backend as a program: how it is started, how it ends, and what it asks before."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from examples.venue import MARKETS

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "examples" / "fastapi_backend").glob("*.py"))
PIPE = asyncio.subprocess.PIPE

pytestmark = pytest.mark.real_time


async def started(*arguments: str) -> asyncio.subprocess.Process:
    """Start Python in the project's folder, with a keyboard at which nobody sits."""
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert path.name == "__init__.py" or "Teaches: " in text.split('"""')[1]


def test_every_example_is_run_by_nox() -> None:
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    files = (ROOT / "examples").glob("*.py")
    programs = {path.stem for path in files if "__main__" in path.read_text(encoding="utf-8")}
    assert len(programs) == 7
    for name in (*programs, "fastapi_backend"):
        assert f'("{name}",' in noxfile


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
async def test_it_says_where_it_is_and_ends_when_it_is_told_to(number: signal.Signals, code: int) -> None:
    program = await started("-m", "examples.fastapi_backend", "--port", "0")
    assert program.stdout is not None
    where = (await program.stdout.readline()).decode().removeprefix("open ").strip()
    async with httpx.AsyncClient(base_url=where) as client:
        assert (await client.post("/api/login", json={})).status_code == 204
        async with client.stream("GET", "/api/events") as stream:
            async for line in stream.aiter_lines():
                if line == "event: portfolio":
                    break
            program.send_signal(number)
            _, said = await program.communicate()
    assert program.returncode == code
    # Its switch says at once that it works, and no more.
    assert [line[:24] for line in said.splitlines()] == [b"shutting down subaccount"], said


async def test_it_ends_by_itself() -> None:
    program = await started("-m", "examples.fastapi_backend", "--port", "0", "--seconds", "0.1")
    _, said = await program.communicate()
    assert (program.returncode, said) == (0, b"")


@pytest.mark.parametrize("environment", ["demo", "production"])
async def test_nothing_is_served_in_earnest_without_the_word(environment: str) -> None:
    program = await started("-m", "examples.fastapi_backend", "--environment", environment)
    _, said = await program.communicate()
    assert program.returncode == 1
    assert b"nothing was sent" in said


async def test_importing_the_app_opens_nothing() -> None:
    program = await started(
        "-W", "error", "-c", "from examples.fastapi_backend.app import app; print(app.title)"
    )
    said, _ = await program.communicate()
    assert said == b"A trading backend\n"


async def test_under_plain_uvicorn_it_ends_although_a_page_is_open() -> None:
    # uvicorn waits for its connections first: the stream must notice by itself.
    program = await started("-m", "uvicorn", "examples.fastapi_backend.app:app", "--port", "0")
    assert program.stderr is not None
    while b"Uvicorn running on" not in (line := await program.stderr.readline()):
        assert line
    where = line.decode().partition(" on ")[2].split()[0]
    async with httpx.AsyncClient(base_url=where) as client:
        assert (await client.post("/api/login", json={})).status_code == 204
        order = {"ticker": MARKETS[0], "side": "bid", "count": 1, "price": "0.01"}
        assert (await client.post("/api/orders", json=order)).status_code == 201
        async with client.stream("GET", "/api/events") as stream:
            lines = stream.aiter_lines()  # kept: without it, the response would be closed after the loop
            async for text in lines:
                if text == "event: portfolio":
                    break
            program.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(20):
                    _, said = await program.communicate()
            finally:
                if program.returncode is None:
                    program.kill()
                    await program.communicate()
    # The lifespan raises, and uvicorn says "shutdown failed", unless each dead-man switch is confirmed.
    assert b"Application shutdown complete" in said
    assert b"Traceback" not in said


def test_it_says_that_it_is_for_one_worker() -> None:
    text = (ROOT / "examples" / "fastapi_backend" / "__init__.py").read_text(encoding="utf-8")
    assert "It is for one worker." in text
