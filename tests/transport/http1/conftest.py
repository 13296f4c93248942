"""Every test that asks for ``kind`` or ``transport`` runs over both transports.

Where httpx's own is known to do otherwise, ``differences`` says so and why: the test is
then expected to fail over it, strictly, or is skipped where it would wait for ever.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.transport.http1.differences import OF_STOCK, Difference
from tests.transport.http1.kinds import KINDS, Kind


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        difference = _difference_of(item)
        if difference is None:
            continue
        if difference.is_endless:
            item.add_marker(pytest.mark.skip(reason=difference.reason))
        else:
            item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))


def _difference_of(item: pytest.Item) -> Difference | None:
    call = getattr(item, "callspec", None)
    if call is None or getattr(call.params.get("kind"), "name", None) != "stock":
        return None
    test = item.nodeid.rpartition("::")[2].partition("[")[0]
    parameters = "-".join(name for name in call.id.split("-") if name != "stock")
    return OF_STOCK.get(f"{test}[{parameters}]") or OF_STOCK.get(test)
