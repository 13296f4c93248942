"""Frames of requests for quotes (RFQs), their quotes, and batches of both. Channel ``communications``."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, OutcomeSide, ReplyStruct, Time


class ComboLeg(ReplyStruct, frozen=True, kw_only=True):
    """One market of a combo, and the side that it must end on."""

    event_ticker: str
    """Ticker of the event."""
    market_ticker: str
    """Ticker of the market."""
    side: OutcomeSide
    """Outcome of the leg."""
    yes_settlement_value: FixedPoint | None = field(name="yes_settlement_value_dollars", default=None)
    """Dollars that YES pays, once the leg is settled."""


class Rfq(ReplyStruct, frozen=True, kw_only=True):
    """What every message about a request for quotes tells of it."""

    id: str
    """Id of the RFQ."""
    market_ticker: str
    """Ticker of the market."""
    event_ticker: str | None = None
    """Ticker of the event."""
    contracts: FixedPoint | None = field(name="contracts_fp", default=None)
    """Contracts that are asked for."""
    target_cost: FixedPoint | None = field(name="target_cost_dollars", default=None)
    """Dollars to spend, instead of contracts."""


class RfqCreated(Rfq, frozen=True, kw_only=True):
    """A request for quotes was made."""

    creator_id: str
    """Id of its maker, who is anonymous to others."""
    created_ts: Time
    """When it was made, in UTC: a time despite its name."""
    mve_collection_ticker: str | None = None
    """Ticker of the collection, for a combo."""
    mve_selected_legs: list[ComboLeg] | None = None
    """Legs, for a combo."""


class RfqDeleted(Rfq, frozen=True, kw_only=True):
    """A request for quotes was withdrawn."""

    creator_id: str
    """Id of its maker."""
    deleted_ts: Time
    """When it was withdrawn, in UTC: a time despite its name."""


class Quote(ReplyStruct, frozen=True, kw_only=True):
    """What every message about the terms of a quote tells of it."""

    quote_id: str
    """Id of the quote."""
    rfq_id: str
    """Id of the RFQ."""
    quote_creator_id: str
    """Id of the quote's maker."""
    rfq_creator_id: str
    """Id of the RFQ's maker."""
    market_ticker: str
    """Ticker of the market."""
    yes_bid: FixedPoint = field(name="yes_bid_dollars")
    """Price bid for YES, in dollars; 0 for none."""
    no_bid: FixedPoint = field(name="no_bid_dollars")
    """Price bid for NO, in dollars of the NO leg; 0 for none."""
    event_ticker: str | None = None
    """Ticker of the event."""
    yes_contracts_offered: FixedPoint | None = field(name="yes_contracts_offered_fp", default=None)
    """Contracts of YES bid for."""
    no_contracts_offered: FixedPoint | None = field(name="no_contracts_offered_fp", default=None)
    """Contracts of NO bid for."""
    rfq_target_cost: FixedPoint | None = field(name="rfq_target_cost_dollars", default=None)
    """Dollars of the RFQ, if it named a cost."""
    subaccount: int | None = None
    """The account's own subaccount, from 0."""


class QuoteCreated(Quote, frozen=True, kw_only=True):
    """A quote was made for an RFQ."""

    created_ts: Time
    """When the quote was made, in UTC: a time despite its name."""


class QuoteAccepted(Quote, frozen=True, kw_only=True):
    """A quote was accepted; its maker may still have to confirm it."""

    accepted_side: OutcomeSide | None = None
    """The bid that was accepted."""
    contracts_accepted: FixedPoint | None = field(name="contracts_accepted_fp", default=None)
    """Contracts that were accepted."""


class QuoteExecuted(ReplyStruct, frozen=True, kw_only=True):
    """An accepted quote became an order, which is filled."""

    quote_id: str
    """Id of the quote."""
    rfq_id: str
    """Id of the RFQ."""
    quote_creator_id: str
    """Id of the quote's maker."""
    rfq_creator_id: str
    """Id of the RFQ's maker."""
    order_id: str
    """The exchange's id of the account's order."""
    market_ticker: str
    """Ticker of the market."""
    executed_ts: Time
    """When it was executed, in UTC: a time despite its name."""
    client_order_id: str | None = None
    """The id by which fills and orders tell the execution."""
    subaccount: int | None = None
    """The account's own subaccount, from 0."""
    rfq_batch_id: str | None = None
    """Id of the batch, if the RFQ was part of one."""


class BatchRfq(Rfq, frozen=True, kw_only=True):
    """One RFQ of a batch."""

    leg_indices: list[int] = field(default_factory=list)
    """Places in ``RfqBatchCreated.legs``."""
    mve_collection_ticker: str | None = None
    """Ticker of the collection, for a combo."""


class RfqBatchCreated(ReplyStruct, frozen=True, kw_only=True):
    """A batch of RFQs was made."""

    id: str
    """Id of the batch."""
    creator_id: str
    """Id of its maker."""
    created_ts: Time
    """When it was made, in UTC: a time despite its name."""
    legs: list[ComboLeg] = field(default_factory=list)
    """Legs of all RFQs."""
    rfqs: list[BatchRfq] = field(default_factory=list)
    """RFQs of the batch."""


