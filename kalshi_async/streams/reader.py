"""One reader of a channel: entered, iterated and left by the program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Generic, Self, TypeVar

from kalshi_async.errors import InvalidRequest
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Inbox

Event = TypeVar("Event", covariant=True)

ENTER_S = 5.0
"""Seconds to wait for the exchange's confirmation when a reader is entered (ours)."""


class Reader(Generic[Event]):
    """Events of a channel, in order; use ``async with``, then ``async for``.

    It is registered when it has been entered: from then on every event comes, or a ``Gap`` says that
    some may be missing. Entering waits up to 5 s for the exchange's confirmation; without one it goes
    on with a ``Gap`` as the first event, and ``Resumed`` follows. Raises SubscriptionRefused if the
    exchange refuses, SlowConsumer if too many facts wait, and what ended the stream.
    For one task; a second task opens a reader of its own.
    """

    def __init__(
        self,
        options: Options,
        inbox: Inbox,
        add: Callable[[Options, Inbox], None],
        remove: Callable[[Options, Inbox], None],
    ) -> None:
        self._options, self._inbox = options, inbox
        self._add, self._remove = add, remove
        self._is_entered = False

    @property
    def is_current(self) -> bool:
        """Whether events come at this moment: the exchange has confirmed it, and no gap is open."""
        return self._inbox.is_current and not self._inbox.has_ended

    async def __aenter__(self) -> Self:
        if self._is_entered:
            raise InvalidRequest("this reader was entered before: ask the stream for another one")
        self._is_entered = True
        self._add(self._options, self._inbox)
        try:
            async with asyncio.timeout(ENTER_S):
                await self._inbox.confirmed.wait()
        except TimeoutError:
            self._inbox.give_up_waiting()
        except BaseException:  # __aexit__ is not called if __aenter__ fails or is canceled
            self._remove(self._options, self._inbox)
            raise
        if self._inbox.has_ended:
            self._remove(self._options, self._inbox)
            await self._inbox.take()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._remove(self._options, self._inbox)
        self._inbox.end(InvalidRequest("the reader was left"))  # for a task that still iterates it

    def __aiter__(self) -> AsyncIterator[Event]:
        if not self._is_entered:
            raise InvalidRequest("enter the reader first: async with stream.fills() as fills")
        return self

    def __anext__(self) -> Coroutine[object, None, Event]:
        """Return the next event; wait for one. Never ends by itself, but for a recording's end."""
        return self._inbox.take()  # type: ignore[return-value]  # what its channel puts; no call of our own
