"""Commands, their answers, and every error that a command can provoke."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kalshi_async.contract.frames.control import ERRORS
from kalshi_async.sandbox import Rules, Sandbox
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.streams.views import market_id
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams.kit import OTHER, TICKER, Client, Json, open_client, types


def subscribe(*channels: object, **params: object) -> Json:
    return {"id": 1, "cmd": "subscribe", "params": {"channels": list(channels), **params}}


def update(**params: object) -> Json:
    return {"id": 1, "cmd": "update_subscription", "params": params}


REFUSED: list[tuple[object, int]] = [
    ("not JSON", 1),
    (b"\xff\xfe", 1),
    ("[]", 1),
    ({"id": -1, "cmd": "list_subscriptions"}, 1),
    ({"id": "1", "cmd": "list_subscriptions"}, 1),
    ({"id": 1, "cmd": "subscribe", "params": []}, 1),
    ({"id": 1, "cmd": "subscribe"}, 2),
    ({"id": 1, "cmd": "unsubscribe"}, 2),
    ({"id": 1, "cmd": "subscribe", "params": {}}, 3),
    (subscribe(), 3),
    ({"id": 1, "cmd": "unsubscribe", "params": {}}, 4),
    (update(action="add_markets"), 4),
    ({"id": 1, "cmd": "shout", "params": {}}, 5),
    ({"id": 1}, 5),
    ({"id": 1, "cmd": "unsubscribe", "params": {"sids": [99]}}, 7),
    (update(sid=99, action="add_markets"), 7),
    (subscribe("gossip"), 8),
    (subscribe("fill", "gossip"), 8),
    (subscribe(7), 11),
    (subscribe("fill", market_tickers="one"), 11),
    (subscribe("fill", market_id=market_id(TICKER)), 11),
    (subscribe("ticker", send_initial_snapshot="yes"), 11),
    (subscribe("fill", market_ticker="NO-SUCH"), 11),
    ({"id": 1, "cmd": "unsubscribe", "params": {"sids": ["1"]}}, 11),
    (update(sid=1, action=1), 11),
    (update(sid=1, action="delete_markets", market_ticker=TICKER), 11),  # it is about all markets
    (update(sid=1, sids=[1], action="add_markets"), 12),
    (update(sids=[1, 2], action="add_markets"), 12),
    (update(sid=1, action="shout"), 13),
    (update(sid=1, action="get_snapshot", market_ticker=TICKER), 13),  # of trades
    (subscribe("orderbook_delta"), 14),
    (update(sid=1, action="add_markets"), 14),
    (update(sid=2, action="get_snapshot"), 14),
    (update(sid=1), 15),
    (subscribe("communications", shard_key=1), 19),
    (subscribe("communications", shard_factor=101, shard_key=1), 20),
    (subscribe("communications", shard_factor=2), 21),
    (subscribe("communications", shard_factor=2, shard_key=2), 22),
    (subscribe("cfbenchmarks_value"), 24),
    (update(sid=3, action="subscribe_indices"), 24),
    (subscribe("pyth_value"), 28),
]


@pytest.mark.parametrize(("message", "code"), REFUSED)
async def test_what_is_wrong_with_a_command_is_answered(client: Client, message: object, code: int) -> None:
    """With the id of the command where it has one, and without a new subscription."""
    await client.subscribe("trade")
    await client.subscribe("orderbook_delta", market_ticker=TICKER)
    await client.subscribe("cfbenchmarks_value", index_ids=["BRTI"])
    (frame,) = await client.say(message)
    assert (frame["type"], frame["msg"]["code"], frame["msg"]["msg"]) == ("error", code, ERRORS[code].text)
    if isinstance(message, dict) and code != 1:
        assert frame["id"] == 1
    (rows,) = await client.command("list_subscriptions")
    assert [row["sid"] for row in rows["msg"]] == [1, 2, 3]


async def test_several_channels_are_answered_one_by_one(client: Client) -> None:
    frames = await client.command("subscribe", channels=["fill", "orderbook_delta"], market_ticker=TICKER)
    assert types(frames) == ["subscribed", "subscribed", "orderbook_snapshot"]
    assert [frame["msg"]["sid"] for frame in frames[:2]] == [1, 2]
    assert {frame["id"] for frame in frames[:2]} == {1}
    assert "id" not in frames[2]


async def test_a_command_without_an_id_is_answered_without_one(client: Client) -> None:
    (frame,) = await client.say({"id": 0, "cmd": "list_subscriptions"})
    assert frame.keys() == {"type", "msg", "sending_ts_ms"}


async def test_a_channel_is_subscribed_to_once(client: Client) -> None:
    """The second time it adds markets, or has no effect; without markets it is about all of them."""
    channel: Any = {"channels": ["orderbook_delta"]}
    await client.command("subscribe", **channel, market_tickers=[TICKER])
    again = await client.command("subscribe", **channel, market_tickers=[TICKER])
    assert types(again) == ["subscribed"]
    more = await client.command("subscribe", **channel, market_tickers=[TICKER, OTHER])
    assert types(more) == ["subscribed", "orderbook_snapshot"]
    assert [frame["msg"]["sid"] for frame in again + more[:1]] == [1, 1]
    assert client.seqs(1) == [1, 2]
    await client.command("subscribe", channels=["trade"], market_ticker=TICKER)
    await client.command("subscribe", channels=["trade"])
    (ok,) = await client.command("update_subscription", sid=2, action="add_markets", market_ticker=TICKER)
    assert "msg" not in ok, "there is no list of all markets"


async def test_markets_are_added_and_taken_away(exchange: Sandbox, client: Client) -> None:
    await client.subscribe("orderbook_delta", market_ticker=TICKER)
    added = await client.command("update_subscription", sids=[1], action="add_markets", market_ticker=OTHER)
    assert types(added) == ["ok", "orderbook_snapshot"]
    assert added[0]["msg"] == {"market_tickers": [TICKER, OTHER]}
    (taken,) = await client.command(
        "update_subscription", sid=1, action="delete_markets", market_tickers=[TICKER]
    )
    assert taken["msg"] == {"market_tickers": [OTHER]}
    for ticker in (TICKER, OTHER):
        exchange.market(ticker).quote("ask", "0.40", 1)
    (delta,) = await client.quiet()
    assert delta["msg"]["market_ticker"] == OTHER
    assert client.seqs(1) == [1, 2, 3, 4, 5], "answers take numbers too"


async def test_a_snapshot_by_command_bears_its_id(client: Client) -> None:
    await client.subscribe("orderbook_delta", market_tickers=[TICKER])
    frames = await client.command(
        "update_subscription", sid=1, action="get_snapshot", market_tickers=[TICKER, OTHER]
    )
    assert types(frames) == ["orderbook_snapshot", "error"]
    assert [frame["id"] for frame in frames] == [2, 2]
    assert frames[1]["msg"]["market_ticker"] == OTHER, "it is not subscribed to"
    assert client.seqs(1) == [1, 2, 3]


async def test_unknown_markets_are_refused_and_the_others_served(client: Client) -> None:
    frames = await client.command(
        "subscribe", channels=["trade"], market_tickers=["NO-SUCH", TICKER, "NOR-SUCH"]
    )
    assert types(frames) == ["subscribed", "error"]
    assert (frames[1]["sid"], frames[1]["msg"]["market_tickers"]) == (1, ["NO-SUCH", "NOR-SUCH"])
    (refused,) = await client.command("subscribe", channels=["fill"], market_ticker="NO-SUCH")
    assert (refused["msg"]["market_ticker"], "sid" in refused) == ("NO-SUCH", False)
    ok, refused = await client.command(
        "update_subscription", sid=1, action="add_markets", market_ticker="NO-SUCH"
    )
    assert (ok["msg"], refused["sid"]) == ({"market_tickers": [TICKER]}, 1)


async def test_tickers_can_be_had_at_once_and_by_the_id_of_a_market(client: Client) -> None:
    frames = await client.command(
        "subscribe",
        channels=["ticker"],
        market_ids=[market_id(TICKER)],
        send_initial_snapshot=True,
        skip_ticker_ack=True,
    )
    assert types(frames) == ["subscribed", "ticker"]
    assert frames[1]["msg"]["market_ticker"] == TICKER
    assert (frames[1]["msg"]["yes_bid_dollars"], frames[1]["msg"]["yes_ask_dollars"]) == ("0.0000", "1.0000")
    frames = await client.command(
        "update_subscription", sid=1, action="add_markets", market_ticker=OTHER, send_initial_snapshot=True
    )
    assert types(frames) == ["ok", "ticker"]
    assert "msg" not in frames[0], "skip_ticker_ack"
    frames = await client.command("subscribe", channels=["ticker"], send_initial_snapshot=True)
    assert types(frames) == ["subscribed", "ticker", "ticker", "ticker"], "it is about all markets now"


async def test_all_tickers_can_be_had_at_once(exchange: Sandbox, client: Client) -> None:
    frames = await client.command("subscribe", channels=["ticker"], send_initial_snapshot=True)
    assert len(frames) == 1 + len(exchange.exchange.markets)


async def test_a_subscription_ends_by_command(exchange: Sandbox, client: Client) -> None:
    """Its number goes on; a new subscription has a new id and begins at 1."""
    await client.subscribe("trade", "fill")
    frames = await client.command("unsubscribe", sids=[2, 1, 9])
    assert [(frame["type"], frame.get("sid"), frame.get("seq")) for frame in frames] == [
        ("unsubscribed", 2, 1),
        ("unsubscribed", 1, 1),
        ("error", None, None),
    ]
    exchange.market(TICKER).quote("ask", "0.40", 1)
    exchange.market(TICKER).trade("bid", "0.40", 1)
    assert await client.quiet() == []
    assert await client.subscribe("trade") == {"trade": 3}


async def test_feeds_are_added_listed_and_taken_away(client: Client) -> None:
    for channel, one, other, name, words in (
        ("cfbenchmarks_value", "BRTI", "ETHUSD_RTI", "index_ids", ("indices", "indexlist")),
        (
            "pyth_value",
            "Crypto.BTC/USD",
            "Metal.XAU/USD",
            "underlying_tickers",
            ("underlyings", "underlying_list"),
        ),
    ):
        sid = (await client.subscribe(channel, **{name: [one]}))[channel]
        params: Any = {"sid": sid, name: [other]}
        (added,) = await client.command("update_subscription", action=f"subscribe_{words[0]}", **params)
        assert added["msg"] == {name: [one, other]}
        (taken,) = await client.command("update_subscription", action=f"unsubscribe_{words[0]}", **params)
        assert taken["msg"] == {name: [one]}
        (listed,) = await client.command("update_subscription", sid=sid, action=words[1])
        assert listed["type"] == f"{channel}_{words[1]}"
        assert listed["msg"][name] == [one, other]
        assert client.seqs(sid) == [1, 2, 3]


@pytest.fixture
async def small(clock: VirtualClock) -> Any:
    """An exchange with limits that a test can reach."""
    limits = StreamRules(commands_per_s=5, book_markets_per_connection=1, command_bytes=500)
    async with Sandbox(clock=clock, accounts=["alice"], rules=replace(Rules(), streams=limits)) as exchange:
        yield exchange


async def test_a_book_too_many_is_refused(small: Sandbox) -> None:
    async with open_client(small, small.accounts["alice"]) as client:
        (refused,) = await client.command(
            "subscribe", channels=["orderbook_delta"], market_tickers=[TICKER, OTHER]
        )
        await client.subscribe("orderbook_delta", market_ticker=TICKER)
        (again,) = await client.command(
            "update_subscription", sid=1, action="add_markets", market_ticker=OTHER
        )
    assert [refused["msg"]["code"], again["msg"]["code"], again["sid"]] == [26, 26, 1]


async def test_a_command_too_many_is_refused_until_the_next_second(small: Sandbox) -> None:
    async with open_client(small, small.accounts["alice"]) as client:
        for _ in range(6):
            await client.socket.send('{"id": 4, "cmd": "list_subscriptions"}')
        frames = await client.quiet(1)
        assert types(frames) == ["ok"] * 5 + ["error"]
        assert (frames[-1]["id"], frames[-1]["msg"]["code"]) == (4, 27)
        assert types(await client.command("list_subscriptions")) == ["ok"]


async def test_a_command_too_large_ends_the_connection(small: Sandbox) -> None:
    async with open_client(small, small.accounts["alice"]) as client:
        await client.socket.send('{"id": 1, "cmd": "' + "x" * 500 + '"}')
        assert (await client.until_closed())[0] == 1009


async def test_a_command_may_come_in_fragments(client: Client) -> None:
    await client.socket.send(['{"id": 1, "cmd": ', '"list_sub', 'scriptions"}'])
    assert types(await client.quiet()) == ["ok"]
