"""What observers are told, what cannot harm a call, and what the log never shows."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest

from kalshi_async import (
    AttemptEvent,
    Hooks,
    NotSent,
    OutcomeUnknown,
    ReplyEvent,
    ReplyLost,
    WaitEvent,
)
from kalshi_async.transport.progress import PROGRESS
from tests.stages.scene import RESET, Scene, new_order
from tests.stages.scripted import silence
from tests.stages.served import ONE_PIECE, session_of

SECRETS = ("kalshi-access-signature", "PRIVATE KEY")


async def leaving(request: httpx.Request) -> httpx.Response:
    """Report that bytes have left, and never answer."""
    request.extensions[PROGRESS].report()
    request.extensions[PROGRESS].sent = True
    return await silence(request)


async def connecting(request: httpx.Request) -> httpx.Response:
    """Report that none has, and never get further."""
    request.extensions[PROGRESS].report()
    return await silence(request)


async def test_every_attempt_is_told_with_its_reply(scene: Scene) -> None:
    scene.play(httpx.ConnectError("refused"), RESET, httpx.Response(503))
    await scene.session.orders.create(new_order())
    assert [(event.operation, event.attempt) for event in scene.attempts] == [
        ("create_order", number) for number in (1, 2, 3, 4)
    ]
    assert [(event.attempt, event.status, event.sent) for event in scene.replies] == [
        (1, None, False),
        (2, None, None),
        (3, 503, True),
        (4, 201, True),
    ]
    assert [type(event.error) for event in scene.replies] == [NotSent, ReplyLost, type(None), type(None)]
    assert all(event.duration_s >= 0 for event in scene.replies)


async def test_a_wait_for_tokens_is_told_with_its_length(scene: Scene) -> None:
    scene.play()
    await scene.session.orders.create_batch([new_order() for _ in range(ONE_PIECE)])
    await scene.session.orders.create(new_order())
    (wait,) = scene.waits
    assert wait.operation == "create_order"
    assert wait.attempt == 1
    assert wait.queue_wait_s > 0
    assert wait.tokens_left >= 0
    assert scene.attempts[-1].queue_wait_s == wait.queue_wait_s
    assert scene.attempts[-1].skew_ms == 0


async def test_an_attempt_that_did_not_wait_says_so_though_the_one_before_did(scene: Scene) -> None:
    await scene.session.orders.create_batch([new_order() for _ in range(ONE_PIECE)])
    scene.play(RESET)
    await scene.session.orders.create(new_order())
    first, second = scene.attempts[-2:]
    assert first.queue_wait_s > 0
    assert second.queue_wait_s == 0


@pytest.mark.parametrize(
    ("line", "sent"), [(leaving, True), (connecting, False), (silence, None)], ids=["left", "not", "mute"]
)
async def test_a_canceled_call_says_through_the_hook_what_had_left(
    scene: Scene, line: object, sent: bool | None
) -> None:
    # The caller gets CancelledError, which cannot carry it.
    tokens = scene.session.rate_limits.write.tokens()
    scene.play(line)  # type: ignore[arg-type]  # a line of the script
    call = asyncio.create_task(scene.session.orders.create(new_order()))
    await scene.has_written()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (event,) = scene.replies
    assert (event.sent, event.status) == (sent, None)
    assert isinstance(event.error, asyncio.CancelledError)
    assert scene.session.rate_limits.write.tokens() == (tokens if sent is False else tokens - 10)


async def test_a_call_canceled_in_the_queue_leaves_nothing_behind(scene: Scene) -> None:
    scene.play()
    await scene.session.orders.create_batch([new_order() for _ in range(ONE_PIECE)])
    tokens = scene.session.rate_limits.write.tokens()
    scene.play()
    call = asyncio.create_task(scene.session.orders.create(new_order()))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert scene.session.rate_limits.write.tokens() == tokens
    assert scene.session.rate_limits.write.waiting == 0
    assert not scene.network.requests


async def test_a_hook_that_fails_never_breaks_a_call(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: WaitEvent | AttemptEvent | ReplyEvent) -> None:
        raise RuntimeError(f"no metrics for {event.operation}")

    hooks = Hooks(on_wait=broken, on_attempt=broken, on_reply=broken)
    session = await scene.again(hooks=hooks)
    await session.orders.create_batch([new_order() for _ in range(ONE_PIECE)])
    assert (await session.orders.create(new_order())).order_id in scene.account.resting
    said = [record for record in caplog.records if record.exc_info]
    assert {record.getMessage() for record in said} == {
        "a hook failed on WaitEvent",
        "a hook failed on AttemptEvent",
        "a hook failed on ReplyEvent",
    }


async def test_a_session_without_hooks_tells_nobody(scene: Scene) -> None:
    session = await scene.again()
    await session.orders.create(new_order())
    assert not [*scene.attempts, *scene.replies, *scene.waits]


async def test_neither_events_nor_the_log_hold_a_secret(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "kalshi_async")
    scene.play(RESET, httpx.Response(503), httpx.Response(429), ever=lambda: RESET)
    with pytest.raises(OutcomeUnknown):
        await scene.session.orders.create(new_order())
    key = scene.alice.private_key_pem.splitlines()[1]
    signatures = [request.headers["kalshi-access-signature"] for request in scene.writes]
    said = [repr(event) for event in (*scene.attempts, *scene.replies, *scene.waits)]
    said += [f"{record.getMessage()} {record.args!r}" for record in caplog.records]
    assert caplog.records, "something was logged"
    for secret in (*SECRETS, key, scene.alice.key_id, *signatures):
        assert not [text for text in said if secret in text]


async def test_what_is_logged_is_logged_under_the_packages_name(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scene.play(RESET)
    await scene.session.orders.create(new_order())
    ours = [record for record in caplog.records if record.name == "kalshi_async"]
    assert "create_order attempt 1" in ours[0].getMessage()
    assert not logging.getLogger("kalshi_async").handlers, "handlers are the program's own"


async def test_a_transports_own_trouble_is_an_event_like_any_other(scene: Scene) -> None:
    scene.play(ValueError("what is this"))
    await scene.session.portfolio.balance()
    assert [event.operation for event in scene.replies] == ["get_balance"] * 2
    assert [event.sent for event in scene.replies] == [None, True]


async def test_two_sessions_tell_their_own_hooks(scene: Scene) -> None:
    heard: list[ReplyEvent] = []
    session = session_of(
        scene.sandbox,
        scene.alice,
        scene.clock,
        base_transport=scene.inner,
        hooks=Hooks(on_reply=heard.append),
    )
    async with session:
        heard.clear()
        await session.portfolio.balance()
    assert [event.operation for event in heard] == ["get_balance"]
    assert scene.replies == []
