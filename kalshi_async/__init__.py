"""An asyncio-native SDK for the portfolio side of the Kalshi exchange.

    from kalshi_async import DEMO, CreateOrder, Credentials, Session

    async with Session(DEMO, Credentials.from_env()) as session:
        order = await session.orders.create(CreateOrder("TICKER", "bid", 10, "0.44"))
        await session.orders.cancel(order)

Prices are dollars on the YES leg and counts are contracts, both ``Decimal``. Every
error is a ``KalshiError`` that says whether the request was sent.
"""

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
    NotSent,
    OutcomeUnknown,
    PaginationError,
    RateLimited,
    RejectedRows,
    ReplyLost,
    ServerError,
    ThrottleTimeout,
    TransportError,
    Unauthorized,
    UnexpectedReply,
)
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
from kalshi_async.resources.orders import ALL
from kalshi_async.results import BatchLeg, BatchResult, CreatedOrder
from kalshi_async.retry import RetryPolicy
from kalshi_async.session import Session, SessionView
from kalshi_async.signing import KeySigner, Signer
from kalshi_async.throttle import TokenBucket
from kalshi_async.timeouts import Timeouts

__version__ = "0.1.0"

__all__ = [
    "ALL",
    "DEMO",
    "PRODUCTION",
    "AccountLimits",
    "AmendOrderReply",
    "ApiError",
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
    "DeadlineExceeded",
    "DecreaseOrderReply",
    "Deposit",
    "EndpointCosts",
    "EndpointRetired",
    "Environment",
    "EventPosition",
    "ExchangePaused",
    "ExchangeStatus",
    "Fill",
    "Forbidden",
    "InvalidRequest",
    "KalshiError",
    "KeySigner",
    "Market",
    "MarketPosition",
    "NotFound",
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
    "RateLimited",
    "RateLimits",
    "RejectedRows",
    "ReplyLost",
    "RetryPolicy",
    "SelfTradePreventionType",
    "ServerError",
    "Session",
    "SessionView",
    "Settlement",
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
    "Withdrawal",
    "__version__",
    "cents",
]
