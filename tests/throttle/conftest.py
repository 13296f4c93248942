"""The same exchange, members and sessions as in ``tests/session``."""

from tests.session.conftest import sandbox, session, stage, wire

__all__ = ["sandbox", "session", "stage", "wire"]
