"""An asyncio-native SDK for the portfolio side of the Kalshi exchange.

    from kalshi_async import DEMO, CreateOrder, Credentials, Session

    async with Session(DEMO, Credentials.from_env()) as session:
        order = await session.orders.create(CreateOrder("TICKER", "bid", 10, "0.44"))
        await session.orders.cancel(order)

Prices are dollars on the YES leg and counts are contracts, both ``Decimal``. Every
error is a ``KalshiError``; its ``sent`` tells whether the request may have been executed.

The guides are the docstrings of these modules:

* ``kalshi_async.session``: environments, keys, sessions and views of them
* ``kalshi_async.resources``: the methods of a session, namespace by namespace
* ``kalshi_async.requests``: orders and other requests, and their checks
* ``kalshi_async.contract``: the replies, and the meaning of their fields
* ``kalshi_async.errors``: each error, the certainty that it leaves, and the next step
* ``kalshi_async.rate_limits``: the throttle, priorities, and several processes on one account
* ``kalshi_async.pagination``: lists of any length
* ``kalshi_async.streams``: what the exchange tells: fills, orders, trades, prices, books
* ``kalshi_async.mirror``: the account kept true: resting orders, positions, what just happened
* ``kalshi_async.dead_man``: cancel all orders when a program ends
* ``kalshi_async.hooks``: events for metrics, traces and alarms
* ``kalshi_async.http1``: the transport, and how to pass another
* ``kalshi_async.sandbox``: an embedded exchange to trade against
* ``kalshi_async_pytest``: fixtures for the tests of a trading program
"""

import types
import typing

from kalshi_async.account.costs import CostTable as CostTable
from kalshi_async.account.rate_limits import RateLimits as RateLimits
from kalshi_async.account.throttle import TokenBucket as TokenBucket
from kalshi_async.calls.retry import RetryPolicy as RetryPolicy
from kalshi_async.clock import Clock as Clock, SystemClock as SystemClock
from kalshi_async.contract.account import AccountLimits as AccountLimits, EndpointCosts as EndpointCosts
from kalshi_async.contract.exchange import ExchangeStatus as ExchangeStatus
from kalshi_async.contract.fields import (
    BookSide as BookSide,
    OrderStatus as OrderStatus,
    OutcomeSide as OutcomeSide,
    SelfTradePreventionType as SelfTradePreventionType,
    TimeInForce as TimeInForce,
)
from kalshi_async.contract.fills import Fill as Fill
from kalshi_async.contract.grid import PriceGrid as PriceGrid
from kalshi_async.contract.markets import Market as Market, OrderBookLevels as OrderBookLevels
from kalshi_async.contract.order_groups import (
    OrderGroup as OrderGroup,
    OrderGroupDetails as OrderGroupDetails,
)
from kalshi_async.contract.orders import (
    AmendOrderReply as AmendOrderReply,
    CancelOrderReply as CancelOrderReply,
    DecreaseOrderReply as DecreaseOrderReply,
    Order as Order,
    OrderQueuePosition as OrderQueuePosition,
)
from kalshi_async.contract.portfolio import (
    Balance as Balance,
    Deposit as Deposit,
    Settlement as Settlement,
    Withdrawal as Withdrawal,
)
from kalshi_async.contract.positions import EventPosition as EventPosition, MarketPosition as MarketPosition
from kalshi_async.dead_man import (
    DeadMan as DeadMan,
    ShutdownReport as ShutdownReport,
    cancel_on_signals as cancel_on_signals,
)
from kalshi_async.environment import DEMO as DEMO, PRODUCTION as PRODUCTION, Environment as Environment
from kalshi_async.errors import (
    ApiError as ApiError,
    BadRequest as BadRequest,
    BookNotCurrent as BookNotCurrent,
    Conflict as Conflict,
    CredentialsError as CredentialsError,
    DeadlineExceeded as DeadlineExceeded,
    EndpointRetired as EndpointRetired,
    ExchangePaused as ExchangePaused,
    FeeUnknown as FeeUnknown,
    Forbidden as Forbidden,
    IncompleteRequest as IncompleteRequest,
    InvalidRequest as InvalidRequest,
    KalshiError as KalshiError,
    NotFound as NotFound,
    NotReached as NotReached,
    NotSent as NotSent,
    OutcomeUnknown as OutcomeUnknown,
    PaginationError as PaginationError,
    RateLimited as RateLimited,
    RecordingEnded as RecordingEnded,
    RecordingFailed as RecordingFailed,
    RejectedRows as RejectedRows,
    ReplyLost as ReplyLost,
    RiskGateClosed as RiskGateClosed,
    ServerError as ServerError,
    SlowConsumer as SlowConsumer,
    SubscriptionRefused as SubscriptionRefused,
    ThrottleTimeout as ThrottleTimeout,
    TransportError as TransportError,
    Unauthorized as Unauthorized,
    UnexpectedReply as UnexpectedReply,
)
from kalshi_async.hooks import (
    AttemptEvent as AttemptEvent,
    Hooks as Hooks,
    ReplyEvent as ReplyEvent,
    WaitEvent as WaitEvent,
)
from kalshi_async.pagination.page import Page as Page
from kalshi_async.pagination.paginator import Paginator as Paginator
from kalshi_async.pagination.tables import rows as rows
from kalshi_async.requests.combos import ComboLeg as ComboLeg
from kalshi_async.requests.fees import FeeQuote as FeeQuote
from kalshi_async.requests.orders import CancelItem as CancelItem, CreateOrder as CreateOrder, cents as cents
from kalshi_async.requests.transfers import (
    SubaccountTransferOrder as SubaccountTransferOrder,
    TargetAllocation as TargetAllocation,
    TransferOrder as TransferOrder,
)
from kalshi_async.resources.orders import ALL as ALL
from kalshi_async.resources.plans import PlannedChunk as PlannedChunk
from kalshi_async.resources.results import (
    BatchLeg as BatchLeg,
    BatchResult as BatchResult,
    CreatedOrder as CreatedOrder,
)
from kalshi_async.resources.settling.resolve import Fate as Fate, Resolution as Resolution
from kalshi_async.session import Session as Session, SessionView as SessionView
from kalshi_async.signing.credentials import Credentials as Credentials
from kalshi_async.signing.signer import KeySigner as KeySigner, Signer as Signer
from kalshi_async.timeouts import Timeouts as Timeouts
from kalshi_async.transport.http1 import Http1Transport as Http1Transport

__version__ = "0.3.0"

if not typing.TYPE_CHECKING:
    # The names imported above. Importing them also binds submodules: these are left out. Hidden from
    # type checkers, which cannot evaluate it, and without it take each "name as name" for public.
    __all__ = [
        name
        for name, value in globals().items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    ]
    __all__ += ["__version__"]
