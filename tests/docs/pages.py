"""The pages of the documentation: which modules it shows, and which names it takes from others."""

FRONT_PAGES = ("kalshi_async", "kalshi_async.sandbox")

PAGES = (
    *FRONT_PAGES,
    "kalshi_async.session",
    "kalshi_async.environment",
    "kalshi_async.credentials",
    "kalshi_async.signing",
    "kalshi_async.requests",
    "kalshi_async.direction",
    "kalshi_async.pagination",
    "kalshi_async.results",
    "kalshi_async.errors",
    "kalshi_async.resolve",
    "kalshi_async.retry",
    "kalshi_async.timeouts",
    "kalshi_async.throttle",
    "kalshi_async.rate_limits",
    "kalshi_async.costs",
    "kalshi_async.risk_gate",
    "kalshi_async.dead_man",
    "kalshi_async.hooks",
    "kalshi_async.frames",
    "kalshi_async.clock",
    "kalshi_async.signed",
    "kalshi_async.http1",
    "kalshi_async.http1.transport",
    "kalshi_async.legacy",
    "kalshi_async.pytest_plugin",
    "kalshi_async.contract",
    "kalshi_async.resources",
    "kalshi_async.contract.account",
    "kalshi_async.contract.exchange",
    "kalshi_async.contract.fields",
    "kalshi_async.contract.fills",
    "kalshi_async.contract.historical",
    "kalshi_async.contract.markets",
    "kalshi_async.contract.order_groups",
    "kalshi_async.contract.orders",
    "kalshi_async.contract.portfolio",
    "kalshi_async.contract.positions",
    "kalshi_async.contract.subaccounts",
    "kalshi_async.contract.transfers",
    "kalshi_async.resources.account",
    "kalshi_async.resources.exchange",
    "kalshi_async.resources.fills",
    "kalshi_async.resources.historical",
    "kalshi_async.resources.markets",
    "kalshi_async.resources.order_groups",
    "kalshi_async.resources.order_reads",
    "kalshi_async.resources.orders",
    "kalshi_async.resources.plans",
    "kalshi_async.resources.portfolio",
    "kalshi_async.resources.positions",
    "kalshi_async.resources.subaccounts",
    "kalshi_async.resources.transfers",
    "kalshi_async.sandbox.belief",
    "kalshi_async.sandbox.control",
    "kalshi_async.sandbox.embedded",
    "kalshi_async.sandbox.exchange",
    "kalshi_async.sandbox.faults",
    "kalshi_async.sandbox.fault_layer",
    "kalshi_async.sandbox.ledger_check",
    "kalshi_async.sandbox.relay",
    "kalshi_async.sandbox.rules",
    "kalshi_async.sandbox.script",
    "kalshi_async.sandbox.virtual_time",
    "kalshi_async.sandbox.wire_faults",
    "kalshi_async.resources.legacy",
    "kalshi_async.contract.legacy",
)

PARTLY = {"kalshi_async.sandbox.app": ("RequestRecord",), "kalshi_async.sandbox.state": ("Rejected",)}
"""Modules that are no page of their own: what the front pages show of them."""

# The reference of 2025 explains the fields of its own bodies; here they bear its names, and no more.
EXPLAINED_ELSEWHERE = ("kalshi_async.legacy", "kalshi_async.contract.legacy")
"""Pages whose attributes need no words."""

# Requests and replies bear the wire's names, and so does what is made of them.
GLOSSARY_PAGES = (
    "kalshi_async.contract",
    "kalshi_async.requests",
    "kalshi_async.resources",
    "kalshi_async.results",
)
"""Where the glossary of ``kalshi_async.contract`` holds: these modules, and all within them."""
