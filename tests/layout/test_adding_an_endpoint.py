"""The steps of CONTRIBUTING.md add an endpoint, and each step that is left out is missed by name.

``GET /exchange/announcements`` is made up. Its steps are applied to a copy of the tree, where the
tests that concern endpoints then run in a process of their own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.layout.house import ROOT, environment_of, in_copies

GUIDE = "CONTRIBUTING.md"
SECTION = "## Adding an endpoint"
COPIED = ("kalshi_async", "tests", "kalshi_async_pytest.py", "pyproject.toml")
NAME = "get_exchange_announcements"

# By name: a test may move to another folder and still concern endpoints.
CONCERNED = (
    *("test_every_endpoint", "test_fields", "test_samples", "test_query_arguments", "test_prices"),
    *("test_operations", "test_routes", "test_examples", "test_fuzz::test_every_operation_is_called"),
)
EXPLAINED = ("tests/docs/test_every_name_is_explained.py", "-k", "kalshi_async.contract.exchange")
"""The words of one page; the other pages do not change."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One place in a file: ``old`` stands there once and becomes ``new``; "" is the end of the file."""

    path: str
    new: str
    old: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered step of the guide: its edits, and what a failing test says when it is left out."""

    name: str
    edits: tuple[Edit, ...]
    missed: str


STRUCTS = '''

class Announcement(ReplyStruct, frozen=True, kw_only=True):
    """A message of the exchange to all members."""

    message: str
    """The text."""
    created_time: Time
    """When the announcement was made, in UTC."""


class AnnouncementsReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of the announcements."""

    announcements: list[Announcement]
    """All announcements, the newest first."""
'''

OPERATION = f'''

GET_EXCHANGE_ANNOUNCEMENTS = read(
    "{NAME}", "/exchange/announcements", AnnouncementsReply, signed=False
)
'''

METHOD = '''
    async def announcements(self) -> list[contract.Announcement]:
        """Return what the exchange announces to all members.

        GET /exchange/announcements, 10 read tokens; public.
        """
        return (await self._context.call(contract.GET_EXCHANGE_ANNOUNCEMENTS)).announcements
'''

HANDLER = f'''def {NAME}(call: Call) -> Reply:
    """Announce that the exchange is open, as of now."""
    created_time = fixed_point.timestamp(call.now_ms * 1_000)
    return ok({{"announcements": [{{"message": "the exchange is open", "created_time": created_time}}]}})


