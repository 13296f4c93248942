"""An embedded exchange: matching engine, signatures, rate limits and the real exchange's replies.

    async with Sandbox(accounts=["me", "them"], traders=3) as exchange:
        async with Session(exchange.environment, exchange.credentials("me")) as session:
            await session.orders.create(CreateOrder(DEFAULT_MARKETS[0], "bid", 10, "0.44"))

Most programs need only ``Sandbox``; ``Rules`` changes how the exchange behaves. Requires the
extra ``kalshi-async[sandbox]``. For a separate process, or for a client in another language,
``python -m kalshi_async.sandbox`` serves the same exchange and prints one JSON line with URL,
markets and keys.

**Markets.** The test acts as the operator of the exchange, without the API:

    market = exchange.market(DEFAULT_MARKETS[0])
    market.quote("ask", "0.60", 100)        # rest an offer
    market.trade("ask", "0.44", 4)          # sell into the bids
    market.settle("yes")                    # end the market

**Faults** are scripted by operation and call. ``Sandbox.faults`` breaks whole requests and
replies, a ``Relay`` in front of the exchange breaks connections; ``sandbox.faults`` has both
kinds:

    exchange.faults.on("create_order", LoseReply())
    async with Relay(exchange) as relay:
        relay.faults.on("cancel_order", Reset(applied=True))
        async with Session(relay.environment, exchange.credentials("them")) as session:
            quote = CreateOrder(DEFAULT_MARKETS[1], "bid", 10, "0.44")
            await session.orders.cancel(await session.orders.create(quote))

**Streams.** The exchange serves WebSockets at ``Sandbox.stream_url``, with every channel; frames are
sent at once, also while reads lag. ``Sandbox.streams`` has a script of their faults, sends what the
engine has none of (RFQs, values of indices), and opens streams without a socket:

    exchange.streams.faults.on("fill", DropFrame())
    exchange.streams.publish("pyth_value", {"underlying_ticker": "Metal.XAU/USD", "value_usd": "4100.5",
                                            "source_ts_ms": 1795348800000, "received_at": 1795348800001})

**Ledger check.** A ``Belief`` is a client's ledger, built from its replies.
``assert_agreement`` and ``differences`` compare it with the exchange's ledger.

    belief = Belief()
    belief.saw(order, await session.portfolio.balance())
    print(differences(belief, exchange.accounts["me"]))

**Time.** On the event loop of ``sandbox.virtual_time`` waiting takes no real time, and runs are
repeatable: with equal seeds, clocks and calls, two exchanges are equal to the last identifier.
``kalshi_async_pytest`` has fixtures for all of this.

**Limits.** The exchange is a model of the real one, made from published documents and
recordings. Where those say nothing it makes a choice; ``Rules`` names the source of each. It
matches no RFQs, and its simulated traders walk at random. Profit here shows that a strategy's code
works, and says nothing about the strategy.
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
