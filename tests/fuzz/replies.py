"""Mutated replies: whatever comes back, a call ends in a value or in one KalshiError."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import tenacity

from kalshi_async import (
    CreateOrder,
    Credentials,
    KalshiError,
    OutcomeUnknown,
    RateLimits,
    RetryPolicy,
    Session,
    SubaccountTransferOrder,
    TargetAllocation,
    Timeouts,
    TransferOrder,
)
from kalshi_async.contract import OPERATIONS, Operation
from kalshi_async.contract.api2025.operations import OPERATIONS_2025  # api2025
from kalshi_async.environment import Environment
from kalshi_async.requests import ComboLeg
from kalshi_async.sandbox.access.keys import generate_pair
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.wire.decoding import decode
from kalshi_async.wire.incoming import Incoming
from tests.contract.endpoints import plain_reads
from tests.fuzz.mutation import encoded, mutated

TESTS = Path(__file__).parents[1]
STATUSES = (200, 201, 204, 400, 401, 403, 404, 409, 410, 429, 500, 503, 200, 201, 302, 101, 599)
TICKER = "KXFUZZ-26NOV23-T1"


def bodies() -> Mapping[str, list[tuple[int, object]]]:
    """Whole replies by the name of their operation, errors among them."""
    known: dict[str, list[tuple[int, object]]] = {}
    for path in sorted((TESTS / "samples").glob("*.json")):
        sample = json.loads(path.read_text())
        for entry in (*sample.get("current", ()), *sample.get("current_errors", ())):
            answer = entry.get("response", entry)
            known.setdefault(sample["operation"], []).append((answer.get("status", 200), answer.get("body")))
    # api2025: from here
    for entry in json.loads((TESTS / "api2025" / "samples.json").read_text())["samples"]:
        known.setdefault(f"2025 {entry['operation']}", []).append(
            (entry["response"]["status"], entry["response"].get("body"))
        )
    # api2025: to here
    shapes = json.loads((TESTS / "samples" / "errors.json").read_text())["shapes"]
    known["errors"] = [(shape["status"], shape["body"]) for shape in shapes]
    return known


@dataclass
class Replies:
    """A source of mutated replies."""

    rng: random.Random

    def __post_init__(self) -> None:
        self._bodies = bodies()

    def one(self, operation: Operation[object]) -> Incoming:
        """Return a damaged reply to an operation."""
        name = operation.name if operation.generation == "current" else f"2025 {operation.name}"
        wholes = self._bodies.get(name) or self._bodies["errors"]
        status, body = self.rng.choice(wholes if self.rng.random() < 0.9 else self._bodies["errors"])
        if self.rng.random() < 0.15:
            status = self.rng.choice(STATUSES)
        headers, raw = encoded(mutated(body, self.rng), self.rng)
        return Incoming(status, headers, raw)


@dataclass
class Tally:
    """How many calls ended how."""

    values: int = 0
    errors: int = 0

    @property
    def total(self) -> int:
        return self.values + self.errors


def decode_many(count: int, seed: int) -> Tally:
    """Decode mutated replies to every operation of every generation."""
    rng = random.Random(f"replies {seed}")
    replies, tally = Replies(rng), Tally()
    operations: tuple[Operation[object], ...] = OPERATIONS
    operations += OPERATIONS_2025  # api2025
    for number in range(count):
        operation = operations[number % len(operations)]
        incoming = replies.one(operation)
        try:
            decode(operation, incoming)
        except KalshiError as error:
            repr(error), str(error)
            tally.errors += 1
        except Exception as error:
            error.add_note(f"seed {seed}, reply {number}, {operation.name}: {incoming}")
            raise
        else:
            tally.values += 1
    return tally


class Mutating(httpx.AsyncBaseTransport):
    """Answers every request with a mutated reply to its operation."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self.operation: Operation[object] = OPERATIONS[0]
        self.last: Incoming | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.last = incoming = self._replies.one(self.operation)
        return httpx.Response(
            incoming.status, headers=list(incoming.headers), stream=httpx.ByteStream(incoming.body)
        )


Method = Callable[[Session], Awaitable[object]]


