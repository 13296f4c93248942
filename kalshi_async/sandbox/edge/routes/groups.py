"""Order groups: /portfolio/order_groups."""

from __future__ import annotations

from kalshi_async.sandbox.edge import views
from kalshi_async.sandbox.edge.bodies import CreateOrderGroupRequest, OrderGroupLimitRequest, one_subaccount
from kalshi_async.sandbox.edge.parsing import at_least
from kalshi_async.sandbox.edge.queries import SUBACCOUNT, Integer
from kalshi_async.sandbox.edge.routes.route import EMPTY_OBJECT, Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Rejected


def create_order_group(call: Call) -> Reply:
    """Create a group; its orders must share its subaccount and shard."""
    body = call.body(CreateOrderGroupRequest)
    at_least(body.exchange_index, 0, "exchange_index")
    subaccount = one_subaccount(call.key, body.subaccount)
    group = call.exchange.groups.create(
        call.account, body.limit_e2(), subaccount=subaccount, exchange_index=body.exchange_index or 0
    )
    return Reply(
        201,
        {
            "order_group_id": group.order_group_id,
            "subaccount": group.subaccount,
            "exchange_index": group.exchange_index,
        },
    )


def get_order_groups(call: Call) -> Reply:
    """List all groups; an account without any answers ``{}`` (recording of 2026-06)."""
    subaccount = call.subaccounts()
    groups = [group for group in call.seen.groups.values() if subaccount in (None, group.subaccount)]
    return ok({"order_groups": [views.group(group) for group in groups]} if groups else EMPTY_OBJECT)


def get_order_group(call: Call) -> Reply:
    """Show one group and its members."""
    group = call.seen.groups.get(call.path["order_group_id"])
    if group is None or call.subaccounts() not in (None, group.subaccount):
        raise Rejected("not_found")
    return ok(views.group_details(group))


def delete_order_group(call: Call) -> Reply:
    """Cancel the members and remove the group."""
    call.exchange.groups.delete(
        call.account, call.path["order_group_id"], subaccount=call.subaccount(), exchange_index=_shard(call)
    )
    return ok(EMPTY_OBJECT)


def reset_order_group(call: Call) -> Reply:
    """Clear the trigger and the fills of the window."""
    call.exchange.groups.reset(
        call.account, call.path["order_group_id"], subaccount=call.subaccount(), exchange_index=_shard(call)
    )
    return ok(EMPTY_OBJECT)


def trigger_order_group(call: Call) -> Reply:
    """Cancel the members and refuse new ones until reset."""
    call.exchange.groups.trigger(
        call.account, call.path["order_group_id"], subaccount=call.subaccount(), exchange_index=_shard(call)
    )
    return ok(EMPTY_OBJECT)


def update_order_group_limit(call: Call) -> Reply:
    """Set another limit; a limit below the fills of the window triggers the group."""
    call.exchange.groups.set_limit(
        call.account,
        call.path["order_group_id"],
        call.body(OrderGroupLimitRequest).limit_e2(),
        subaccount=call.subaccount(),
        exchange_index=_shard(call),
    )
    return ok(EMPTY_OBJECT)


def _shard(call: Call) -> int:
    return call.query.integer("exchange_index") or 0


_GROUPS = "/portfolio/order_groups"
_GROUP = _GROUPS + "/{order_group_id}"
_SCOPE = (SUBACCOUNT, Integer("exchange_index", 0))

ROUTES = (
    Route("create_order_group", "POST", _GROUPS + "/create", create_order_group),
    Route("get_order_groups", "GET", _GROUPS, get_order_groups, (SUBACCOUNT,)),
    Route("get_order_group", "GET", _GROUP, get_order_group, (SUBACCOUNT,)),
    Route("delete_order_group", "DELETE", _GROUP, delete_order_group, _SCOPE),
    Route("reset_order_group", "PUT", _GROUP + "/reset", reset_order_group, _SCOPE),
    Route("trigger_order_group", "PUT", _GROUP + "/trigger", trigger_order_group, _SCOPE),
    Route("update_order_group_limit", "PUT", _GROUP + "/limit", update_order_group_limit, _SCOPE),
)