class RfqBatchDeleted(ReplyStruct, frozen=True, kw_only=True):
    """A batch of RFQs was withdrawn."""

    id: str
    """Id of the batch."""
    creator_id: str
    """Id of its maker."""
    deleted_ts: Time
    """When it was withdrawn, in UTC: a time despite its name."""
    rfq_ids: list[str] = field(default_factory=list)
    """Ids of its RFQs."""


class BatchQuote(ReplyStruct, frozen=True, kw_only=True):
    """One quote of a batch."""

    rfq_id: str
    """Id of the RFQ."""
    market_ticker: str
    """Ticker of the market."""
    quote_id: str | None = None
    """Id of the quote."""
    event_ticker: str | None = None
    """Ticker of the event."""
    yes_bid: FixedPoint | None = field(name="yes_bid_dollars", default=None)
    """Price bid for YES, in dollars."""
    no_bid: FixedPoint | None = field(name="no_bid_dollars", default=None)
    """Price bid for NO, in dollars of the NO leg."""
    contracts: FixedPoint | None = field(name="contracts_fp", default=None)
    """Contracts that the RFQ asks for."""
    contracts_accepted: FixedPoint | None = field(name="contracts_accepted_fp", default=None)
    """Contracts that were accepted."""
    yes_contracts_offered: FixedPoint | None = field(name="yes_contracts_offered_fp", default=None)
    """Contracts of YES bid for."""
    no_contracts_offered: FixedPoint | None = field(name="no_contracts_offered_fp", default=None)
    """Contracts of NO bid for."""
    rfq_target_cost: FixedPoint | None = field(name="rfq_target_cost_dollars", default=None)
    """Dollars of the RFQ, if it named a cost."""


class BatchQuoteCreated(ReplyStruct, frozen=True, kw_only=True):
    """A batch of quotes was made."""

    batch_quote_id: str
    """Id of the batch of quotes."""
    rfq_batch_id: str
    """Id of the batch of RFQs."""
    quote_creator_id: str
    """Id of its maker."""
    created_ts: Time
    """When it was made, in UTC: a time despite its name."""
    quotes: list[BatchQuote] = field(default_factory=list)
    """Quotes of the batch."""
    subaccount: int | None = None
    """The account's own subaccount, from 0."""


class RfqBatchBestQuotes(ReplyStruct, frozen=True, kw_only=True):
    """The best quotes of a batch of RFQs, after each change."""

    rfq_batch_id: str
    """Id of the batch of RFQs."""
    version: int
    """Number of the change, from 1."""
    updated_ts: Time
    """When it changed, in UTC: a time despite its name."""
    yes_complete: bool
    """Whether every RFQ has a bid for YES."""
    no_complete: bool
    """Whether every RFQ has a bid for NO."""
    rfqs: list[BatchQuote] = field(default_factory=list)
    """The best quote of each RFQ."""
    client_batch_id: str | None = None
    """The maker's own id of the batch."""
    subaccount: int | None = None
    """The account's own subaccount, from 0."""


class BatchQuoteAccepted(ReplyStruct, frozen=True, kw_only=True):
    """A batch of quotes was accepted."""

    batch_quote_id: str
    """Id of the batch of quotes."""
    rfq_batch_id: str
    """Id of the batch of RFQs."""
    quote_creator_id: str
    """Id of the quotes' maker."""
    rfq_creator_id: str
    """Id of the RFQs' maker."""
    accepted_side: OutcomeSide
    """The bids that were accepted."""
    accepted_ts: Time
    """When it was accepted, in UTC: a time despite its name."""
    quotes: list[BatchQuote] = field(default_factory=list)
    """Quotes of the batch."""
    subaccount: int | None = None
    """The account's own subaccount, from 0."""


class BatchEnd(ReplyStruct, frozen=True, kw_only=True):
    """How a batch of RFQs has ended, and the quotes for it."""

    rfq_batch_id: str
    """Id of the batch of RFQs."""
    rfq_creator_id: str
    """Id of the RFQs' maker."""
    executed_ts: Time
    """When it ended, in UTC: a time despite its name."""
    close_reason: str
    """Why it ended."""
    executed_rfq_ids: list[str] = field(default_factory=list)
    """Ids of the RFQs that were executed."""
    failed_rfq_ids: list[str] = field(default_factory=list)
    """Ids of the RFQs that were not."""
    subaccount: int | None = None
    """The account's own subaccount, from 0."""


class RfqBatchExecuted(BatchEnd, frozen=True, kw_only=True):
    """A batch of RFQs has ended."""

    client_batch_id: str | None = None
    """The maker's own id of the batch."""


class BatchQuoteExecuted(BatchEnd, frozen=True, kw_only=True):
    """A batch of quotes has ended."""

    batch_quote_id: str
    """Id of the batch of quotes."""
