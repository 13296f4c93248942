"""Refusals as JSON bodies, in the four shapes that ``REJECTIONS`` names."""

from __future__ import annotations

from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import Rejected

# "user_not_found:_<uuid>" (recording of the margin demo, 2026-06).
_CODES_THAT_CARRY_DETAILS = frozenset({"user_not_found"})


def body(rejected: Rejected) -> Json:
    """Render the body of a refused request, in the shape of its row in ``REJECTIONS``."""
    rejection = REJECTIONS[rejected.code]
    if rejection.shape == "msg":
        return {"msg": rejected.details or rejection.message}
    if rejection.shape == "string":
        return {"error": rejection.message}
    return item(rejected) if rejection.shape == "flat" else {"error": item(rejected)}


def item(rejected: Rejected) -> Json:
    """Render the flat error object, which a batch also uses for one refused item."""
    rejection = REJECTIONS[rejected.code]
    code, message = rejection.wire_code, rejection.message
    details = rejected.details or rejection.details
    if not details:
        return {"code": code, "message": message}
    if code in _CODES_THAT_CARRY_DETAILS:
        return {"code": f"{code}:_{details}", "message": f"{message}: {details}"}
    return {"code": code, "message": message, "details": details}
