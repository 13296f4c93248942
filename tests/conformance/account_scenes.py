"""How the examples about money, positions, tiers and the exchange itself come about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kalshi_async.sandbox.faults import ServerFailure
from tests.conformance.examples import Request
from tests.conformance.order_scenes import (
    a_post_only_that_crosses,
    an_empty_write_bucket,
    an_id_that_was_used,
)
from tests.conformance.scenes import Scene, an_account, refused_amend, refused_create, unknown
from tests.conformance.stage import BASE, OTHER_TICKER, TRANSFER, Stage
from tests.stages.members import Json

_SUBACCOUNT_TRANSFER: Json = {
    "client_transfer_id": "11111111-2222-4333-8444-555555555555",
    "from_subaccount": 0,
    "to_subaccount": 1,
    "amount_cents": 5_000,
}
_SHARD_TRANSFER: Json = {
    "client_transfer_id": "11111111-2222-4333-8444-555555555555",
    "source": "event_contract",
    "destination": "event_contract",
    "amount": 250_000,
    "source_exchange_shard": 0,
    "destination_exchange_shard": 2,
}
_WITHIN = "/portfolio/subaccounts/transfer"
_ACROSS = "/portfolio/intra_exchange_instance_transfer"
_RESTING_VALUE = "/portfolio/summary/total_resting_order_value"
_UPGRADE = "/account/api_usage_level/upgrade"
_BALANCE = Request("GET", BASE + "/portfolio/balance")


def opened(*, cash: int = 10_000, tier: str = "off", shards: tuple[int, ...] = (0, 1, 2, 3)) -> Scene:
    """An account and nothing else."""

    async def scene(stage: Stage) -> None:
        await stage.open(cash=cash, tier=tier, shards=shards)

    return scene


async def a_basic_account(stage: Stage) -> Request:
    await stage.open(tier="basic")
    return Request("POST", BASE + "/portfolio/subaccounts", {})


async def two_contracts_at_ninety_nine(stage: Stage) -> None:
    await stage.open(cash=100, shards=(0, 2))
    stage.quote("ask", "0.99", 2)
    await stage.alice.rest(price="0.9900", count="2.00")


async def fills_of_both_roles(stage: Stage) -> None:
    await stage.open()
    await stage.fill_three()
    await stage.clock.sleep(0.9)
    await stage.sell_three()


async def three_no(stage: Stage) -> None:
    await stage.open()
    await stage.sell_three()


async def three_no_that_won(stage: Stage) -> None:
    await three_no(stage)
    stage.sandbox.exchange.market(OTHER_TICKER).settle("no")


async def seven_resting(stage: Stage) -> None:
    await stage.open(is_fcm=True)
    await stage.alice.rest(count="7.00")


async def a_withdrawal(stage: Stage) -> None:
    await stage.open()
    stage.sandbox.exchange.accounts.withdraw(stage.alice.keys.account, Decimal(25))


async def one_subaccount(stage: Stage) -> None:
    await stage.open()
    await stage.subaccounts(1)


async def a_subaccount_with_fifty(stage: Stage) -> None:
    await stage.open(cash=100, shards=(0,))
    stage.quote("ask", "0.99", 2)
    await stage.alice.rest(price="0.9900", count="2.00")
    await stage.subaccounts(1)
    await stage.mutate(_WITHIN, _SUBACCOUNT_TRANSFER)


async def a_transfer_id_that_was_used(stage: Stage) -> Request:
    await a_subaccount_with_fifty(stage)
    return Request("POST", BASE + _WITHIN, _SUBACCOUNT_TRANSFER | {"amount_cents": 1})


async def a_transfer_of_too_much(stage: Stage) -> Request:
    await one_subaccount(stage)
    return Request("POST", BASE + _WITHIN, _SUBACCOUNT_TRANSFER | {"amount_cents": 1_000_001})


async def an_allocation(stage: Stage) -> None:
    await stage.open()
    shares = [{"exchange_index": 0, "percent": 80}, {"exchange_index": 1, "percent": 20}]
    await stage.mutate("/portfolio/target_balance_allocation", {"allocations": shares})


async def money_on_shard_two(stage: Stage) -> None:
    await stage.open()
    reply = await stage.mutate(_ACROSS, _SHARD_TRANSFER)
    assert stage.known.learn(TRANSFER, reply["transfer_id"])


async def money_on_its_way(stage: Stage) -> None:
    await stage.open(transfer_delay_ms=1_000)
    await stage.mutate(_ACROSS, _SHARD_TRANSFER)


async def a_shard_transfer_that_was_applied(stage: Stage) -> Request:
    await money_on_shard_two(stage)
    return Request("POST", BASE + _ACROSS, _SHARD_TRANSFER)


async def an_old_fill(stage: Stage) -> None:
    await stage.open()
    await stage.old_fill()


async def an_old_event(stage: Stage) -> None:
    await an_old_fill(stage)
    stage.sandbox.exchange.market("KXHIGHNY-26JUL04-B90.5").settle("yes")
    await stage.archive()


async def a_busy_month(stage: Stage) -> None:
    await stage.open()
    stage.quote("ask", "0.01", 152_300)
    await stage.alice.rest(price="0.0100", count="152300.00")


async def an_account_that_trades(stage: Stage) -> None:
    await stage.open(tier="basic")
    await stage.alice.rest()


async def a_trading_pause(stage: Stage) -> None:
    await stage.open()
    stage.sandbox.exchange.shards.pause_trading()


async def an_exchange_pause(stage: Stage) -> None:
    await stage.open()
    stage.sandbox.exchange.shards.pause()


def headers(skew_ms: int = 0, **changes: str | None) -> Scene:
    """A balance request whose headers are not right; None leaves one out."""

    async def scene(stage: Stage) -> Request:
        member = await stage.open()
        signed = member.headers("GET", "/portfolio/balance", skew_ms=skew_ms)
        member.extra_headers = signed | {
            f"KALSHI-ACCESS-{part.upper()}": value or "" for part, value in changes.items()
        }
        return _BALANCE

    return scene


async def an_unknown_instance(stage: Stage) -> Request:
    await stage.open()
    # The code of the example carries the user's id.
    stage.known.learn("3f0c8a52-6d0e-4b6e-9a55-1d2f7c4b9e10", stage.alice.keys.account.user_id)
    return Request("POST", BASE + _ACROSS, _SHARD_TRANSFER | {"destination": "margined"})


async def a_gateway(stage: Stage) -> Request:
    await stage.open()
    stage.sandbox.faults.on("get_balance", ServerFailure(502))
    return _BALANCE


async def fees_that_will_change(stage: Stage) -> None:
    await stage.open()
    fees = stage.sandbox.exchange.fees
    fees.change_series("KXHIGHNY", "quadratic_with_maker_fees", Decimal("0.5"), in_s=86_400)
    fees.override_event("KXHIGHNY-26NOV23", multiplier=Decimal("2.5"), in_s=86_400)


ACCOUNT_SCENES: Mapping[str, Scene] = {
    "get_balance": two_contracts_at_ninety_nine,
    "get_balance: clock skew": headers(skew_ms=-60_000),
    "get_balance: bad signature": headers(signature="AAAA"),
    "get_balance: unknown key id": headers(key="00000000-0000-4000-8000-000000000000"),
    "get_balance: header missing": headers(signature=None),
    "get_positions": three_no,
    "get_fills": fills_of_both_roles,
    "get_settlements": three_no_that_won,
    "get_total_resting_order_value": seven_resting,
    "get_total_resting_order_value: account is not an FCM member (body unverified)": unknown(
        "GET", _RESTING_VALUE
    ),
    "get_deposits": opened(cash=100),
    "get_withdrawals": a_withdrawal,
    "create_subaccount": an_account,
    "create_subaccount, on shard 2": one_subaccount,
    "create_subaccount: Basic tier": a_basic_account,
    "get_subaccount_balances": a_subaccount_with_fifty,
    "transfer_between_subaccounts": one_subaccount,
    "transfer_between_subaccounts: client_transfer_id reused (code seen on intra-exchange transfers; "
    "here unverified)": a_transfer_id_that_was_used,
    "transfer_between_subaccounts: not enough cash (code unverified)": a_transfer_of_too_much,
    "get_subaccount_transfers": a_subaccount_with_fifty,
    "get_subaccount_netting": one_subaccount,
    "update_subaccount_netting": one_subaccount,
    "get_target_balance_allocation": an_allocation,
    "set_target_balance_allocation": an_account,
    "set_target_balance_allocation, turn rebalancing off": an_allocation,
    "intra_exchange_transfer": an_account,
    "intra_exchange_transfer: same client_transfer_id on the same route": a_shard_transfer_that_was_applied,
    "get_intra_exchange_transfer": money_on_shard_two,
    "get_intra_exchange_transfer: 404": unknown("GET", _ACROSS + "s/nobody"),
    "get_intra_exchange_transfers": money_on_its_way,
    "get_historical_cutoff": an_account,
    "get_historical_orders": an_old_fill,
    "get_historical_fills": an_old_fill,
    "get_historical_positions": an_old_event,
    "get_series_fee_changes": fees_that_will_change,
    "get_event_fee_changes": fees_that_will_change,
    "get_account_limits": opened(tier="premier"),
    "get_account_limits, Basic, June 2026 demo observation": opened(tier="basic"),
    "get_endpoint_costs": an_account,
    "get_volume_progress": a_busy_month,
    "upgrade_api_usage_level": an_account_that_trades,
    "upgrade_api_usage_level: none of the last 100 orders came through the API (body unverified)": unknown(
        "POST", _UPGRADE, {}
    ),
    "get_exchange_status, normal": opened(shards=(0, 1)),
    "get_exchange_status, weekly trading pause": a_trading_pause,
    "get_exchange_status, exchange down": an_exchange_pause,
    "get_exchange_schedule": an_account,
    "get_user_data_timestamp": an_account,
    "shape, nested": unknown("GET", "/portfolio/orders/nobody"),
    "shape, nested with details": a_post_only_that_crosses,
    "shape, nested with service (before 2026-08-06)": an_id_that_was_used,
    "shape, flat": refused_create(count=10),
    "shape, msg only": unknown("GET", "/markets", limit=1001),
    "shape, string error": an_empty_write_bucket,
    "shape, unmapped engine code": refused_amend(),
    "shape, code carrying data": an_unknown_instance,
    "shape, retired V1": unknown("POST", "/portfolio/orders", {}),
    "shape, gateway": a_gateway,
}
"""Title of the example -> its scene."""
