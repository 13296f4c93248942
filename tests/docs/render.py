"""Render the pages with pdoc: ``python -m tests.docs.render --out FOLDER``. Warnings are errors.

pdoc shows what it finds at run time; four things it is told. The names of the package, which
load on demand, are loaded first. A page lists the pages below it. A namespace of a session gets
a reference to its page. Names in double backticks become links, by the same rules by which the
tests find dead ones, and blocks that are Python are coloured as Python. At the end every link
within the pages is followed once.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
import warnings
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pdoc
import pdoc.doc
import pdoc.render
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from pdoc.render_helpers import link, linkify

import kalshi_async
from kalshi_async import sandbox
from tests.docs.code_blocks import is_code, passages
from tests.docs.pages import PAGES
from tests.docs.published import subjects
from tests.docs.references import is_reference, name_in, target_of

# Not those of fenced blocks, which follow a <pre> and an empty <span>.
_CODE = re.compile(r"(?<!</span>)<code>([^<]*)</code>")
_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
_LINK = re.compile(r'href="([^"#:]*)(?:#([^"]*))?"')
_ANCHOR = re.compile(r'\bid="([^"]*)"')


def render(folder: Path) -> list[str]:
    """Write all pages into a folder; return the links that lead nowhere."""
    for name in _public(kalshi_async):
        getattr(kalshi_async, name)
    modules = {page: pdoc.doc.Module(import_module(page)) for page in PAGES}
    for module in modules.values():
        _prepare(module, modules)
    pdoc.render.configure(docformat="markdown", footer_text=f"kalshi_async {kalshi_async.__version__}")
    pdoc.render.env.filters |= {"to_markdown": _markdown, "linkify": _linkify, "link": _link}
    for page, module in modules.items():
        _write(folder / f"{page.replace('.', '/')}.html", pdoc.render.html_module(module, modules))
    _write(folder / "index.html", pdoc.render.html_index(modules))
    _write(folder / "search.js", pdoc.render.search_index(modules))
    return _dead_links(folder)


def _public(package: ModuleType) -> list[str]:
    """Return ``__all__``: an argument, because that of ``kalshi_async`` is hidden from type checkers."""
    return list(package.__all__)


def _prepare(module: pdoc.doc.Module, modules: dict[str, pdoc.doc.Module]) -> None:
    below = [other for page, other in modules.items() if page.rpartition(".")[0] == module.modulename]
    module.submodules = sorted(below, key=lambda page: page.modulename)
    for name, member in list(module.members.items()):
        if isinstance(member, pdoc.doc.Variable):
            member.docstring = member.docstring or _constants().get(name, "")
            if not member.docstring:
                del module.members[name]  # a constant that is nobody's business, or a line of a table
        elif isinstance(member, pdoc.doc.Module):
            del module.members[name]  # listed above as a page, or not at all
        elif isinstance(member, pdoc.doc.Class):
            _explain(member)


@cache
def _constants() -> dict[str, str]:
    """Return the words about the public constants, which stand where each of them is made."""
    exported = {*_public(kalshi_async), *_public(sandbox)}
    everything = (subject for page in PAGES for subject in subjects(page))
    found = {one.name: one.words for one in everything if one.kind == "constant" and one.name in exported}
    return {**found, "__version__": "The version of this package."}


def _explain(shown: pdoc.doc.Class) -> None:
    for field in shown.members.values():
        if isinstance(field, pdoc.doc.Variable) and not field.docstring:
            field.docstring = _namespace(shown, field.name)


def _namespace(shown: pdoc.doc.Class, name: str) -> str:
    """Return a reference to what a session holds under a name, "" for anything else."""
    is_of_a_session = isinstance(shown.obj, type) and issubclass(shown.obj, kalshi_async.SessionView)
    target = target_of(f"session.{name}", shown.modulename) if is_of_a_session else None
    return f"See ``{target.replace('#', '.')}``." if target else ""


def _markdown(docstring: str) -> str:
    """Fence the blocks of a docstring: those that are Python as Python."""
    parts = []
    for passage in passages(docstring):
        if passage.is_block:
            parts.append(f"\n```{'python' if is_code(passage.text) else 'text'}\n{passage.text}\n```\n")
        else:
            parts.append(re.sub(r"::$", ":", passage.text, flags=re.MULTILINE))
    return "\n".join(parts)


@pass_context
def _linkify(context: Context, shown: str, namespace: str = "", shorten: bool = True) -> Markup:
    """Link the names in a docstring; those in signatures (to be shortened) are pdoc's matter."""
    if shorten:
        return linkify(context, shown, namespace, shorten)
    module: pdoc.doc.Module = context["module"]
    return Markup(_CODE.sub(lambda code: _linked(code, module, namespace), shown))


@pass_context
def _link(context: Context, spec: tuple[str, str], text: str | None = None) -> Markup:
    """Link a base class, unless it is private: such a one is on no page."""
    is_private = any(part.startswith("_") for part in spec[1].split("."))
    return Markup("{}").format(text or spec[1]) if is_private else link(context, spec, text)


def _linked(code: re.Match[str], module: pdoc.doc.Module, name: str) -> str:
    reference = name_in(html.unescape(code[1]))
    target = target_of(reference, module.modulename, name) if reference else None
    if not target or not reference:
        return code[0]
    page, _, anchor = target.partition("#")
    if anchor and module.get(anchor) is not None:
        return f'<a href="#{anchor}">{code[0]}</a>'
    # A word in lower case is more often a parameter than the name of something elsewhere.
    if page == module.modulename or not is_reference(reference):
        return code[0]
    return f'<a href="{_way(module.modulename, page)}{"#" if anchor else ""}{anchor}">{code[0]}</a>'


def _way(page: str, other: str) -> str:
    """Return the relative address of another page."""
    return "../" * page.count(".") + other.replace(".", "/") + ".html"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _dead_links(folder: Path) -> list[str]:
    written = {path: _SCRIPT.sub("", path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    anchors = {path.resolve(): set(_ANCHOR.findall(text)) for path, text in written.items()}
    dead = []
    for path, text in written.items():
        for address, anchor in _LINK.findall(text):
            target = (path.parent / address).resolve() if address else path.resolve()
            if target not in anchors or (anchor and anchor not in anchors[target]):
                dead.append(f"{path.relative_to(folder)}: {address}#{anchor}")
    return dead


def main() -> int:
    """Render, and say how many pages there are."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.render", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/documentation"), metavar="FOLDER")
    folder: Path = parser.parse_args().out
    warnings.simplefilter("error")
    dead = render(folder)
    print(*(f"dead link: {link}" for link in dead), sep="\n", end="\n" if dead else "")
    print(f"{len(PAGES)} pages, {len(dead)} dead links: {folder / 'index.html'}")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
