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

    # SIM: which refusal wins is not recorded; a duplicate is known without the book.
    create_checks: tuple[CreateCheck, ...] = tuple(CreateCheck)
    # §18: SIM default 0, test profile 500 ms; 360 ms was seen on demo, 2026-06.
    read_lag_ms: int = 0
    # §9: docs order_groups say "exceeds", endpoint prose says "hit"; True makes it >=.
    group_triggers_at_limit: bool = False
    # §9: rolling window of the docs, 15 s.
    group_window_ms: int = 15_000
    # §9: changelog 2026-08-13.
    groups_per_user: int = 100_000
    # §7: changelog 2025-10-01, a fill-or-kill that would meet an own order acts as IOC.
    fill_or_kill_self_cross_is_ioc: bool = True
    # §6: cancel-all is asynchronous and reaches orders of the following minute. The
    # passes at these seconds after the call are SIM; an empty tuple ends it at once.
    cancel_all_passes_s: tuple[int, ...] = (1, 30, 60)
    # portfolio-api 3.7: ceiling per call, documented by one peer.
    cancel_all_ceiling: int = 10_000
    # §6: 404 recorded; "CANNOT_UPDATE_FILLED_ORDER" seen by one peer on V1.
    amend_of_filled_code: str = "not_found"
    # §10: contested; True takes resting commitments out of the reported balance.
    reserve_at_placement: bool = False
    # §10: cash precision of direct members and of members behind an FCM.
    direct_precision_e6: int = 100
    fcm_precision_e6: int = 10_000
    # §5: "shortly after" close_time; the length is SIM.
    sweep_delay_ms: int = 1_000
    # §20: shards in use since 2026-08-24.
    shards: tuple[int, ...] = (0, 1, 2, 3)
    # §20: the rebalancer runs every 10 s.
    rebalance_period_ms: int = 10_000
    # portfolio-api 3.21: transfers are asynchronous; 0 completes them at once (SIM).
    transfer_delay_ms: int = 0
    # §21: target live window of three months.
    live_window_days: int = 90
