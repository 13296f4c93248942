"""Tell the observers of an account's writes what is sent, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

from kalshi_async.account.write_observers import WriteObserver
from kalshi_async.calls.call import Call

Reply = TypeVar("Reply")


def observed(
    run: Callable[[Call[Reply]], Coroutine[object, object, Reply]], observers: Sequence[WriteObserver]
) -> Callable[[Call[Reply]], Coroutine[object, object, Reply]]:
    """Return ``Pipeline.run`` for a write of which observers are told."""

    async def run_observed(call: Call[Reply]) -> Reply:
        for observer in observers:
            observer.began(call)
        try:
            reply = await run(call)
        except BaseException as error:
            for observer in observers:
                observer.ended(call, None, error)
            raise
        for observer in observers:
            observer.ended(call, reply, None)
        return reply

    return run_observed
