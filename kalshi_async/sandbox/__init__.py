"""An embedded exchange: matching engine, signatures, rate limits and the venue's answers.

``Sandbox`` is all that most programs need; ``Rules`` are its switches. ``Relay`` and the
modules ``faults`` and ``wire_faults`` break things on purpose, ``Belief`` and
``assert_agreement`` find out what came of it. Requires the extra ``kalshi-async[sandbox]``.
"""

try:
    from kalshi_async.sandbox.app import RequestRecord
    from kalshi_async.sandbox.embedded import DEFAULT_MARKETS, Sandbox, SandboxAccount
    from kalshi_async.sandbox.ledger_check import assert_agreement, differences
    from kalshi_async.sandbox.relay import Relay
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
        raise
    raise ImportError(
        f'the embedded exchange needs {error.name}: pip install "kalshi-async[sandbox]"'
    ) from error

from kalshi_async.sandbox.belief import Belief
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.rules import Rules
from kalshi_async.sandbox.state import Rejected

__all__ = [
    "DEFAULT_MARKETS",
    "Belief",
    "Exchange",
    "Rejected",
    "Relay",
    "RequestRecord",
    "Rules",
    "Sandbox",
    "SandboxAccount",
    "assert_agreement",
    "differences",
]
