"""A dead-man switch: shuts a scope down when its block ends, for any reason.

    group = await session.order_groups.create(contracts_limit=500)
    async with session.dead_man(order_group_id=group):
        await quote_forever(session)

**At its entry** the switch verifies that it can reach its scope. The result of ``create`` knows its
subaccount and shard, and needs no request. A bare id and a subaccount are looked up: one that does
not exist, or is on another shard or in another subaccount than the view's, raises InvalidRequest.
If the exchange cannot be asked within 10 s, the error of that read is raised: a program should not
quote while its switch may not work.

**When the block ends** (also by an exception or a cancellation), the switch does this:

1. It refuses requests that add risk in the scope, resends included. This holds for every session
   that shares ``rate_limits=``.
2. It says in the log (WARNING, so without a logging setup on stderr) that it works.
3. It triggers the group, or cancels the orders of the subaccount, ahead of everything else that
   waits, cancels included, and tries again until ``give_up_s`` is over. A group that was deleted
   meanwhile has no orders: that is confirmed.
4. It sets ``report``. Without a confirmation by the exchange the block raises OutcomeUnknown,
   whatever ended it: an error or a cancellation that was under way is its ``__context__``.

**With a mirror** (``mirror=account``) the switch begins as well while the block runs, once the account has
not been current for ``stale_s`` seconds without a break: whoever does not know his orders should have none.
The block goes on; its requests that add risk in the scope are refused until it ends.

**What does not stop it**: any number of cancellations of its task, or of all tasks
(``asyncio.all_tasks()``), the end of ``asyncio.run``, and an anyio scope that is canceled. If the
session is closed while a block still runs, the switch shuts its scope down there and then.
**What does**: a second Ctrl-C, SIGKILL, and a closed event loop.

The package installs no signal handlers by itself. ``cancel_on_signals`` is for scripts; in
FastAPI put the switch into the lifespan:

    @asynccontextmanager
    async def lifespan(app):
        async with Session.from_env() as session, session.dead_man(subaccount=0):
            app.state.session = session
            yield

Triggering a group takes effect at once and for its orders alone. Canceling a subaccount is
asynchronous at the exchange, and may also cancel orders placed in the following minute. Reads lag
behind both: ``ShutdownReport.reads_lag_until_ms`` says until when, and ``Session.settled`` waits
until a time is over (give it ``timeout_s=90``).

**Late copies.** The switch repeats its request when an answer is lost, and the exchange accepts a
copy that was delayed on its way for about 30 s. A late copy of a trigger cancels what was placed
after a ``reset`` of the group: begin again in a new group, which no old copy names. A late copy of
a cancel-all cancels what was placed since: begin again in another subaccount, or after 90 s.

    switch.py       the block, and the shutdown at its end
    feed.py         what a mirror is to a switch
    targets.py      the two kinds of scope: how each is verified and shut down
    outlasting.py   work that goes on when its caller, or every task, is canceled
    signals.py      a signal becomes a cancellation, for scripts
"""

from kalshi_async.dead_man.signals import cancel_on_signals
from kalshi_async.dead_man.switch import DeadMan, ShutdownReport

__all__ = ["DeadMan", "ShutdownReport", "cancel_on_signals"]
