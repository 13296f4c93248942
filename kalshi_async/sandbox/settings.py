"""What the venue leaves open or may change: one frozen record of switches.

Every default names its source: "§n" is a section of the contract "portfolio API,
semantics", read 2026-11; "SIM" marks a choice of this simulator for something that
nobody has recorded. The engine reads this record and never changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CreateCheck(Enum):
    """The checks of a create whose order among each other can be seen from outside."""

    DUPLICATE = "duplicate"
    PAUSE = "pause"
    GROUP = "group"
    POST_ONLY = "post_only"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Rules:
    """Switches of the embedded exchange; the defaults follow the contract."""

    create_checks: tuple[CreateCheck, ...] = tuple(CreateCheck)
    """SIM: which refusal wins is not recorded; a duplicate is known without the book."""
    read_lag_ms: int = 0
    """§18: SIM default 0, test profile 500 ms; 360 ms was seen on demo, 2026-06."""
    group_triggers_at_limit: bool = False
    """§9: docs order_groups say "exceeds", endpoint prose says "hit"; True makes it >=."""
    group_window_ms: int = 15_000
    """§9: rolling window of the docs, 15 s."""
    groups_per_user: int = 100_000
    """§9: changelog 2026-08-13."""
    fill_or_kill_self_cross_is_ioc: bool = True
    """§7: changelog 2025-10-01, a fill-or-kill that would meet an own order acts as IOC."""
    cancel_all_passes_s: tuple[int, ...] = (1, 30, 60)
    """§6: cancel-all is asynchronous and reaches orders of the following minute.

    The passes at these seconds after the call are SIM; an empty tuple ends it at once.
    """
    cancel_all_ceiling: int = 10_000
    """portfolio-api 3.7: ceiling per call, documented by one peer."""
    amend_of_filled_code: str = "not_found"
    """§6: 404 recorded; "CANNOT_UPDATE_FILLED_ORDER" seen by one peer on V1."""
    reserve_at_placement: bool = False
    """§10: contested; True takes resting commitments out of the reported balance."""
    direct_precision_e6: int = 100
    """§10: cash precision of direct members, in millionths of a dollar."""
    fcm_precision_e6: int = 10_000
    """§10: the same of members behind an FCM."""
    sweep_delay_ms: int = 1_000
    """§5: "shortly after" close_time; the length is SIM."""
    shards: tuple[int, ...] = (0, 1, 2, 3)
    """§20: shards in use since 2026-08-24."""
    rebalance_period_ms: int = 10_000
    """§20: the rebalancer runs every 10 s."""
    transfer_delay_ms: int = 0
    """portfolio-api 3.21: transfers are asynchronous; 0 completes them at once (SIM)."""
    live_window_days: int = 90
    """§21: target live window of three months."""