def methods() -> Mapping[str, Method]:
    """One call of every public method that has an operation; a plain read needs no line here."""
    order = CreateOrder(TICKER, "bid", 2, "0.40", client_order_id="mine")
    moved = SubaccountTransferOrder(0, 1, 5)

    async def batch(session: Session) -> object:
        return list(await session.orders.create_batch([order, CreateOrder(TICKER, "ask", 1, "0.60")]))

    async def cancels(session: Session) -> object:
        return list(await session.orders.cancel_batch(["a", "b"]))

    return {
        **plain_reads(),
        "create_order": lambda session: session.orders.create(order),
        "batch_create_orders": batch,
        "cancel_order": lambda session: session.orders.cancel("a"),
        "batch_cancel_orders": cancels,
        "cancel_all_orders": lambda session: session.orders.cancel_all(subaccount=0),
        "amend_order": lambda session: session.orders.amend(
            "a", ticker=TICKER, side="bid", price="0.4", count=1
        ),
        "decrease_order": lambda session: session.orders.decrease("a", reduce_to=1),
        "get_order": lambda session: session.orders.get("a"),
        "get_orders": lambda session: session.orders.list().collect(3_000),
        "get_order_queue_position": lambda session: session.orders.queue_position("a"),
        "get_queue_positions": lambda session: session.orders.queue_positions(event_ticker="KX"),
        "get_user_data_timestamp": lambda session: session.orders.resolve(
            OutcomeUnknown("?", client_order_ids=("mine",), first_sent_ms=1, last_signed_ms=2)
        ),
        "create_order_group": lambda session: session.order_groups.create(contracts_limit=1),
        "get_order_groups": lambda session: session.order_groups.list(),
        "get_order_group": lambda session: session.order_groups.get("g"),
        "delete_order_group": lambda session: session.order_groups.delete("g"),
        "reset_order_group": lambda session: session.order_groups.reset("g"),
        "trigger_order_group": lambda session: session.order_groups.trigger("g"),
        "update_order_group_limit": lambda session: session.order_groups.update_limit("g", contracts_limit=2),
        "get_positions": lambda session: session.positions.list().collect(3_000),
        "get_fills": lambda session: session.fills.list().collect(3_000),
        "get_balance": lambda session: session.portfolio.balance(),
        "get_settlements": lambda session: session.portfolio.settlements().collect(3_000),
        "get_total_resting_order_value": lambda session: session.portfolio.resting_order_value(),
        "get_deposits": lambda session: session.portfolio.deposits().collect(3_000),
        "get_withdrawals": lambda session: session.portfolio.withdrawals().collect(3_000),
        "create_subaccount": lambda session: session.subaccounts.create(),
        "get_subaccount_balances": lambda session: session.subaccounts.balances(),
        "transfer_between_subaccounts": lambda session: session.subaccounts.transfer(moved),
        "get_subaccount_transfers": lambda session: session.subaccounts.transfers().collect(3_000),
        "get_subaccount_netting": lambda session: session.subaccounts.netting(),
        "update_subaccount_netting": lambda session: session.subaccounts.set_netting(0, enabled=True),
        "intra_exchange_transfer": lambda session: session.transfers.create(TransferOrder(5)),
        "get_intra_exchange_transfer": lambda session: session.transfers.get("t"),
        "get_intra_exchange_transfers": lambda session: session.transfers.list().collect(3_000),
        "get_target_balance_allocation": lambda session: session.transfers.target_allocation(),
        "set_target_balance_allocation": lambda session: session.transfers.set_target_allocation(
            TargetAllocation({0: 100})
        ),
        "get_historical_cutoff": lambda session: session.historical.cutoff(),
        "get_historical_orders": lambda session: session.historical.orders().collect(3_000),
        "get_historical_fills": lambda session: session.historical.fills().collect(3_000),
        "get_historical_positions": lambda session: session.historical.positions().collect(3_000),
        "get_account_limits": lambda session: session.account.limits(),
        "get_endpoint_costs": lambda session: session.account.endpoint_costs(),
        "get_volume_progress": lambda session: session.account.volume_progress(),
        "upgrade_api_usage_level": lambda session: session.account.upgrade(),
        "get_exchange_status": lambda session: session.exchange.status(),
        "get_exchange_schedule": lambda session: session.exchange.schedule(),
        "get_market": lambda session: session.markets.get(TICKER),
        "get_markets": lambda session: session.markets.list().collect(3_000),
        "get_market_orderbook": lambda session: session.markets.orderbook(TICKER),
        "get_event": lambda session: session.events.get("KXFUZZ-26NOV23"),
        "get_series": lambda session: session.series.get("KXFUZZ"),
        **market_data(),
    }


