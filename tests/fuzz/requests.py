"""Mutated requests: each is refused before anything is sent, or understood by the exchange.

Understood means that the exchange refuses it, if at all, for what it means (no such
order, not enough money) and never for its form.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

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
from tests.fuzz.vocabulary import BAD, GOOD, KINDS, NEEDED
from tests.stages.served import session_of

# The exchange's words for a request that it could not read (semantics.md 14.3).
MALFORMED = {"bad_request", "missing_parameters", "invalid_content_type", ""}

Arguments = dict[str, object]
Send = Callable[[Session, Arguments], Awaitable[object]]


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
        is_malformed = response.status_code == 400 and _code(body) in MALFORMED
        if is_malformed or response.status_code in (405, 410, 415) or response.status_code >= 500:
            self.complaints.append(body)
        return httpx.Response(
            response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(body)
        )


def _code(body: bytes) -> str:
    answer = msgspec.json.decode(body)
    error = answer.get("error", answer) if isinstance(answer, dict) else {}
    return str(error.get("code", "")) if isinstance(error, dict) else ""
