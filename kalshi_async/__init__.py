"""An asyncio-native SDK for the portfolio side of the Kalshi exchange.

    from kalshi_async import DEMO, CreateOrder, Credentials, Session

    async with Session(DEMO, Credentials.from_env()) as session:
        order = await session.orders.create(CreateOrder("TICKER", "bid", 10, "0.44"))
        await session.orders.cancel(order)

Prices are dollars on the YES leg and counts are contracts, both ``Decimal``. Every
error is a ``KalshiError`` that says whether the request was sent.

The guides stand where the code is:

* ``kalshi_async.session``: environments, keys, sessions and views of them
* ``kalshi_async.resources``: what a session can do, namespace by namespace
* ``kalshi_async.requests``: orders and other requests, and what is checked in them
* ``kalshi_async.contract``: what the replies hold, and what their words mean
* ``kalshi_async.errors``: what is certain after a failure, and what to do about it
* ``kalshi_async.rate_limits``: the throttle, priorities, and sharing a budget
* ``kalshi_async.pagination``: lists of any length
* ``kalshi_async.dead_man``: a switch that leaves nothing behind
* ``kalshi_async.hooks``: watching every attempt
* ``kalshi_async.http1``: the transport, and how to bring another
* ``kalshi_async.sandbox``: an exchange of one's own to trade against
* ``kalshi_async.pytest_plugin``: fixtures for the tests of a trading program
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kalshi_async.clock import Clock, SystemClock
    from kalshi_async.contract.account import AccountLimits, EndpointCosts
    from kalshi_async.contract.exchange import ExchangeStatus
    from kalshi_async.contract.fields import (
        BookSide,
        OrderStatus,
        OutcomeSide,
        SelfTradePreventionType,
        TimeInForce,
    )
    from kalshi_async.contract.fills import Fill
    from kalshi_async.contract.markets import Market, OrderBookLevels
    from kalshi_async.contract.order_groups import OrderGroup, OrderGroupDetails
    from kalshi_async.contract.orders import (
        AmendOrderReply,
        CancelOrderReply,
        DecreaseOrderReply,
        Order,
        OrderQueuePosition,
    )
    from kalshi_async.contract.portfolio import Balance, Deposit, Settlement, Withdrawal
    from kalshi_async.contract.positions import EventPosition, MarketPosition
    from kalshi_async.costs import CostTable
    from kalshi_async.credentials import Credentials
    from kalshi_async.dead_man import DeadMan, ShutdownReport, cancel_on_signals
    from kalshi_async.environment import DEMO, PRODUCTION, Environment
    from kalshi_async.errors import (
        ApiError,
        BadRequest,
        Conflict,
        CredentialsError,
        DeadlineExceeded,
        EndpointRetired,
        ExchangePaused,
        Forbidden,
        InvalidRequest,
        KalshiError,
        NotFound,
        NotReached,
        NotSent,
        OutcomeUnknown,
        PaginationError,
        RateLimited,
        RejectedRows,
        ReplyLost,
        RiskGateClosed,
        ServerError,
        ThrottleTimeout,
        TransportError,
        Unauthorized,
        UnexpectedReply,
    )
    from kalshi_async.frames import rows
    from kalshi_async.hooks import AttemptEvent, Hooks, ReplyEvent, WaitEvent
    from kalshi_async.http1 import Http1Transport
    from kalshi_async.pagination import Page, Paginator
    from kalshi_async.rate_limits import RateLimits
    from kalshi_async.requests import (
        CancelItem,
        CreateOrder,
        SubaccountTransferOrder,
        TargetAllocation,
        TransferOrder,
        cents,
    )
    from kalshi_async.resolve import Fate, Resolution
    from kalshi_async.resources.orders import ALL
    from kalshi_async.resources.plans import PlannedChunk
    from kalshi_async.results import BatchLeg, BatchResult, CreatedOrder
    from kalshi_async.retry import RetryPolicy
    from kalshi_async.session import Session, SessionView
    from kalshi_async.signing import KeySigner, Signer
    from kalshi_async.throttle import TokenBucket
    from kalshi_async.timeouts import Timeouts

__version__ = "0.2.0"

__all__ = [
    "ALL",
    "DEMO",
    "PRODUCTION",
    "AccountLimits",
    "AmendOrderReply",
    "ApiError",
    "AttemptEvent",
    "BadRequest",
    "Balance",
    "BatchLeg",
    "BatchResult",
    "BookSide",
    "CancelItem",
    "CancelOrderReply",
    "Clock",
    "Conflict",
    "CostTable",
    "CreateOrder",
    "CreatedOrder",
    "Credentials",
    "CredentialsError",
    "DeadMan",
    "DeadlineExceeded",
    "DecreaseOrderReply",
    "Deposit",
    "EndpointCosts",
    "EndpointRetired",
    "Environment",
    "EventPosition",
    "ExchangePaused",
    "ExchangeStatus",
    "Fate",
    "Fill",
    "Forbidden",
    "Hooks",
    "Http1Transport",
    "InvalidRequest",
    "KalshiError",
    "KeySigner",
    "Market",
    "MarketPosition",
    "NotFound",
    "NotReached",
    "NotSent",
    "Order",
    "OrderBookLevels",
    "OrderGroup",
    "OrderGroupDetails",
    "OrderQueuePosition",
    "OrderStatus",
    "OutcomeSide",
    "OutcomeUnknown",
    "Page",
    "PaginationError",
    "Paginator",
    "PlannedChunk",
    "RateLimited",
    "RateLimits",
    "RejectedRows",
    "ReplyEvent",
    "ReplyLost",
    "Resolution",
    "RetryPolicy",
    "RiskGateClosed",
    "SelfTradePreventionType",
    "ServerError",
    "Session",
    "SessionView",
    "Settlement",
    "ShutdownReport",
    "Signer",
    "SubaccountTransferOrder",
    "SystemClock",
    "TargetAllocation",
    "ThrottleTimeout",
    "TimeInForce",
    "Timeouts",
    "TokenBucket",
    "TransferOrder",
    "TransportError",
    "Unauthorized",
    "UnexpectedReply",
    "WaitEvent",
    "Withdrawal",
    "__version__",
    "cancel_on_signals",
    "cents",
    "rows",
]

# Where each name lives. A name is loaded when it is first asked for (PEP 562), because the
# pytest plugin is loaded by every test run of a project that has this package installed, and
# must bring in next to nothing. Type checkers read the imports above instead.
_HOMES = MappingProxyType(
    {
        "clock": ("Clock", "SystemClock"),
        "contract.account": ("AccountLimits", "EndpointCosts"),
        "contract.exchange": ("ExchangeStatus",),
        "contract.fields": (
            "BookSide",
            "OrderStatus",
            "OutcomeSide",
            "SelfTradePreventionType",
            "TimeInForce",
        ),
        "contract.fills": ("Fill",),
        "contract.markets": ("Market", "OrderBookLevels"),
        "contract.order_groups": ("OrderGroup", "OrderGroupDetails"),
        "contract.orders": (
            "AmendOrderReply",
            "CancelOrderReply",
            "DecreaseOrderReply",
            "Order",
            "OrderQueuePosition",
        ),
        "contract.portfolio": ("Balance", "Deposit", "Settlement", "Withdrawal"),
        "contract.positions": ("EventPosition", "MarketPosition"),
        "costs": ("CostTable",),
        "credentials": ("Credentials",),
        "dead_man": ("DeadMan", "ShutdownReport", "cancel_on_signals"),
        "environment": ("DEMO", "PRODUCTION", "Environment"),
        "errors": (
            "ApiError",
            "BadRequest",
            "Conflict",
            "CredentialsError",
            "DeadlineExceeded",
            "EndpointRetired",
            "ExchangePaused",
            "Forbidden",
            "InvalidRequest",
            "KalshiError",
            "NotFound",
            "NotReached",
            "NotSent",
            "OutcomeUnknown",
            "PaginationError",
            "RateLimited",
            "RejectedRows",
            "ReplyLost",
            "RiskGateClosed",
            "ServerError",
            "ThrottleTimeout",
            "TransportError",
            "Unauthorized",
            "UnexpectedReply",
        ),
        "frames": ("rows",),
        "hooks": ("AttemptEvent", "Hooks", "ReplyEvent", "WaitEvent"),
        "pagination": ("Page", "Paginator"),
        "rate_limits": ("RateLimits",),
        "requests": (
            "CancelItem",
            "CreateOrder",
            "SubaccountTransferOrder",
            "TargetAllocation",
            "TransferOrder",
            "cents",
        ),
        "resolve": ("Fate", "Resolution"),
        "resources.orders": ("ALL",),
        "resources.plans": ("PlannedChunk",),
        "results": ("BatchLeg", "BatchResult", "CreatedOrder"),
        "retry": ("RetryPolicy",),
        "session": ("Session", "SessionView"),
        "http1": ("Http1Transport",),
        "signing": ("KeySigner", "Signer"),
        "throttle": ("TokenBucket",),
        "timeouts": ("Timeouts",),
    }
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return import_module(f"{__name__}.{name}")
        for module, names in _HOMES.items():
            if name in names:
                value = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
