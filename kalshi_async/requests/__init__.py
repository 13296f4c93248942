"""Requests that callers build, checked when they are made and not when they are sent.

Knows no exchange, no session and no I/O. Read in this order: ``orders``, ``cancels``,
``order_groups``, ``transfers``, ``combos`` (the requests), ``direction`` (yes and no on one book),
``validation`` (the checks of single values), ``grid`` (prices that markets are known to take),
``fees`` and ``fee_terms`` (what an order is charged, and by which terms).
"""

from kalshi_async.requests.combos import ComboLeg, NewCombo
from kalshi_async.requests.order_groups import OrderGroupLimit
from kalshi_async.requests.orders import (
    AmendOrder,
    BatchCancel,
    BatchCreate,
    CancelItem,
    CreateOrder,
    DecreaseOrder,
    cents,
)
from kalshi_async.requests.transfers import (
    AllocationShare,
    CreateSubaccount,
    SubaccountNettingSetting,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)

__all__ = [
    "AllocationShare",
    "AmendOrder",
    "BatchCancel",
    "BatchCreate",
    "CancelItem",
    "ComboLeg",
    "CreateOrder",
    "CreateSubaccount",
    "DecreaseOrder",
    "NewCombo",
    "OrderGroupLimit",
    "SubaccountNettingSetting",
    "SubaccountTransferOrder",
    "TargetAllocation",
    "TransferOrder",
    "cents",
]
