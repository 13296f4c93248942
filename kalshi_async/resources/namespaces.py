"""The namespaces of a session: one object per family of endpoints, all on one context."""

from __future__ import annotations

from kalshi_async.calls.context import Context
from kalshi_async.resources.account import Account
from kalshi_async.resources.events import Events
from kalshi_async.resources.exchange import ExchangeState
from kalshi_async.resources.fees import Fees
from kalshi_async.resources.fills import Fills
from kalshi_async.resources.historical import Historical
from kalshi_async.resources.incentive_programs import IncentivePrograms
from kalshi_async.resources.live_data import LiveDataReads
from kalshi_async.resources.markets import Markets
from kalshi_async.resources.milestones import Milestones
from kalshi_async.resources.multivariate import Multivariate
from kalshi_async.resources.order_groups import OrderGroups
from kalshi_async.resources.orders import Orders
from kalshi_async.resources.portfolio import Portfolio
from kalshi_async.resources.positions import Positions
from kalshi_async.resources.search import Search
from kalshi_async.resources.series import SeriesReads
from kalshi_async.resources.structured_targets import StructuredTargets
from kalshi_async.resources.subaccounts import Subaccounts
from kalshi_async.resources.transfers import Transfers


class Namespaces:
    """The namespaces of a session or a view; ``kalshi_async.resources`` explains them."""

    orders: Orders
    """See ``kalshi_async.resources.orders``."""
    order_groups: OrderGroups
    """See ``kalshi_async.resources.order_groups``."""
    positions: Positions
    """See ``kalshi_async.resources.positions``."""
    fills: Fills
    """See ``kalshi_async.resources.fills``."""
    portfolio: Portfolio
    """See ``kalshi_async.resources.portfolio``."""
    subaccounts: Subaccounts
    """See ``kalshi_async.resources.subaccounts``."""
    transfers: Transfers
    """See ``kalshi_async.resources.transfers``."""
    historical: Historical
    """See ``kalshi_async.resources.historical``."""
    account: Account
    """See ``kalshi_async.resources.account``."""
    exchange: ExchangeState
    """See ``kalshi_async.resources.exchange``."""
    markets: Markets
    """See ``kalshi_async.resources.markets``."""
    events: Events
    """See ``kalshi_async.resources.events``."""
    series: SeriesReads
    """See ``kalshi_async.resources.series``."""
    multivariate: Multivariate
    """See ``kalshi_async.resources.multivariate``."""
    milestones: Milestones
    """See ``kalshi_async.resources.milestones``."""
    live_data: LiveDataReads
    """See ``kalshi_async.resources.live_data``."""
    structured_targets: StructuredTargets
    """See ``kalshi_async.resources.structured_targets``."""
    search: Search
    """See ``kalshi_async.resources.search``."""
    incentive_programs: IncentivePrograms
    """See ``kalshi_async.resources.incentive_programs``."""
    fees: Fees
    """See ``kalshi_async.resources.fees``."""

    def __init__(self, context: Context) -> None:
        self.orders = Orders(context)
        self.order_groups = OrderGroups(context)
        self.positions = Positions(context)
        self.fills = Fills(context)
        self.portfolio = Portfolio(context)
        self.subaccounts = Subaccounts(context)
        self.transfers = Transfers(context)
        self.historical = Historical(context)
        self.account = Account(context)
        self.exchange = ExchangeState(context)
        self.markets = Markets(context)
        self.events = Events(context)
        self.series = SeriesReads(context)
        self.multivariate = Multivariate(context)
        self.milestones = Milestones(context)
        self.live_data = LiveDataReads(context)
        self.structured_targets = StructuredTargets(context)
        self.search = Search(context)
        self.incentive_programs = IncentivePrograms(context)
        self.fees = Fees(context)
