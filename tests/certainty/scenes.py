"""Every scene by its name: one or more for each write operation of the contract."""

from __future__ import annotations

from tests.certainty import account_scenes, order_scenes
from tests.certainty.scene import Scene

CREATES: tuple[type[Scene], ...] = (order_scenes.Create, order_scenes.BatchCreate)
OTHERS: tuple[type[Scene], ...] = (
    order_scenes.Cancel,
    order_scenes.BatchCancel,
    order_scenes.CancelAll,
    order_scenes.Amend,
    order_scenes.AmendExpiry,
    order_scenes.AmendKey,
    order_scenes.DecreaseTo,
    order_scenes.DecreaseBy,
    account_scenes.CreateGroup,
    account_scenes.DeleteGroup,
    account_scenes.TriggerGroup,
    account_scenes.ResetGroup,
    account_scenes.LimitGroup,
    account_scenes.CreateSubaccount,
    account_scenes.TransferBetweenSubaccounts,
    account_scenes.TransferUnkeyed,
    account_scenes.TransferBetweenShards,
    account_scenes.SetNetting,
    account_scenes.SetAllocation,
    account_scenes.Upgrade,
    account_scenes.CreateCombo,
)
SCENES = {scene.__name__: scene for scene in (*CREATES, *OTHERS)}
