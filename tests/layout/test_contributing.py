"""CONTRIBUTING.md and docs/architecture.md are true: drawing, chain of imports, owners, checks.

The table has a row for every nox session and for every line of ``.ci/run``; its minutes add up.
"""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.layout.house import PACKAGE, ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NOXFILE = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ALLOWED_MINUTES = 50

# The two commands that .ci/run takes from the README, by the variable that holds each.
README_COMMANDS = {'"$test_command"': "tests", '"$demo_command"': "demo"}


@dataclass(frozen=True, slots=True)
class Row:
    """One check of the table."""

    check: str  # a session, with its arguments where .ci/run gives some
    is_in_ci: bool
    minutes: float

    @property
    def session(self) -> str:
        return self.check.partition(" ")[0]


def rows() -> list[Row]:
    pattern = r"^\| `([^`]+)` \| (yes|no) \| (?:about )?([\d.]+) \| .+ \|$"
    return [Row(check, ci == "yes", float(m)) for check, ci, m in re.findall(pattern, GUIDE, re.MULTILINE)]


def sessions() -> set[str]:
    """Return the names of the nox sessions, from the source: nox is not installed with the tests."""
    return {
        node.name
        for node in NOXFILE.body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def lines_of_ci() -> Iterator[str]:
    """Yield every command of ``.ci/run`` that checks something: those that stand at the margin."""
    for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines():
        if line.startswith(("run ", "bash ", ".venv/")):
            yield line


def checks_of(line: str) -> list[str]:
    """Return the checks that one line of ``.ci/run`` runs, as the table spells them."""
    for variable, session in README_COMMANDS.items():
        if line == f"bash -euo pipefail -c {variable}":
            return [session]
    words = shlex.split(line)
    assert words[:3] == ["run", ".venv/bin/nox", "-s"], f"a line of .ci/run that no row can name: {line}"
    return [" ".join(words[3:])] if "--" in words else words[3:]


def constant(name: str) -> object:
    """Return a literal of the noxfile."""
    (value,) = (
        node.value
        for node in NOXFILE.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )
    return eval(compile(ast.Expression(value), "noxfile.py", "eval"), {})


def test_every_nox_session_has_its_row() -> None:
    assert sessions() == {row.session for row in rows()}


def test_every_line_of_ci_has_its_row() -> None:
    run = [check for line in lines_of_ci() for check in checks_of(line)]
    assert len(run) > 15
    assert sorted(run) == sorted(row.check for row in rows() if row.is_in_ci)


def test_a_line_of_ci_is_read_with_its_arguments() -> None:
    # Guards the guard: a slice is another check than the whole.
    assert checks_of("run .venv/bin/nox -s lint types") == ["lint", "types"]
    assert checks_of("run .venv/bin/nox -s soak -- --lifecycles 5") == ["soak -- --lifecycles 5"]


def test_no_check_has_two_rows() -> None:
    checks = [row.check for row in rows()]
    assert len(checks) == len(set(checks)) > 20


def test_the_minutes_add_up_to_what_is_allowed() -> None:
    (together,) = re.findall(r"^\| \*\*together\*\* \| \| \*\*(\d+)\*\* \|", GUIDE, re.MULTILINE)
    assert round(sum(row.minutes for row in rows() if row.is_in_ci)) == int(together) <= ALLOWED_MINUTES


def test_the_quick_tests_exist() -> None:
    # The session looks for them by name: one that is not found would not be run, and not be missed.
    names = constant("QUICK_TESTS")
    assert isinstance(names, tuple)
    assert [name for name in names if not list(ROOT.glob(f"tests/**/{name}.py"))] == []


def test_the_hooks_before_a_commit_are_the_commands_of_the_lint_session() -> None:
    hooks = re.findall(r"^ +entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text(), re.MULTILINE)
    (style,) = (
        node for node in NOXFILE.body if isinstance(node, ast.FunctionDef) and node.name == "check_style"
    )
    commands = [
        " ".join(ast.literal_eval(argument) for argument in call.args if ast.literal_eval(argument) != ".")
        for call in ast.walk(style)
        if isinstance(call, ast.Call)
    ]
    assert sorted(hooks) == sorted(commands)


def extra(name: str) -> set[str]:
    """Return the packages of an extra, and of the extras that it names."""
    found: set[str] = set()
    for requirement in PROJECT["project"]["optional-dependencies"][name]:
        package, *below = re.findall(r"[\w-]+", requirement.partition("]")[0].split(">")[0])
        found |= set().union(*(extra(one) for one in below)) if below else {package}
    return found


def test_every_program_of_the_guide_is_installed_by_it() -> None:
    programs = set(re.findall(r"\.venv/bin/(?:python -m )?([\w-]+)", GUIDE)) - {"pip"}
    by_a_step = {
        name for line in re.findall(r"`\.venv/bin/pip install ([\w ]+)`", GUIDE) for name in line.split()
    }
    assert programs >= {"nox", "pytest", "pre-commit", "build", "twine"}
    assert programs - extra("dev") - by_a_step == set()
    bare = re.findall(r"`(?:python -m )?(?:nox|pytest|pre-commit|build|twine) [^`]*`", GUIDE)
    assert [command for command in bare if not command.startswith("`nox -")] == []


def test_a_file_of_the_tests_is_named_with_its_folder() -> None:
    # "cases_account.py" alone leaves the reader to search.
    names = set(re.findall(r"`(\w+\.py)`", GUIDE))
    assert {name for name in names if not list(PACKAGE.rglob(name))} == {"walls.py"}  # beside test_walls.py


def drawing() -> str:
    (block,) = re.findall(r"```text\n(kalshi_async/\n.*?)```", GUIDE, re.DOTALL)
    return str(block)


def drawn_layers() -> list[list[str]]:
    """Return the names of each line of the client's half; two blanks end a name, the last part explains."""
    client, _, _ = drawing().partition("\n\n")
    lines = [re.split(r" {2,}", line.strip()) for line in client.splitlines()[1:]]
    return [[name.rstrip("/") for name in names] for *names, _ in lines if names[0] != "|"]


def test_the_drawing_has_the_order_of_imports() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if "layers" in contract)
    assert drawn_layers() == [re.findall(r"\w+", layer) for layer in layers]


def test_the_chain_in_the_architecture_is_that_of_the_contract() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (chain,) = re.findall(r"^`session` →(?:.|\n(?!\n))*", page, re.MULTILINE)
    below = [set(re.findall(r"`(\w+)`", link)) for link in chain.split("→")]
    layers = [set(names) for names in drawn_layers()]
    assert below == layers[layers.index({"session"}) :]


def test_the_owners_of_state_are_where_the_architecture_says() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    owners = re.findall(r"`(\w+)`(?: per origin)?, in `([\w/]+\.py)` \|", page)
    assert len(owners) > 10
    for name, path in owners:
        assert f"class {name}" in (ROOT / path).read_text(encoding="utf-8"), f"{name} is not in {path}"


def test_the_drawing_has_every_folder() -> None:
    drawn = set(re.findall(r"(\w+)/", drawing()))
    folders = {path.parent.name for path in PACKAGE.rglob("__init__.py")}
    assert {"kalshi_async", *folders} - {"routes"} <= drawn
