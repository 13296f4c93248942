"""Every public name has words, and the words name nothing that is not there."""

from __future__ import annotations

from importlib import import_module

import pytest

import kalshi_async
from kalshi_async import sandbox
from tests.docs.pages import EXPLAINED_ELSEWHERE, FRONT_PAGES, PAGES, PARTLY
from tests.docs.published import CODE, Subject, meaning, subjects

PUBLIC_CONSTANTS = {name for page in (kalshi_async, sandbox) for name in page.__all__}


def lacks_words(subject: Subject) -> bool:
    if subject.words.strip() or subject.kind == "member":
        return False
    if subject.kind == "constant":
        return subject.name in PUBLIC_CONSTANTS
    if subject.kind != "attribute":
        return True
    name = subject.name.rpartition(".")[2]
    named = {word for code in CODE.findall(subject.owner) for word in code.split(".")}
    return name not in named and not meaning(subject) and subject.page not in EXPLAINED_ELSEWHERE


@pytest.mark.parametrize("page", [*PAGES, *PARTLY])
def test_every_name_of_a_page_is_explained(page: str) -> None:
    assert [str(subject) for subject in subjects(page) if lacks_words(subject)] == []


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
