"""Every public name has words, and the words name nothing that is not there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import kalshi_async
from kalshi_async import sandbox
from tests.docs.pages import EXPLAINED_ELSEWHERE, FRONT_PAGES, PAGES, PARTLY
from tests.docs.published import Subject, is_named_by_its_class, subjects
from tests.docs.references import FOREIGN, dead_references, target_of

RESULTS = ("kalshi_async.resources.plans", "kalshi_async.resources.results")
PUBLIC_CONSTANTS = {name for page in (kalshi_async, sandbox) for name in page.__all__}


def lacks_words(subject: Subject) -> bool:
    if subject.words.strip() or subject.kind == "member":
        return False
    if subject.kind == "constant":
        return subject.name in PUBLIC_CONSTANTS
    if subject.kind != "attribute":
        return True
    return not is_named_by_its_class(subject) and subject.page not in EXPLAINED_ELSEWHERE


@pytest.mark.parametrize("page", [*PAGES, *PARTLY])
def test_every_name_of_a_page_is_explained(page: str) -> None:
    assert [str(subject) for subject in subjects(page) if lacks_words(subject)] == []


def modules_in(folder: str) -> list[str]:
    """Return the public modules of a folder of the package, on a page or not."""
    files = (Path(kalshi_async.__file__).parent / folder).glob("[!_]*.py")
    return sorted(f"kalshi_async.{folder}.{path.stem}" for path in files)


@pytest.mark.parametrize("page", [*modules_in("contract"), *modules_in("requests"), *RESULTS])
def test_every_field_of_a_request_or_reply_has_a_text_of_its_own(page: str) -> None:
    # An editor shows that text at the field; it shows no text of the class there.
    fields = [subject for subject in subjects(page) if subject.kind == "attribute"]
    assert [str(field) for field in fields if not field.words.strip()] == []


@pytest.mark.parametrize("front", FRONT_PAGES)
def test_every_exported_name_comes_from_a_page(front: str) -> None:
    # What comes from elsewhere would be shown without having been checked.
    exported = import_module(front)
    explained = {
        subject.name for page in (*PAGES, *PARTLY) for subject in subjects(page) if "." not in subject.name
    }
    assert [name for name in exported.__all__ if not name.startswith("__") and name not in explained] == []


def test_no_page_is_listed_twice() -> None:
    assert len({*PAGES, *PARTLY}) == len(PAGES) + len(PARTLY)


@pytest.mark.parametrize("page", [*PAGES, *PARTLY])
def test_every_reference_on_a_page_leads_somewhere(page: str) -> None:
    assert {str(subject): dead for subject in subjects(page) if (dead := dead_references(subject))} == {}


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("OutcomeUnknown", "kalshi_async.errors#OutcomeUnknown"),
        ("orders.cancel_all", "kalshi_async.resources.orders#Orders.cancel_all"),
        ("session.fills.history", "kalshi_async.resources.fills#Fills.history"),
        ("Paginator.collect", "kalshi_async.pagination.paginator#Paginator.collect"),
        ("sandbox.faults", "kalshi_async.sandbox.faults"),
        ("asyncio.Runner", FOREIGN),
        ("Session.no_such_method", None),
        ("kalshi_async.no_such_module", None),
        ("NoSuchClass", None),
    ],
)
def test_a_reference_leads_to_the_place_of_its_name(reference: str, target: str | None) -> None:
    assert target_of(reference, "kalshi_async.session") == target