def market_data() -> Mapping[str, Method]:
    """The calls of public market data that take arguments."""
    times: dict[str, int] = {"start_ts": 1_790_000_000, "end_ts": 1_790_003_600}
    event, legs = "KXFUZZ-26NOV23", [ComboLeg(TICKER, "KXFUZZ-26NOV23", "yes")]
    return {
        "get_market_orderbooks": lambda session: session.markets.orderbooks([TICKER]),
        "get_market_candlesticks": lambda session: session.markets.candlesticks(
            TICKER, **times, period_interval=60
        ),
        "batch_get_market_candlesticks": lambda session: session.markets.candlesticks_of(
            [TICKER], **times, period_interval=60
        ),
        "get_market_candlesticks_by_event": lambda session: session.events.candlesticks(
            event, **times, period_interval=60
        ),
        "get_event_forecast_percentiles_history": lambda session: session.events.forecast_percentile_history(
            event, **times, percentiles=[5000], period_interval=60
        ),
        "get_event_metadata": lambda session: session.events.metadata(event),
        "get_historical_market": lambda session: session.historical.market(TICKER),
        "get_market_candlesticks_historical": lambda session: session.historical.candlesticks(
            TICKER, **times, period_interval=60
        ),
        "get_multivariate_event_collection": lambda session: session.multivariate.get("KXMVE-1"),
        "create_market_in_multivariate_event_collection": lambda session: session.multivariate.create_market(
            "KXMVE-1", legs
        ),
        "get_milestone": lambda session: session.milestones.get("m"),
        "get_live_data_by_milestone": lambda session: session.live_data.get("m"),
        "get_live_data": lambda session: session.live_data.get_of_type("event", "m"),
        "get_live_datas": lambda session: session.live_data.get_many(["m"]),
        "get_game_stats": lambda session: session.live_data.game_stats("m"),
        "get_event_live_data": lambda session: session.live_data.of_event(event),
        "get_weather_index": lambda session: session.live_data.weather_index("miami"),
        "get_weather_index_calibrations": lambda session: session.live_data.weather_calibrations("miami"),
        "get_structured_target": lambda session: session.structured_targets.get("s"),
    }


async def call_many(count: int, seed: int, clock: VirtualClock) -> Tally:
    """Call public methods whose every request meets a mutated reply; settling included."""
    rng = random.Random(f"calls {seed}")
    network, tally, calls = Mutating(Replies(rng)), Tally(), methods()
    by_name = {operation.name: operation for operation in OPERATIONS}
    async with session_on(network, clock) as session:
        names = sorted(calls)
        for number in range(count):
            name = names[number % len(names)]
            network.operation = by_name[name]
            try:
                await calls[name](session)
            except KalshiError as error:
                repr(error), str(error)
                tally.errors += 1
            except Exception as error:
                error.add_note(f"seed {seed}, call {number}, {name}; last reply {network.last}")
                raise
            else:
                tally.values += 1
    return tally


def session_on(network: httpx.AsyncBaseTransport, clock: VirtualClock) -> Session:
    """A session that gives up soon and waits for no tokens."""
    private_key_pem, _ = generate_pair("ed25519")
    return Session(
        Environment("fuzz", "http://127.0.0.1/trade-api/v2"),
        Credentials("fuzz", private_key_pem),
        rate_limits=RateLimits(clock.monotonic, read=(1e9, 1e9), write=(1e9, 1e9)),
        retry=RetryPolicy(stop=tenacity.stop_after_attempt(2), wait=tenacity.wait_fixed(0.01)),
        timeouts=Timeouts(read_deadline_s=0.5, write_deadline_s=0.2),
        base_transport=network,
        clock=clock,
    )