ROUTES = (
    Route(
        "{NAME}",
        "GET",
        "/exchange/announcements",
        {NAME},
        public=True,
    ),
'''

SAMPLE = f'''{{
  "operation": "{NAME}",
  "current": [
    {{
      "request": {{"method": "GET", "path": "/trade-api/v2/exchange/announcements"}},
      "response": {{
        "status": 200,
        "body": {{
          "announcements": [
            {{"message": "the exchange is open", "created_time": "2026-11-22T12:00:00Z"}}
          ]
        }}
      }}
    }}
  ]
}}
'''

ROWS = """  "structs": {
    "Announcement": {
      "message": {"type": "string", "required": true},
      "created_time": {"type": "string(date-time)", "required": true}
    },
    "GetExchangeAnnouncementsResponse": {
      "announcements": {"type": "array<Announcement>", "required": true}
    },
"""

HELD = """REPLIES: dict[str, type[msgspec.Struct]] = {
    "Announcement": exchange.Announcement,
    "GetExchangeAnnouncementsResponse": exchange.AnnouncementsReply,
"""

CONTRACT = "kalshi_async/contract/exchange.py"
STEPS = (
    Step("the structs", (Edit(CONTRACT, STRUCTS),), "name 'AnnouncementsReply' is not defined"),
    Step(
        "the operation",
        (Edit(CONTRACT, OPERATION),),
        f"the handler of {NAME} has no Operation",
    ),
    Step(
        "the method",
        (Edit("kalshi_async/resources/exchange.py", METHOD),),
        f"{NAME}: no docstring of a method in kalshi_async/resources/ has 'GET /exchange/announcements'",
    ),
    Step(
        "the handler",
        (Edit("kalshi_async/sandbox/edge/routes/status.py", HANDLER, "ROUTES = (\n"),),
        f"{NAME}: no handler in kalshi_async/sandbox/edge/routes/ answers it",
    ),
    Step(
        "the sample",
        (Edit(f"tests/samples/{NAME}.json", SAMPLE),),
        f"{NAME}: no sample of a success: tests/samples/{NAME}.json",
    ),
    Step(
        "the rows of the field table",
        (Edit("tests/contract/fields.json", ROWS, '  "structs": {\n'),),
        f"{NAME}: GetExchangeAnnouncementsResponse has no rows in tests/contract/fields.json",
    ),
    Step(
        "the struct of each row",
        (Edit("tests/contract/test_fields.py", HELD, "REPLIES: dict[str, type[msgspec.Struct]] = {\n"),),
        f"{NAME}: AnnouncementsReply has no line in REPLIES of tests/contract/test_fields.py",
    ),
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the tests need; all tests share it, because its modules are then compiled once."""
    copy = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            # Other tests may write compiled files meanwhile, which come and go.
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    return copy


def edit(tree: Path, *edits: Edit) -> None:
    """Undo all that was edited in the copy, then make these edits."""
    for path in {one.path for step in STEPS for one in step.edits}:
        if (ROOT / path).exists():
            shutil.copy2(ROOT / path, tree / path)
        else:
            (tree / path).unlink(missing_ok=True)
    for one in edits:
        target = tree / one.path
        text = target.read_text(encoding="utf-8") if target.exists() else ""
        assert not one.old or text.count(one.old) == 1, f"{one.path} must hold {one.old!r} once"
        changed = text.replace(one.old, one.new) if one.old else text + one.new
        target.write_text(changed, encoding="utf-8")


def run_tests(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quietly = ("-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest")
    command = (sys.executable, "-m", "pytest", *quietly, *arguments)
    return subprocess.run(
        command, cwd=tree, env=environment_of(tree), capture_output=True, text=True, check=False
    )


def concerned(tree: Path) -> list[str]:
    """Return the tests that concern endpoints; each name must be found."""
    found: list[str] = []
    for name in CONCERNED:
        file, _, test = name.partition("::")
        paths = sorted(tree.glob(f"tests/**/{file}.py"))
        assert paths, f"no test file is called {file}.py"
        found += [f"{path.relative_to(tree)}::{test}".removesuffix("::") for path in paths]
    return found


@in_copies
def test_the_steps_add_an_endpoint(tree: Path) -> None:
    edit(tree, *(one for step in STEPS for one in step.edits))
    for arguments in (concerned(tree), EXPLAINED):
        done = run_tests(tree, *arguments)
        assert done.returncode == 0, done.stdout


@in_copies
@pytest.mark.parametrize("forgotten", STEPS, ids=lambda step: step.name)
def test_a_step_that_is_left_out_is_missed_by_name(forgotten: Step, tree: Path) -> None:
    edit(tree, *(one for step in STEPS if step is not forgotten for one in step.edits))
    done = run_tests(tree, "tests/contract/test_every_endpoint.py")
    assert done.returncode != 0, done.stdout
    assert forgotten.missed in done.stdout + done.stderr


@in_copies
def test_a_struct_without_words_is_missed_by_name(tree: Path) -> None:
    silent = re.sub(r'    """.*"""\n', "", STRUCTS)
    edit(tree, Edit(CONTRACT, silent), Edit(CONTRACT, OPERATION))
    done = run_tests(tree, *EXPLAINED)
    assert done.returncode == 1, done.stdout
    assert "kalshi_async.contract.exchange.Announcement" in done.stdout


SLIPS = (
    (
        ("10 read tokens", "2 read tokens"),
        "tests/docs/test_prices.py",
        "GET /exchange/announcements is said to cost 2 read tokens, and costs 10 read tokens",
    ),
    (
        ("EXCHANGE_ANNOUNCEMENTS)", 'EXCHANGE_ANNOUNCEMENTS, query={"limit": 5})'),
        "tests/contract/test_query_arguments.py",
        f"{NAME}: limit not in parameters of its Route",
    ),
)
"""Slips in the method: what is written instead, the test that finds it, and what that says."""


@in_copies
@pytest.mark.parametrize(("slip", "suite", "missed"), SLIPS, ids=["price", "query"])
def test_a_slip_in_the_method_is_missed_by_name(
    slip: tuple[str, str], suite: str, missed: str, tree: Path
) -> None:
    edits = [one for step in STEPS for one in step.edits if one.new != METHOD]
    assert slip[0] in METHOD
    edit(tree, *edits, Edit("kalshi_async/resources/exchange.py", METHOD.replace(*slip)))
    done = run_tests(tree, suite)
    assert done.returncode == 1, done.stdout
    assert missed in done.stdout


def test_the_guide_has_these_steps_and_no_others() -> None:
    guide = (ROOT / GUIDE).read_text(encoding="utf-8").partition(SECTION)[2].partition("\n## ")[0]
    numbered = re.findall(r"^\d\. \*\*(.+?)\*\*(.*(?:\n   .*)*)", guide, re.MULTILINE)
    assert [name for name, _ in numbered] == [step.name for step in STEPS]
    for (name, text), step in zip(numbered, STEPS, strict=True):
        folders = {str(Path(one.path).parent) for one in step.edits}
        assert all(f"`{folder}/" in text or "same file" in text for folder in folders), f"{name}: {folders}"
