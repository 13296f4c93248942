"""``python -m kalshi_async`` as others run it: a process, its output and its exit code."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from kalshi_async import __version__
from kalshi_async.__main__ import main
from tests.stages.signals import hear_signals

DEMO = [sys.executable, "-m", "kalshi_async"]

real_time = pytest.mark.real_time


@real_time
def test_three_seconds_in_a_pipe_end_with_books_that_agree() -> None:
    began_s = time.monotonic()
    subprocess.run([*DEMO, "--version"], capture_output=True, timeout=60, check=True)
    start_s = time.monotonic() - began_s
    began_s = time.monotonic()
    run = subprocess.run([*DEMO, "--seconds", "3"], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert "\x1b" not in run.stdout
    assert run.stdout.count(" s left ") >= 4
    assert re.search(r"final P&L [+-]\d+\.\d+: agrees with the exchange's ledger", run.stdout)
    assert " 0 answered 429; 0 orders left resting" in run.stdout
    # The promise is three seconds more; a busy machine gets some grace, by how long a start takes there.
    assert time.monotonic() - began_s < 3 + 3 + max(5, 3 * start_s)


@real_time
@pytest.mark.parametrize(("times", "exit_code"), [(1, 0), (2, 130)])
def test_ctrl_c_gives_the_terminal_back(times: int, exit_code: int) -> None:
    """Once: it leaves in order and sums up. Twice: it goes at once."""
    text, returned = interrupted_in_a_terminal(times)
    assert returned == exit_code
    view, _, after = text.partition("\x1b[?25h\x1b[?1049l")
    assert view.startswith("\x1b[?1049h\x1b[?25l")
    assert "\x1b" not in after
    assert "Traceback" not in text
    assert ("agrees with the exchange's ledger" in after) is (times == 1)


def interrupted_in_a_terminal(times: int) -> tuple[str, int]:
    """Run the demo in a terminal, send Ctrl-C once it quotes; return what it wrote, and its exit code."""
    keyboard, terminal = pty.openpty()
    run = subprocess.Popen(
        [*DEMO, "--seconds", "600"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "60", "LINES": "24"},
        start_new_session=True,
        preexec_fn=hear_signals,
    )
    os.close(terminal)
    text = ""
    cues = ["quoting", "leaving"][:times]
    try:
        while chunk := read(keyboard):
            text += chunk
            # A second time only when it is seen that the first was heard.
            if cues and cues[0] in text:
                del cues[0]
                run.send_signal(signal.SIGINT)
        return text, run.wait(timeout=30)
    finally:
        run.kill()
        run.wait()
        os.close(keyboard)


def read(descriptor: int) -> str:
    try:
        return os.read(descriptor, 65_536).decode(errors="replace")
    except OSError:  # Linux says so when the other end of a terminal has closed
        return ""


@real_time
def test_a_reader_that_leaves_is_no_reason_for_a_traceback() -> None:
    run = subprocess.Popen(
        [*DEMO, "--seconds", "1.5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stderr is not None
    with run:
        assert run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == ""
        assert run.wait(timeout=60) == 0


@real_time
@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_one_line_says_what_to_install(missing: str) -> None:
    hide = f"import sys; sys.modules[{missing!r}] = None"
    start = "from kalshi_async.__main__ import main; sys.exit(main([]))"
    run = subprocess.run(
        [sys.executable, "-c", f"{hide}; {start}"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert missing in line
    assert 'pip install "kalshi-async[sandbox]"' in line


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"kalshi_async {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--seconds", "0"], "must be a positive number, was '0'"),
        (["--seconds", "inf"], "must be a positive number, was 'inf'"),
        (["--seconds", "soon"], "must be a positive number, was 'soon'"),
        (["--tier", "golden"], "tier must be one of"),
    ],
)
def test_a_wrong_argument_is_named(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert complaint in capsys.readouterr().err
