"""Holds raw replies against the pydantic models of the official SDK, more strictly than it does.

The SDK copies known keys into its models and drops every other one without a word;
here an unknown key is a fault too, at any depth, but for those in ``BEYOND``.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

BEYOND = {
    "MarketPosition.resting_orders_count",  # recorded rows have it (update 2026-11-28 §3.5)
    "IntraExchangeInstanceTransfer.client_transfer_id",  # in the schema of 2026-10-26, not in the SDK's
    "Market.liquidity_dollars",  # kalshi-sdk 22.4.0 refuses a market without it
}
"""Keys that no model of the SDK has, and that the exchange sends all the same."""


def faults(model: type[BaseModel], document: object) -> list[str]:
    """Say what the model would not accept of a decoded reply; empty if nothing."""
    found = list(_unknown(model, document, model.__name__))
    try:
        model.model_validate(document)
    except ValidationError as error:
        found += [
            f"{model.__name__}.{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors()
        ]
    return found


def _unknown(annotation: object, document: object, where: str) -> Iterator[str]:
    model = _model_in(annotation)
    if isinstance(document, list):
        for item in document:
            yield from _unknown(annotation, item, where + "[]")
    elif isinstance(document, dict) and model is not None:
        known = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        for key, value in document.items():
            if key in known:
                yield from _unknown(known[key], value, f"{where}.{key}")
            elif f"{model.__name__}.{key}" not in BEYOND:
                yield f"{where}.{key}: the model does not know it"


def _model_in(annotation: object) -> type[BaseModel] | None:
    # Optional[X], List[X] and Annotated[X, …] all lead to X.
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated, list):
        return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
    return None
