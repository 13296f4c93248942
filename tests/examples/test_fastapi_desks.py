"""The FastAPI backend's desks: opened by a key, shared, bounded, and closed well."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import OutcomeUnknown
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox.access.keys import generate_pair
from kalshi_async.sandbox.engine.state import Account
from kalshi_async.sandbox.faults import ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.backend import Backend, order, running


def resting(account: Account) -> int:
    return len(account.resting)


def key_of(backend: Backend, name: str) -> dict[str, object]:
    owner = backend.sandbox.accounts[name]
    return {"key_id": owner.key_id, "private_key": owner.private_key_pem}


async def test_a_key_opens_the_desk_of_its_owner(clock: VirtualClock) -> None:
    async with running(clock) as backend:
        backend.sandbox.add_account("alice", "rsa")
        async with backend.visitor(**key_of(backend, "alice")) as alice:
            await alice.post("/api/orders", json=order())
        assert resting(backend.account("alice")) == 1


async def test_a_key_that_the_exchange_refuses_opens_nothing(clock: VirtualClock) -> None:
    async with running(clock) as backend:
        stranger, _ = generate_pair("ed25519")
        transport = httpx.ASGITransport(app=backend.app)
        async with httpx.AsyncClient(transport=transport, base_url=backend.url) as client:
            key = {**key_of(backend, "me"), "private_key": stranger}
            refused = await client.post("/api/login", json=key)
            garbled = await client.post("/api/login", json={**key, "private_key": "-----BEGIN NONSENSE-----"})
    assert (refused.status_code, garbled.status_code) == (401, 401)
    assert "set-cookie" not in refused.headers
    assert stranger.splitlines()[1] not in refused.text


async def test_logging_in_twice_is_one_desk_and_one_budget(clock: VirtualClock) -> None:
    """Two sessions of one account would each count on the whole budget, and meet 429s."""
    async with running(clock) as backend:
        backend.sandbox.add_account("alice")
        key = key_of(backend, "alice")
        async with backend.visitor(**key) as laptop, backend.visitor(**key) as phone:
            assert laptop.cookies["desk"] == phone.cookies["desk"]


async def test_all_sessions_send_through_one_transport(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections are the backend's, not each user's: a hundred users need no hundred handshakes."""
    keys: list[set[str]] = []

    class Watched(Http1Transport):
        def __init__(self) -> None:
            super().__init__()
            self.keys_seen: set[str] = set()
            keys.append(self.keys_seen)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.keys_seen.add(request.headers["KALSHI-ACCESS-KEY"])
            return await super().handle_async_request(request)

    monkeypatch.setattr("examples.fastapi_backend.app.Http1Transport", Watched)
    async with running(clock) as backend, backend.visitor(), backend.visitor():
        owners = {account.key_id for account in backend.sandbox.accounts.values()}
    assert len(owners) == 3
    assert keys == [owners]


async def test_an_id_without_its_key_does_not_join_an_open_desk(clock: VirtualClock) -> None:
    async with running(clock) as backend:
        alice = backend.sandbox.add_account("alice")
        async with backend.visitor(**key_of(backend, "alice")) as client:
            stranger, _ = generate_pair("ed25519")
            key = {"key_id": alice.key_id, "private_key": stranger}
            assert (await client.post("/api/login", json=key)).status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        cookie = (await client.post("/api/login", json={})).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


async def test_leaving_cancels_what_rests_and_forgets_the_desk(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        await client.post("/api/orders", json=order())
        cookie = client.cookies["desk"]
        assert (await client.post("/api/logout")).status_code == 204
        assert resting(backend.account("guest 1")) == 0
        again = await client.get("/api/orders", headers={"Cookie": f"desk={cookie}"})
        assert again.status_code == 401


async def test_the_end_of_the_app_cancels_what_rests_of_everybody(clock: VirtualClock) -> None:
    async with running(clock) as backend:
        async with backend.visitor() as one, backend.visitor() as other:
            for client in (one, other):
                await client.post("/api/orders", json=order())
        accounts = [backend.account("guest 1"), backend.account("guest 2")]
        assert [resting(account) for account in accounts] == [1, 1]
    assert [resting(account) for account in accounts] == [0, 0]


async def test_desks_that_do_not_close_well_are_told_after_all_have_had_their_turn(
    clock: VirtualClock,
) -> None:
    async def live() -> None:
        async with running(clock) as backend, backend.visitor() as one, backend.visitor() as other:
            for client in (one, other):
                await client.post("/api/orders", json=order())
            backend.sandbox.faults.every("cancel_all_orders", ServerFailure(502))

    with pytest.raises(ExceptionGroup) as caught:
        await live()
    assert [type(error) for error in caught.value.exceptions] == [OutcomeUnknown, OutcomeUnknown]


async def test_the_desk_that_was_idle_for_longest_makes_room(clock: VirtualClock) -> None:
    async with running(clock, most_desks=2) as backend, backend.visitor() as one, backend.visitor() as two:
        for client in (two, one):
            await client.post("/api/orders", json=order())
            await clock.sleep(1)
        async with backend.visitor() as three:
            statuses = [(await client.get("/api/desk")).status_code for client in (one, two, three)]
        assert statuses == [200, 401, 200]
        assert resting(backend.account("guest 2")) == 0


async def test_a_desk_in_use_makes_no_room(clock: VirtualClock) -> None:
    async with running(clock, most_desks=1) as backend, backend.visitor() as client:
        with backend.desks.visit(client.cookies["desk"]):
            refused = await client.post("/api/login", json={})
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert (await client.get("/api/desk")).status_code == 200


async def test_a_guest_is_for_the_sandbox_alone(clock: VirtualClock) -> None:
    async with running(clock) as backend, backend.visitor() as client:
        backend.app.state.sandbox = None
        refused = await client.post("/api/login", json={})
    assert refused.status_code == 422


async def test_a_desk_may_live_in_a_subaccount(clock: VirtualClock) -> None:
    """Its switch then spares what the owner has placed elsewhere."""
    async with running(clock) as backend:
        alice = backend.sandbox.add_account("alice", tier="advanced")
        backend.sandbox.exchange.accounts.create_subaccount(alice.account)
        key = key_of(backend, "alice")
        async with backend.visitor(**key) as primary, backend.visitor(**key, subaccount=1) as own:
            await primary.post("/api/orders", json=order())
            assert (await own.get("/api/orders")).json() == []
            await own.post("/api/logout")
            assert resting(alice.account) == 1
