"""Which cases there are: the whole matrix, and a small seeded slice of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

from kalshi_async.sandbox.settings import CreateCheck
from tests.certainty.case import Case
from tests.certainty.interference import APPLICATION, EVENTS, LEADS, REFUSED_CONNECTION, WIRE
from tests.certainty.scenes import CREATES, SCENES

CANCELED = ("in flight", "in between")
CANCELED_AFTER = ("", "lost after applying", "reset after applying")
DOUBTFUL = ("lost after applying", "lost before applying", "too late", "503 after applying")
ON_READS = ("empty page", "garbage cursor", "repeated cursor", "503 before applying", "reads lag more")
ONE_ORDER = tuple(CreateCheck)
LAGS_MS = (0, 400, 700)
"""None, that of the demo (360 ms in 2026-06), and one that outlasts the first waits between attempts."""

# Each check first once: of several that would refuse, the first in order answers.
FIRST_CHECKS = tuple((first, *(check for check in ONE_ORDER if check is not first)) for first in ONE_ORDER)
ALL_ORDERS = tuple(itertools.permutations(ONE_ORDER))


def matrix() -> list[Case]:
    """Return every case, each with a seed of its own, and with a lag of the reads that it draws."""
    cases = [*_everywhere("application"), *_everywhere("wire"), *_races(), *_blind_settling()]
    unique = list(dict.fromkeys(cases))
    return [replace(case, seed=seed, lag_ms=_lag_ms(seed)) for seed, case in enumerate(unique)]


def slice_of(count: int, seed: int) -> list[Case]:
    """Return a few cases of the matrix, drawn by a seed."""
    return random.Random(f"certainty {seed}").sample(matrix(), count)


def _everywhere(road: str) -> Iterator[Case]:
    """Every operation, fault and position; canceled or not, and a create under each first check."""
    faults = [*APPLICATION] if road == "application" else [*WIRE, REFUSED_CONNECTION]
    places = [("first", ""), ("all", ""), *(("second", lead) for lead in LEADS[road])]
    for name, fault, (position, lead) in itertools.product(SCENES, faults, places):
        if fault == REFUSED_CONNECTION and position != "all":
            continue  # a closed door has no attempts to count
        if fault == "clock a minute behind" and lead in DOUBTFUL:
            continue  # the engine has acted already: its time cannot go back, only stand still
        is_ordered = _is_create(name) and road == "application"
        for checks in FIRST_CHECKS if is_ordered else (ONE_ORDER,):
            yield Case(name, road, fault, position, lead, checks=checks)
        if lead in CANCELED_AFTER:
            for canceled in CANCELED:
                yield Case(name, road, fault, position, lead, canceled)


def _races() -> Iterator[Case]:
    """Writes whose resend meets a changed world; a create under every order of the checks."""
    for kind, event, checks in itertools.product(CREATES, EVENTS, ALL_ORDERS):
        yield Case(kind.__name__, "application", "lost after applying", event=event, checks=checks)
    for kind, event, fault, checks in itertools.product(CREATES, EVENTS, DOUBTFUL, FIRST_CHECKS):
        yield Case(kind.__name__, "application", fault, event=event, checks=checks)
    others = [name for name in SCENES if not _is_create(name)]
    for name, event, fault in itertools.product(others, EVENTS, DOUBTFUL):
        yield Case(name, "application", fault, event=event)


def _blind_settling() -> Iterator[Case]:
    """Writes in doubt whose settling reads go wrong as well."""
    for name, lead, fault, reads in itertools.product(
        SCENES, ("lost after applying", "too late"), ("paused", "forbidden"), ON_READS
    ):
        yield Case(name, "application", fault, "second", lead, reads=reads)


def _lag_ms(seed: int) -> int:
    return random.Random(f"lag {seed}").choice(LAGS_MS)


def _is_create(name: str) -> bool:
    return SCENES[name] in CREATES
