"""The pages of the documentation: which modules it shows, and which names it takes from others."""

FRONT_PAGES = ("kalshi_async", "kalshi_async.sandbox")

PAGES = (
    *FRONT_PAGES,
    "kalshi_async.session",
    "kalshi_async.environment",
    "kalshi_async.signing.credentials",
    "kalshi_async.signing.signer",
    "kalshi_async.requests",
    "kalshi_async.requests.orders",
    "kalshi_async.requests.cancels",
    "kalshi_async.requests.order_groups",
    "kalshi_async.requests.transfers",
    "kalshi_async.requests.direction",
    "kalshi_async.requests.fees",
    "kalshi_async.pagination",
    "kalshi_async.pagination.page",
    "kalshi_async.pagination.paginator",
    "kalshi_async.resources.results",
    "kalshi_async.errors",
    "kalshi_async.resources.settling.resolve",
    "kalshi_async.calls.retry",
    "kalshi_async.timeouts",
    "kalshi_async.account.throttle",
    "kalshi_async.account.rate_limits",
    "kalshi_async.account.costs",
    "kalshi_async.account.risk_gate",
    "kalshi_async.dead_man",
    "kalshi_async.dead_man.switch",
    "kalshi_async.dead_man.signals",
    "kalshi_async.hooks",
    "kalshi_async.pagination.tables",
    "kalshi_async.clock",
    "kalshi_async.session_transport",
    "kalshi_async.transport.http1",
    "kalshi_async.transport.http1.transport",
    "kalshi_async.api2025.requests",  # api2025
    "kalshi_async_pytest",
    "kalshi_async.contract",
    "kalshi_async.resources",
    "kalshi_async.contract.account",
    "kalshi_async.contract.events",
    "kalshi_async.contract.exchange",
    "kalshi_async.contract.fields",
    "kalshi_async.contract.fills",
    "kalshi_async.contract.grid",
    "kalshi_async.contract.historical",
    "kalshi_async.contract.markets",
    "kalshi_async.contract.order_groups",
    "kalshi_async.contract.order_rows",
    "kalshi_async.contract.orders",
    "kalshi_async.contract.portfolio",
    "kalshi_async.contract.positions",
    "kalshi_async.contract.series",
    "kalshi_async.contract.subaccounts",
    "kalshi_async.contract.transfers",
    "kalshi_async.resources.account",
    "kalshi_async.resources.events",
    "kalshi_async.resources.exchange",
    "kalshi_async.resources.fees",
    "kalshi_async.resources.fills",
    "kalshi_async.resources.historical",
    "kalshi_async.resources.markets",
    "kalshi_async.resources.order_groups",
    "kalshi_async.resources.order_reads",
    "kalshi_async.resources.orders",
    "kalshi_async.resources.plans",
    "kalshi_async.resources.portfolio",
    "kalshi_async.resources.positions",
    "kalshi_async.resources.series",
    "kalshi_async.resources.subaccounts",
    "kalshi_async.resources.transfers",
    "kalshi_async.sandbox.testing.belief",
    "kalshi_async.sandbox.control.market_control",
    "kalshi_async.sandbox.embedded",
    "kalshi_async.sandbox.exchange",
    "kalshi_async.sandbox.faults",
    "kalshi_async.sandbox.faults.layer",
    "kalshi_async.sandbox.faults.replies",
    "kalshi_async.sandbox.testing.ledger_check",
    "kalshi_async.sandbox.faults.relay",
    "kalshi_async.sandbox.settings",
    "kalshi_async.sandbox.faults.script",
    "kalshi_async.sandbox.virtual_time",
    "kalshi_async.sandbox.faults.wire",
    "kalshi_async.api2025.methods",  # api2025
    "kalshi_async.contract.api2025.replies",  # api2025
)

PARTLY = {
    "kalshi_async.contract.root_error": ("InvalidRequest", "KalshiError"),
    "kalshi_async.sandbox.edge.app": ("RequestRecord",),
    "kalshi_async.sandbox.engine.state": ("Rejected",),
}
"""Modules that are no page of their own: what the front pages show of them."""

EXPLAINED_ELSEWHERE: tuple[str, ...] = (
    # The reference of 2025 explains the fields of its own bodies; here they bear its names, and no more.
    "kalshi_async.api2025.requests",  # api2025
    "kalshi_async.contract.api2025.replies",  # api2025
)
"""Pages whose attributes need no words."""
