"""Alice with a key that notes each signature, behind a scripted network.

The exchange verifies every signature. The keys are real; ``NotedKey`` stands before one, notes
on which thread it signs, and can be held.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from kalshi_async import CreatedOrder, Credentials, RateLimits, Session, Signer
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.access.keys import KeyType
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.signing.credentials import PrivateKey
from kalshi_async.signing.source import THREADS
from tests.stages.scene import new_order
from tests.stages.scripted import Scripted, silence

PAUSE_S = 0.1
PATIENCE_S = 30
"""Real seconds that a thread or a test waits for the other: many, on a busy machine."""


@dataclass(eq=False)
class NotedKey:
    """A private key. It can be held, by ``may_sign`` for all signatures, or for each by itself.

    ``on_loop`` says of each signature whether the event loop made it. Once ``held`` is a list, each
    signature adds an event to it and waits until that is set.
    """

    inner: PrivateKey
    on_loop: list[bool] = field(default_factory=list)
    may_sign: threading.Event = field(default_factory=threading.Event)
    held: list[threading.Event] | None = None

    def __post_init__(self) -> None:
        self.may_sign.set()

    def sign(self, *message: object) -> bytes:
        self.on_loop.append(threading.current_thread() is threading.main_thread())
        assert self.may_sign.wait(PATIENCE_S)
        if self.held is not None:
            hold = threading.Event()
            self.held.append(hold)
            assert hold.wait(PATIENCE_S)
        return self.inner.sign(*message)  # type: ignore[arg-type]  # those of either kind


class NotedRsa(NotedKey):
    key_size = 2048


class NotedEd25519(NotedKey):
    pass


RSAPrivateKey.register(NotedRsa)
Ed25519PrivateKey.register(NotedEd25519)


@dataclass
class KeyScene:
    """Alice, who has all the tokens that she wants, her key, and the network before the exchange."""

    clock: VirtualClock
    key_type: KeyType = "rsa"

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(tier="off", clock=self.clock, seed=7, read_lag_ms=0)
        self.alice = self.sandbox.add_account("alice", key_type=self.key_type)
        inner = Credentials(self.alice.key_id, self.alice.private_key_pem).private_key
        self.key = NotedRsa(inner) if self.key_type == "rsa" else NotedEd25519(inner)
        self.network = Scripted(inner=httpx.ASGITransport(self.sandbox.app))

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.alice.key_id, cast(PrivateKey, self.key))

    def session(self, signer: Signer | None = None) -> Session:
        """A session that asks nothing at opening."""
        limits = RateLimits(self.clock.monotonic, read=(10**6, 10**6), write=(10**6, 10**6))
        return Session(
            self.sandbox.environment,
            signer or self.credentials,
            rate_limits=limits,
            clock=self.clock,
            base_transport=self.network,
        )

    async def under_way(self, session: Session) -> asyncio.Task[CreatedOrder]:
        """Send a create that nobody answers: from now on no other call is alone."""
        self.network.requests.clear()
        self.network.play(silence)
        task = asyncio.create_task(session.with_options(deadline_s=3_600).orders.create(new_order()))
        await turned(lambda: len(self.network.requests) > 0)
        self.forget()
        return task

    def hold_each(self) -> list[threading.Event]:
        """Hold every signature by itself from now on; returns the list of what holds them."""
        self.key.held = []
        return self.key.held

    async def sign_next(self, asked: int) -> None:
        """Let through the oldest of the ``asked`` signatures that are held, until its request is sent."""
        held, sent = self.key.held, len(self.network.requests)
        assert held is not None
        begun = min(sent + THREADS, asked)
        await turned(lambda: len(held) == begun)
        held[sent].set()
        await turned(lambda: len(self.network.requests) == sent + 1)

    def forget(self) -> None:
        self.key.on_loop.clear()
        self.network.requests.clear()

    async def paced(self, session: Session, times: int = 3) -> None:
        """Create orders with pauses in between."""
        for _ in range(times):
            await session.orders.create(new_order())
            await self.clock.sleep(PAUSE_S)
        self.forget()

    @property
    def ages_ms(self) -> list[int]:
        """How long before they were sent, at most one at a time, the last requests were signed."""
        return [self.clock.now_ms() - stamp_of(request) for request in self.network.requests]


def stamp_of(request: httpx.Request) -> int:
    return int(request.headers["kalshi-access-timestamp"])


async def turned(condition: Callable[[], bool]) -> None:
    """Let others run until something has happened."""
    # By the real clock: how often the loop turns while a thread starts depends on the machine.
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s, "it never happened"
        await asyncio.sleep(0)


def signing_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("kalshi_async signing")]


async def end(task: asyncio.Task[CreatedOrder]) -> None:
    task.cancel()
    await asyncio.wait([task])
