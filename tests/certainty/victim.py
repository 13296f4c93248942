"""A program that is killed while it places an order, and the one that is started after it.

    python -m tests.certainty.victim order   SETTINGS JOURNAL
    python -m tests.certainty.victim resolve SETTINGS JOURNAL

The first writes down, before each attempt leaves, what ``resolve`` needs; the second
knows nothing but that journal and prints the fate that it found.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from kalshi_async import (
    AttemptEvent,
    CreateOrder,
    Credentials,
    Environment,
    Hooks,
    OutcomeUnknown,
    RateLimits,
    Session,
    SystemClock,
)

RESOLVE_WITHIN_S = 30.0


class Settings(msgspec.Struct):
    """Where the exchange is, who we are, and how long a signed request stays acceptable."""

    rest_url: str
    key_id: str
    private_key_path: str
    ticker: str
    horizon_s: float

    def session(self, hooks: Hooks | None = None) -> Session:
        """Make a session that asks nothing at opening."""
        credentials = Credentials.from_file(self.key_id, self.private_key_path)
        environment = Environment("sandbox", self.rest_url)
        return Session(environment, credentials, rate_limits=RateLimits(), hooks=hooks)


async def order(settings: Settings, journal: Path) -> None:
    """Place one order; somebody kills this process before it is answered."""
    wanted = CreateOrder(settings.ticker, "bid", 1, "0.40")
    clock = SystemClock()
    started_ms = clock.now_ms()

    def note(event: AttemptEvent) -> None:
        if event.operation != "create_order":
            return
        unknown = OutcomeUnknown(
            "killed",
            client_order_ids=(wanted.client_order_id,),
            ticker=wanted.ticker,
            first_sent_ms=started_ms + min(0, event.skew_ms),
            last_signed_ms=clock.now_ms() + max(0, event.skew_ms) + 1,  # signed within this millisecond
        )
        # Written aside and moved: a kill in the middle leaves the entry before.
        aside = journal.with_suffix(".new")
        aside.write_bytes(msgspec.json.encode(unknown.as_record()))
        aside.replace(journal)

    async with settings.session(Hooks(on_attempt=note)) as session:
        created = await session.orders.create(wanted)
    print(f"not killed: {created.order_id}", flush=True)


async def resolve(settings: Settings, journal: Path) -> None:
    """Print what became of the order in the journal."""
    unknown = OutcomeUnknown.from_record(msgspec.json.decode(_read(journal)))
    async with settings.session() as session:
        resolution = await session.orders.resolve(
            unknown, horizon_s=settings.horizon_s, timeout_s=RESOLVE_WITHIN_S
        )
    print(resolution.fate.value, flush=True)


def _read(path: Path) -> bytes:
    return path.read_bytes()


if __name__ == "__main__":
    work = {"order": order, "resolve": resolve}[sys.argv[1]]
    asyncio.run(work(msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Settings), Path(sys.argv[3])))
