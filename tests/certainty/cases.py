"""Which cases there are: the whole matrix, and a small seeded slice of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from kalshi_async.sandbox.rules import CreateCheck
from tests.certainty.interference import APPLICATION, EVENTS, LEADS, REFUSED_CONNECTION, WIRE
from tests.certainty.matrix import Case
from tests.certainty.scenes import CREATES, SCENES

CANCELED = ("", "in flight", "in between")
DOUBTFUL = ("lost after applying", "lost before applying", "too late", "503 after applying")
ON_READS = ("empty page", "garbage cursor", "repeated cursor", "503 before applying", "reads lag more")
ONE_ORDER = tuple(CreateCheck)

# Each check first once: of several that would refuse, the first in order answers.
FIRST_CHECKS = tuple(
    (first, *(check for check in ONE_ORDER if check is not first)) for first in ONE_ORDER
)
ALL_ORDERS = tuple(itertools.permutations(ONE_ORDER))


def matrix() -> list[Case]:
    """Return every case, each with a seed of its own."""
    cases = [*_everywhere("application"), *_everywhere("wire"), *_races(), *_blind_settling()]
    unique = list(dict.fromkeys(cases))
    return [_seeded(case, seed) for seed, case in enumerate(unique)]


def slice_of(count: int, seed: int) -> list[Case]:
    """Return a few cases of the matrix, drawn by a seed."""
    return random.Random(f"certainty {seed}").sample(matrix(), count)


def _everywhere(road: str) -> Iterator[Case]:
    """Every operation, fault, position and cancellation; a create also under each first check."""
    faults = [*APPLICATION] if road == "application" else [*WIRE, REFUSED_CONNECTION]
    places = [("first", ""), ("all", ""), *(("second", lead) for lead in LEADS[road])]
    for name, fault, (position, lead), canceled in itertools.product(SCENES, faults, places, CANCELED):
        if fault == REFUSED_CONNECTION and (position != "all" or canceled == "in flight"):
            continue  # a closed door has no attempts to count, and nothing is ever in flight
        if fault == "clock a minute behind" and lead in DOUBTFUL:
            continue  # the engine has acted already: its time cannot go back, only stand still
        if road == "wire" and canceled and position == "second":
            continue  # what is below HTTP and what is canceled in a resend are tried apart
        orders = FIRST_CHECKS if _is_create(name) and road == "application" and not canceled else (ONE_ORDER,)
        for checks in orders:
            yield Case(name, road, fault, position, lead, canceled, checks=checks)


def _races() -> Iterator[Case]:
    """Creates whose resend meets a changed world, under every order of the venue's checks."""
    for kind, event, fault, checks in itertools.product(CREATES, EVENTS, DOUBTFUL, ALL_ORDERS):
        yield Case(kind.__name__, "application", fault, event=event, checks=checks)
    others = [name for name in SCENES if not _is_create(name)]
    for name, event, fault, canceled in itertools.product(others, EVENTS, DOUBTFUL, CANCELED):
        yield Case(name, "application", fault, canceled=canceled, event=event)


def _blind_settling() -> Iterator[Case]:
    """Writes in doubt whose settling reads go wrong as well."""
    for name, lead, fault, reads in itertools.product(
        SCENES, ("lost after applying", "too late"), ("paused", "forbidden"), ON_READS
    ):
        yield Case(name, "application", fault, "second", lead, reads=reads)


def _is_create(name: str) -> bool:
    return SCENES[name] in CREATES


def _seeded(case: Case, seed: int) -> Case:
    return Case(
        case.scene,
        case.road,
        case.fault,
        case.position,
        case.lead,
        case.canceled,
        case.event,
        case.reads,
        case.checks,
        seed,
    )
