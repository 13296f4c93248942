"""The six order mutations of 2025, switched off in June 2026: 410, before authentication.

Source: field reports of 2026-06-30 to 2026-09; one probe saw the 410 without any
credentials (2026-08-02).
"""

from __future__ import annotations

from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route
from kalshi_async.sandbox.engine.state import Rejected


def gone(call: Call) -> Reply:
    """Refuse; the body names the documentation of the successor."""
    raise Rejected("deprecated_v1_order_endpoint")


_ORDERS = "/portfolio/orders"
_RETIRED = (
    ("POST", _ORDERS),
    ("POST", _ORDERS + "/batched"),
    ("DELETE", _ORDERS + "/batched"),
    ("DELETE", _ORDERS + "/{order_id}"),
    ("POST", _ORDERS + "/{order_id}/amend"),
    ("POST", _ORDERS + "/{order_id}/decrease"),
)

ROUTES = tuple(Route("retired", method, path, gone, public=True) for method, path in _RETIRED)
