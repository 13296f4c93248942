"""Subaccounts, and the transfers of cash between subaccounts, shards and instances."""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.accounts.movements import ShardTransfer, SubaccountTransfer
from kalshi_async.sandbox.edge import views
from kalshi_async.sandbox.edge.bodies import (
    CreateSubaccountRequest,
    IntraExchangeTransferRequest,
    SetTargetBalanceAllocationRequest,
    SubaccountTransferRequest,
    UpdateSubaccountNettingRequest,
)
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.parsing import at_least, one_of, require
from kalshi_async.sandbox.edge.queries import CURSOR, LIMIT_500, LIMIT_1000
from kalshi_async.sandbox.edge.routes.route import EMPTY_OBJECT, Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Rejected

_INSTANCES = frozenset({"event_contract", "margined"})
_CENTICENT_E6 = 100


def create_subaccount(call: Call) -> Reply:
    """Open the next numbered subaccount."""
    shard = call.body(CreateSubaccountRequest).exchange_index
    at_least(shard, 0, "exchange_index")
    number = call.exchange.accounts.create_subaccount(call.account, shard or 0)
    return Reply(201, {"subaccount_number": number})


def get_subaccount_balances(call: Call) -> Reply:
    """Show cash, one row per subaccount and shard; to a restricted key those of its own."""
    account, own = call.seen, call.key.subaccount
    places = {(number, 0) for number in range(account.subaccount_count + 1)} | set(account.cash_e6)
    rows = [
        {
            "subaccount_number": subaccount,
            "exchange_index": shard,
            "balance": fixed_point.cash(account.cash_e6.get((subaccount, shard), 0)),
            "updated_ts": fixed_point.seconds(account.cash_updated_us.get((subaccount, shard), 0)),
        }
        for subaccount, shard in sorted(places)
        if own in (None, subaccount)
    ]
    return ok({"subaccount_balances": rows})


def transfer_between_subaccounts(call: Call) -> Reply:
    """Move cents between two subaccounts of one shard."""
    body = call.body(SubaccountTransferRequest)
    require(body, names=("client_transfer_id", "from_subaccount", "to_subaccount", "amount_cents"))
    at_least(body.exchange_index, 0, "exchange_index")
    call.exchange.transfers.between_subaccounts(
        call.account,
        client_transfer_id=body.client_transfer_id or "",
        from_subaccount=body.from_subaccount or 0,
        to_subaccount=body.to_subaccount or 0,
        amount_cents=body.amount_cents or 0,
        exchange_index=body.exchange_index or 0,
    )
    return ok(EMPTY_OBJECT)


def get_subaccount_transfers(call: Call) -> Reply:
    """List transfers between subaccounts, newest first."""
    page = paginate(
        call.seen.subaccount_transfers,
        _transfer_key,
        name="subaccount_transfers",
        limit=call.query.limit,
        cursor=call.query.cursor,
    )
    return ok({"transfers": [views.subaccount_transfer(row) for row in page.rows], "cursor": page.cursor})


def get_subaccount_netting(call: Call) -> Reply:
    """Show the netting flag of every subaccount; a new one inherits the primary's."""
    netting = call.seen.netting
    rows = [
        {
            "subaccount_number": number,
            "enabled": netting.get(number, netting.get(0, False)),
            "exchange_index": 0,
        }
        for number in range(call.seen.subaccount_count + 1)
    ]
    return ok({"netting_configs": rows})


def update_subaccount_netting(call: Call) -> Reply:
    """Set the netting flag of one subaccount; the answer is ``{}`` (demo, update 2026-11-28 §3.6)."""
    body = call.body(UpdateSubaccountNettingRequest)
    require(body, names=("subaccount_number", "enabled"))
    call.exchange.accounts.set_netting(call.account, body.subaccount_number or 0, bool(body.enabled))
    return ok(EMPTY_OBJECT)


def get_target_balance_allocation(call: Call) -> Reply:
    """Show the target of the rebalancer."""
    account = call.seen
    rows = [{"exchange_index": shard, "percent": percent} for shard, percent in account.allocations]
    return ok({"allocations": rows, "resting_margin_reservation": account.resting_margin_reservation})


