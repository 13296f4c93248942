"""Mutated requests: each is refused before anything is sent, or understood by the exchange.

Understood means that the exchange refuses it, if at all, for what it means (no such
order, not enough money) and never for its form.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import msgspec

from kalshi_async import (
    CancelItem,
    CreateOrder,
    InvalidRequest,
    KalshiError,
    Session,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.session.stage import OTHER_TICKER, TICKER, session_of

# The exchange's words for a request that it could not read (semantics.md 14.3).
MALFORMED = {"bad_request", "missing_parameters", "invalid_content_type", ""}

Arguments = dict[str, object]
Send = Callable[[Session, Arguments], Awaitable[object]]

GOOD: Mapping[str, tuple[object, ...]] = {
    "ticker": (TICKER, OTHER_TICKER, "KXNOSUCH-1"),
    "side": ("bid", "ask"),
    "count": (1, 10, "2.5", Decimal("0.01"), "1000000"),
    "price": ("0.10", "0.99", Decimal("0.5"), "0.0001", "0.9999", "0.123"),
    "subaccount": (None, 0, 1, 63),
    "exchange_index": (None, 0, 1, -1),
    "order_id": ("an-order", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "é".encode().hex()),
    "client_order_id": (None, "mine", "a" * 64),
    "time_in_force": ("good_till_canceled", "immediate_or_cancel", "fill_or_kill"),
    "flag": (True, False),
    "time": (None, 1_900_000_000, datetime(2027, 1, 1, tzinfo=UTC)),
    "limit": (None, 1, 100),
    "cents": (1, 2_500),
}
BAD: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    0.5,
    float("nan"),
    float("inf"),
    Decimal("NaN"),
    Decimal("-Infinity"),
    Decimal("1e-9"),
    Decimal("1e400"),
    "",
    " ",
    "0",
    "-1",
    "1e5",
    "0x10",
    "1_000",
    "0.12345",
    "١",
    "a b",
    "a\nb",
    "a/../b",
    "?x=1&y=2",
    "\x00",
    "\ud800",
    "é",
    "x" * 10_000,
    b"bytes",
    [],
    [1],
    {},
    {"a": 1},
    (),
    object(),
    datetime(2026, 1, 1),
    datetime.max,
)

# Arguments without a default: Python itself asks for them.
NEEDED = {"subaccount", "from_subaccount", "to_subaccount", "shard"}

KINDS: Mapping[str, Mapping[str, str]] = {
    "create": {
        "ticker": "ticker",
        "side": "side",
        "count": "count",
        "price": "price",
        "time_in_force": "time_in_force",
        "client_order_id": "client_order_id",
        "expiration_time": "time",
        "post_only": "flag",
        "reduce_only": "flag",
        "cancel_order_on_pause": "flag",
        "subaccount": "subaccount",
        "order_group_id": "client_order_id",
        "exchange_index": "exchange_index",
    },
    "cancel": {"order": "order_id", "ticker": "ticker", "subaccount": "subaccount"},
    "cancel_item": {"order_id": "order_id", "subaccount": "subaccount", "market_ticker": "ticker"},
    "amend": {
        "order": "order_id",
        "ticker": "ticker",
        "side": "side",
        "price": "price",
        "count": "count",
        "updated_client_order_id": "client_order_id",
        "expiration_time": "time",
        "subaccount": "subaccount",
    },
    "decrease_to": {
        "order": "order_id",
        "reduce_to": "count",
        "ticker": "ticker",
        "subaccount": "subaccount",
    },
    "decrease_by": {"order": "order_id", "reduce_by": "count", "ticker": "ticker"},
    "group": {"contracts_limit": "count", "subaccount": "subaccount", "exchange_index": "exchange_index"},
    "group_limit": {"order_group_id": "order_id", "contracts_limit": "count", "subaccount": "subaccount"},
    "group_trigger": {"order_group_id": "order_id", "subaccount": "subaccount"},
    "cancel_all": {"subaccount": "subaccount"},
    "orders": {
        "ticker": "ticker",
        "min_ts": "time",
        "max_ts": "time",
        "limit": "limit",
        "subaccount": "subaccount",
        "exchange_index": "exchange_index",
    },
    "fills": {"ticker": "ticker", "order_id": "order_id", "min_ts": "time", "limit": "limit"},
    "order": {"order_id": "order_id"},
    "transfer": {
        "from_subaccount": "subaccount",
        "to_subaccount": "subaccount",
        "amount_cents": "cents",
        "exchange_index": "exchange_index",
    },
    "shard_transfer": {
        "amount_centicents": "cents",
        "source_exchange_shard": "exchange_index",
        "destination_exchange_shard": "exchange_index",
        "client_transfer_id": "client_order_id",
    },
    "netting": {"subaccount": "subaccount", "enabled": "flag"},
    "allocation": {"shard": "exchange_index", "percent": "cents"},
    "orderbook": {"ticker": "ticker", "depth": "limit"},
    "settled": {"after_ms": "cents"},
    "options": {"subaccount": "subaccount", "exchange_index": "exchange_index", "deadline_s": "limit"},
}


def shares_of(given: Arguments) -> dict[int, int]:
    """A dict whose key may be anything that a dict can hold."""
    shard = given["shard"]
    key = shard if isinstance(shard, (int, str, float, bytes, type(None))) else str(shard)
    return {key: given["percent"]}  # type: ignore[dict-item]


SENDERS: Mapping[str, Send] = {
    "create": lambda session, given: session.orders.create(CreateOrder(**given)),  # type: ignore[arg-type]
    "cancel": lambda session, given: session.orders.cancel(**given),  # type: ignore[arg-type]
    "cancel_item": lambda session, given: session.orders.cancel_batch([CancelItem(**given)]),  # type: ignore[arg-type]
    "amend": lambda session, given: session.orders.amend(**given),  # type: ignore[arg-type]
    "decrease_to": lambda session, given: session.orders.decrease(**given),  # type: ignore[arg-type]
    "decrease_by": lambda session, given: session.orders.decrease(**given),  # type: ignore[arg-type]
    "group": lambda session, given: session.order_groups.create(**given),  # type: ignore[arg-type]
    "group_limit": lambda session, given: session.order_groups.update_limit(**given),  # type: ignore[arg-type]
    "group_trigger": lambda session, given: session.order_groups.trigger(**given),  # type: ignore[arg-type]
    "cancel_all": lambda session, given: session.orders.cancel_all(**given),  # type: ignore[arg-type]
    "orders": lambda session, given: session.orders.list(**given).first(),  # type: ignore[arg-type]
    "fills": lambda session, given: session.fills.list(**given).first(),  # type: ignore[arg-type]
    "order": lambda session, given: session.orders.get(**given),  # type: ignore[arg-type]
    "transfer": lambda session, given: session.subaccounts.transfer(SubaccountTransferOrder(**given)),  # type: ignore[arg-type]
    "shard_transfer": lambda session, given: session.transfers.create(TransferOrder(**given)),  # type: ignore[arg-type]
    "netting": lambda session, given: session.subaccounts.set_netting(**given),  # type: ignore[arg-type]
    "allocation": lambda session, given: session.transfers.set_target_allocation(
        TargetAllocation(shares_of(given))
    ),
    "orderbook": lambda session, given: session.markets.orderbook(**given),  # type: ignore[arg-type]
    "settled": lambda session, given: session.settled(timeout_s=0.1, **given),  # type: ignore[arg-type]
    "options": lambda session, given: session.with_options(**given).portfolio.balance(),  # type: ignore[arg-type]
}


@dataclass
class Tally:
    """How many requests ended how."""

    refused_here: int = 0
    done: int = 0
    refused_there: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.refused_here + self.done + self.refused_there + len(self.wrong)


def arguments(kind: str, rng: random.Random) -> Arguments:
    """Return good arguments of which most often one, sometimes more, is a mistake."""
    given: Arguments = {}
    for name, values in KINDS[kind].items():
        value = rng.choice(GOOD[values])
        if value is not None or name in NEEDED or rng.random() < 0.5:
            given[name] = value
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        given[rng.choice(list(KINDS[kind]))] = rng.choice(BAD)
    return given


async def send_many(count: int, seed: int, clock: VirtualClock) -> Tally:
    """Build and send mutated requests to the embedded exchange."""
    rng, tally = random.Random(f"requests {seed}"), Tally()
    sandbox = Sandbox(tier="off", clock=clock, seed=seed)
    member = sandbox.add_account("fuzz")
    network = Listening(httpx.ASGITransport(sandbox.app))
    kinds = sorted(KINDS)
    async with session_of(sandbox, member, clock, base_transport=network) as session:
        for number in range(count):
            kind = kinds[number % len(kinds)]
            given = arguments(kind, rng)
            network.complaints.clear()
            network.sent = 0
            try:
                await SENDERS[kind](session, given)
            except InvalidRequest as error:
                tally.refused_here += 1
                if network.sent:
                    tally.wrong.append(f"{number} {kind}({given}): sent, and then {error}")
                continue
            except KalshiError:
                tally.refused_there += 1
            except Exception as error:
                tally.wrong.append(f"{number} {kind}({given}): {type(error).__name__}: {error}")
                continue
            else:
                tally.done += 1
            if network.complaints:
                tally.wrong.append(f"{number} {kind}({given}): {network.complaints}")
    return tally


class Listening(httpx.AsyncBaseTransport):
    """Notes what the exchange could not read."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.complaints: list[bytes] = []
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        if (
            response.status_code in (405, 410, 415)
            or response.status_code >= 500
            or (response.status_code == 400 and _code(body) in MALFORMED)
        ):
            self.complaints.append(body)
        return httpx.Response(
            response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(body)
        )


def _code(body: bytes) -> str:
    answer = msgspec.json.decode(body)
    error = answer.get("error", answer) if isinstance(answer, dict) else {}
    return str(error.get("code", "")) if isinstance(error, dict) else ""
