"""The account kept true: which orders rest, what is held, and what just happened.

    async with session.mirror(owner="mm-") as account:
        await account.current(within_s=10)
        print(len(account.orders), account.positions.count("TICKER"))
        async for event in account.events():
            match event:
                case Filled():
                    print(event.count, event.yes_price, event.post_position)
                case OutOfDate():  # do not quote until UpToDate
                    print(event.reason, event.since_ms)

A mirror subscribes to the account's four private channels and reads the account by REST until the read
is valid past the subscription. Then it is *current*: ``Mirror.is_current``. Own replies count at once, of
every session that shares ``rate_limits=``. After a lost connection it does the same again, from the last
proven moment on, and tells what happened in between. A mirror that was just opened tells nothing of before.

**Not current** means: something may be missing. It is said before the stream connects again
(``OutOfDate``), and ended by a read alone (``UpToDate``). Frames go on counting meanwhile, so that the
newest fills show at once; those of the gap follow when they are read. ``dead_man(mirror=account)`` cancels
all orders when that lasts too long.

**What betrays a missed frame** without a lost connection: positions after fills form a chain, and a break
in it is found at that frame; so are a position that no fill explains, and an order whose fills do not add
up, one second later. What nothing betrays is found by the comparison every ``check_s``: ``Drift`` tells
of it once a second read, after a backfill, shows the same. The exchange's word holds.

**Whose orders.** Orders of other programs are mirrored as ``is_external``. With ``owner`` the prefix of the
client_order_id says which ones are the caller's; ``cancel_mine`` cancels those and touches no other.
``Mirror.unresolved`` has creates that may have placed an order; each stays until a frame or a read has shown
its order, or reads prove that there is none (``Absent``, 32 s after its last attempt at the earliest).

**Groups.** Members of a triggered group are *ending* (``Mirror.is_ending``) until the end of each is told.
Reads do not tell whether a group is triggered: after a lost connection ``is_triggered`` is None until the
next change. Frames do not tell the subaccount of a group: in a mirror of some subaccounts, the group of
another program shows after its first order, or at the next comparison.

**Cash.** ``Mirror.cash`` has the balance of each subaccount, as of the last moment at which the exchange's
figure was equal to the sum of all fills, fees, payouts and transfers that are known; ``estimate`` adds what
came since. A figure that does not add up twice is ``Drift``, and the arithmetic begins anew from it.

**What it reads** in the steady state, for one subaccount and one page of each list:

| what | read tokens | how often | without it |
|---|---|---|---|
| replica's time, resting orders, positions, fills, groups, settlements | 60 | ``check_s``, 60 s | see below |
| balance | 0, one call of its own bucket per subaccount | ``check_s`` | ``cash=False``: no ``Mirror.cash`` |
| deposits, withdrawals, transfers | 30 | when a balance does not add up | as above |
| a create in doubt | 30 | once its absence can be proven | it stays in doubt: cannot be turned off |

With ``check_s=None`` nothing is compared: frames that are lost without a trace stay unknown, and so do
settlements until the next gap.

That is 0.5 % of the read refill of Basic. Each further subaccount costs 20 more (positions, settlements),
and its groups 10 where not all subaccounts are mirrored; each further page costs 10. Opening and each
reconnect cost 80, two looks at the replica's time among them, and 10 more for the list of subaccounts where
all are mirrored, 10 for each further look, and 2 for each order that has ended meanwhile, or 10 for each page
of orders since the oldest of them.

Not known about the exchange, and not relied upon: the order of frames between channels, whether a position
moves without a fill by anything but a settlement, and what netting does.

The modules in reading order: ``model`` and ``events`` (what is shown and told), ``precedence`` (which
statement is the newer one), ``_orders``, ``_positions``, ``_groups``, ``_cash`` and ``state`` (what follows
from facts), ``reading`` and ``_reads`` (REST), ``replies`` (own writes), ``_keeper`` (when to read),
``_tap``, ``mirror``.
"""

from kalshi_async.mirror.event_reader import EventReader
from kalshi_async.mirror.events import (
    Absent,
    Amended,
    Canceled,
    ClosedGap,
    Drift,
    DriftKind,
    Expired,
    Filled,
    GroupChanged,
    MirrorEvent,
    OutOfDate,
    Placed,
    PositionChanged,
    Settled,
    UpToDate,
)
from kalshi_async.mirror.mirror import Mirror
from kalshi_async.mirror.model import (
    HeldPositions,
    MirroredCash,
    MirroredGroup,
    MirroredOrder,
    MirroredPosition,
    RestingOrders,
    UnresolvedOrder,
)

__all__ = [
    "Absent",
    "Amended",
    "Canceled",
    "ClosedGap",
    "Drift",
    "DriftKind",
    "EventReader",
    "Expired",
    "Filled",
    "GroupChanged",
    "HeldPositions",
    "Mirror",
    "MirrorEvent",
    "MirroredCash",
    "MirroredGroup",
    "MirroredOrder",
    "MirroredPosition",
    "OutOfDate",
    "Placed",
    "PositionChanged",
    "RestingOrders",
    "Settled",
    "UnresolvedOrder",
    "UpToDate",
]