def set_target_balance_allocation(call: Call) -> Reply:
    """Replace the target of the rebalancer; an empty list turns it off."""
    body = call.body(SetTargetBalanceAllocationRequest)
    require(body, names=("allocations",))
    shares: list[tuple[int, int]] = []
    for share in body.allocations or []:
        require(share, names=("exchange_index", "percent"))
        shares.append((share.exchange_index or 0, share.percent or 0))
    call.exchange.allocations.set(call.account, shares, body.resting_margin_reservation or "sum")
    return ok(EMPTY_OBJECT)


def intra_exchange_transfer(call: Call) -> Reply:
    """Move centicents between shards, instances or subaccounts; a restricted key within its own."""
    body = call.body(IntraExchangeTransferRequest)
    require(body, names=("source", "destination", "amount"))
    transfer_id = call.exchange.transfers.between_shards(
        call.account,
        client_transfer_id=body.client_transfer_id or None,
        source=one_of(body.source, _INSTANCES, "source"),
        destination=one_of(body.destination, _INSTANCES, "destination"),
        amount_e6=(body.amount or 0) * _CENTICENT_E6,
        source_shard=body.source_exchange_shard or 0,
        destination_shard=body.destination_exchange_shard or 0,
        source_subaccount=call.key.choose_one(body.source_subaccount),
        destination_subaccount=call.key.choose_one(body.destination_subaccount),
    )
    return ok({"transfer_id": transfer_id})


def get_intra_exchange_transfer(call: Call) -> Reply:
    """Show one transfer."""
    wanted = call.path["transfer_id"]
    for transfer in call.seen.shard_transfers:
        if transfer.transfer_id == wanted:
            return ok({"transfer": views.shard_transfer(transfer)})
    raise Rejected("not_found")


def get_intra_exchange_transfers(call: Call) -> Reply:
    """List transfers between shards and instances, newest first."""
    page = paginate(
        call.seen.shard_transfers,
        _transfer_key,
        name="shard_transfers",
        limit=call.query.limit,
        cursor=call.query.cursor,
    )
    return ok({"transfers": [views.shard_transfer(row) for row in page.rows], "cursor": page.cursor})


def _transfer_key(transfer: SubaccountTransfer | ShardTransfer) -> Key:
    return -transfer.created_us, transfer.transfer_id


_SUBACCOUNTS = "/portfolio/subaccounts"
_ALLOCATION = "/portfolio/target_balance_allocation"
_TRANSFER = "/portfolio/intra_exchange_instance_transfer"
_TRANSFERS = _TRANSFER + "s"
_LONG_PAGE = (LIMIT_1000, CURSOR)
_SHORT_PAGE = (LIMIT_500, CURSOR)

# A key restricted to one subaccount may call these alone (docs subaccounts, 2026-08; update 2026-11-28 §1.6).
_FOR_RESTRICTED_KEYS = (get_subaccount_balances, intra_exchange_transfer)

ROUTES = tuple(
    Route(
        handler.__name__, method, path, handler, parameters, unrestricted=handler not in _FOR_RESTRICTED_KEYS
    )
    for method, path, handler, parameters in (
        ("POST", _SUBACCOUNTS, create_subaccount, ()),
        ("GET", _SUBACCOUNTS + "/balances", get_subaccount_balances, ()),
        ("POST", _SUBACCOUNTS + "/transfer", transfer_between_subaccounts, ()),
        ("GET", _SUBACCOUNTS + "/transfers", get_subaccount_transfers, _LONG_PAGE),
        ("GET", _SUBACCOUNTS + "/netting", get_subaccount_netting, ()),
        ("PUT", _SUBACCOUNTS + "/netting", update_subaccount_netting, ()),
        ("GET", _ALLOCATION, get_target_balance_allocation, ()),
        ("POST", _ALLOCATION, set_target_balance_allocation, ()),
        ("POST", _TRANSFER, intra_exchange_transfer, ()),
        ("GET", _TRANSFERS, get_intra_exchange_transfers, _SHORT_PAGE),
        ("GET", _TRANSFERS + "/{transfer_id}", get_intra_exchange_transfer, ()),
    )
)
