"""An embedded exchange: matching engine, signatures, rate limits and the venue's answers.

    async with Sandbox(accounts=["me", "them"], traders=3) as exchange:
        async with Session(exchange.environment, exchange.credentials("me")) as session:
            await session.orders.create(CreateOrder(DEFAULT_MARKETS[0], "bid", 10, "0.44"))

``Sandbox`` is all that most programs need; ``Rules`` are its switches. Requires the extra
``kalshi-async[sandbox]``. In another process, or for another language, the same exchange is
``python -m kalshi_async.sandbox``, which prints one JSON line with URL, markets and keys.

**As its operator** one makes the market, from outside of the API:

    market = exchange.market(DEFAULT_MARKETS[0])
    market.quote("ask", "0.60", 100)        # somebody rests an offer
    market.trade("ask", "0.44", 4)          # somebody sells into the bids
    market.settle("yes")                    # and it is over

**Breaking things on purpose**, by operation and call. Some of ``sandbox.faults`` play above HTTP, a
``Relay`` plays the others below it, on the bytes:

    exchange.faults.on("create_order", LoseReply())
    async with Relay(exchange) as relay:
        relay.faults.on("cancel_order", Reset(applied=True))
        async with Session(relay.environment, exchange.credentials("them")) as session:
            quote = CreateOrder(DEFAULT_MARKETS[1], "bid", 10, "0.44")
            await session.orders.cancel(await session.orders.create(quote))

**Finding out what came of it**: ``Belief`` is what a client can know from its replies, and
``assert_agreement`` lays it beside the exchange's ledger.

    belief = Belief()
    belief.saw(order, await session.portfolio.balance())
    print(differences(belief, exchange.accounts["me"]))

**Time.** ``sandbox.virtual_time`` makes waiting free and runs repeatable; ``kalshi_async_pytest``
has fixtures that put it all together. With one seed, one clock and the same calls two
exchanges are equal to the last identifier.

**What it is not**: a model made from published documents and recordings, which chooses
where those are silent (``Rules`` names the source of each choice). No WebSocket streams, no
RFQs; its traders are random walkers. A strategy that profits here has shown that its
plumbing works.
"""

try:
    from kalshi_async.sandbox.edge.app import RequestRecord
    from kalshi_async.sandbox.embedded import DEFAULT_MARKETS, Sandbox, SandboxAccount
    from kalshi_async.sandbox.faults.relay import Relay
    from kalshi_async.sandbox.testing.ledger_check import assert_agreement, differences
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
        raise
    raise ImportError(
        f'the embedded exchange needs {error.name}: pip install "kalshi-async[sandbox]"'
    ) from error

from kalshi_async.sandbox.engine.state import Rejected
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.settings import Rules
from kalshi_async.sandbox.testing.belief import Belief

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
