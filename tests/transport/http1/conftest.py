"""Every test that asks for ``kind`` or ``transport`` runs over both transports.

Over httpx's own, a default run plays ``SLICE`` alone; ``--all-transports`` plays everything, as
``nox -s transport`` does. Where httpx's own is known to do otherwise, ``differences`` says so and
why: the test is then expected to fail over it, strictly, or is skipped where it would wait for ever.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.transport.http1.differences import OF_STOCK, Difference
from tests.transport.http1.kinds import KINDS, Kind

# What sessions rely on, whichever transport a caller hands in: limits on time, and an end without trace.
SLICE = frozenset({"test_cancellation", "test_closing", "test_timeouts", "test_uvloop"})
LONG = "test_requests_canceled_anywhere_leave_nothing_behind"


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def kind(request: pytest.FixtureRequest) -> Kind:
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
async def transport(kind: Kind) -> AsyncIterator[httpx.AsyncBaseTransport]:
    """A transport for plain HTTP."""
    # A context without certificates: to load the real ones would take longer than a test.
    async with kind.open(ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as transport:
        yield transport


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--all-transports"):
        config.hook.pytest_deselected(items=[item for item in items if _is_left_out(item)])
        items[:] = [item for item in items if not _is_left_out(item)]
    for item in items:
        difference = _difference_of(item)
        if difference is None:
            continue
        if difference.is_endless:
            item.add_marker(pytest.mark.skip(reason=difference.reason))
        else:
            item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))


def _is_over_stock(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and getattr(call.params.get("kind"), "name", None) == "stock"


def _is_left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("all_transports"):
        return True
    is_in_slice = item.path.stem in SLICE and not item.name.startswith(LONG)
    return _is_over_stock(item) and not is_in_slice


def _difference_of(item: pytest.Item) -> Difference | None:
    if not _is_over_stock(item):
        return None
    call = item.callspec  # type: ignore[attr-defined]  # of a test with parameters
    test = item.nodeid.rpartition("::")[2].partition("[")[0]
    parameters = "-".join(name for name in call.id.split("-") if name != "stock")
    return OF_STOCK.get(f"{test}[{parameters}]") or OF_STOCK.get(test)
