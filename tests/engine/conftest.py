"""One fresh venue per test."""

from __future__ import annotations

import pytest

from tests.engine.venue_kit import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
