"""What the README of version 0.2.0 promised, and the test that shows each sentence.

The paragraphs on certainty, on rate limits and on the dead-man switch, as they stood just before
version 0.3.0; the page itself is ``readme_0_2_0.md``. A sentence that is not wholly shown yet has
``missing``: the test that it still needs. A part that a later version changed on purpose is ``changed``.
"""

from __future__ import annotations

from dataclasses import dataclass

README = "README.md, version 0.2.0"


@dataclass(frozen=True)
class Promise:
    """One sentence of a page, and the tests that show it, without the ``tests/`` before them."""

    heading: str
    sentence: str
    tests: tuple[str, ...]
    missing: str | None = None
    changed: str | None = None
    file: str = README


CERTAINTY = "When something fails"
LIMITS = "Rate limits"

PROMISES = (
    Promise(
        CERTAINTY,
        (
            "Every error is a `KalshiError`, and every one says in `.sent` whether the exchange can have "
            "acted on it."
        ),
        (
            "errors/test_sent::test_sent_says_whether_bytes_have_left",
            "session/test_errors::test_every_error_says_whether_the_request_left",
            "session/test_errors::test_the_tree_is_the_one_that_is_drawn",
            "errors/test_no_bare_exception::test_a_clock_that_fails_ends_a_call_with_what_is_certain",
            "transport/test_proxies::test_a_proxy_that_refuses_connect_has_sent_nothing",
            "transport/test_proxies::test_a_proxy_that_refuses_for_seconds_is_asked_until_the_deadline",
            "transport/test_proxies::test_a_handshake_that_fails_within_the_tunnel_has_sent_nothing",
        ),
    ),
    Promise(
        CERTAINTY,
        "A call is repeated by what is *certain*, never by hope:",
        (
            "calls/test_retry::test_certainty_decides_what_may_be_repeated",
            "calls/test_retry::test_a_write_whose_bytes_may_have_left_is_repeated_only_if_that_is_harmless",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "| no connection, no TLS: **not sent** | tried again, then `NotSent` | tried again, then "
            "`NotSent` |"
        ),
        (
            "calls/test_certainty::test_an_order_that_was_not_sent_is_sent_again",
            "calls/test_certainty::test_a_read_is_tried_again_whatever_the_network_did",
            "transport/test_sockets::test_nobody_listening_is_not_sent_and_costs_nothing",
            "calls/test_lasting_trouble::test_what_was_certainly_not_executed_is_done_once_the_trouble_is_over",
            "calls/test_lasting_trouble::test_what_never_gets_a_connection_is_not_sent_at_its_deadline",
        ),
    ),
    Promise(
        CERTAINTY,
        "| 429: **refused** | waits for tokens, tried again | waits for tokens, tried again |",
        (
            "calls/test_refused::test_a_429_forced_by_a_second_client_is_retried_and_succeeds",
            "calls/test_refused::test_a_read_is_retried_as_well",
            "calls/test_lasting_trouble::test_what_was_certainly_not_executed_is_done_once_the_trouble_is_over",
        ),
    ),
    Promise(
        CERTAINTY,
        "| any other 4xx: **refused** | `BadRequest`, `NotFound`, … | `BadRequest`, `Conflict`, … |",
        (
            "calls/test_certainty::test_a_read_that_was_understood_and_refused_is_not_tried_again",
            "resources/settling/test_creates::test_a_refusal_of_a_first_attempt_is_final_and_nothing_is_read",
            "wire/test_refusals::test_the_status_decides_the_class",
            "resources/settling/test_doubled::test_a_doubled_create_is_placed",
            "resources/settling/test_doubled::test_a_doubled_batch_is_placed_leg_by_leg",
            "resources/settling/test_doubled::test_a_doubled_create_that_reads_do_not_show_in_time_is_unknown",
        ),
    ),
    Promise(
        CERTAINTY,
        "| trading or the exchange paused (409): **refused** | `ExchangePaused` | `ExchangePaused` |",
        (
            "resources/settling/test_creates::test_a_pause_is_waited_out_to_the_deadline",
            "wire/test_refusals::test_a_pause_is_told_from_other_conflicts",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "| the answer was lost, a 5xx, or unreadable: **unknown** | tried again, then the error, with "
            "the raw bytes | by the table below |"
        ),
        (
            "calls/test_certainty::test_a_read_is_tried_again_after_a_failing_server_or_a_garbled_reply",
            "calls/test_certainty::test_a_failing_server_is_the_error_of_the_read_that_gave_up",
            "calls/test_certainty::test_a_success_that_cannot_be_read_leaves_an_order_unknown",
            "calls/test_certainty::test_a_failing_server_leaves_an_order_unknown",
        ),
    ),
    Promise(
        CERTAINTY,
        "| a row of a list that cannot be read | the good rows, then `RejectedRows` with the raw one | |",
        (
            "pagination/test_paginator::test_a_bad_row_stops_the_list_after_the_good_ones_of_its_page",
            "wire/test_tolerant::test_a_bad_row_in_the_middle_hides_no_good_one",
        ),
    ),
    Promise(
        CERTAINTY,
        "| no tokens within `max_queue_s`: **not sent** | `ThrottleTimeout` | `ThrottleTimeout` |",
        (
            "calls/test_deadlines::test_max_queue_s_gives_up_on_tokens_alone",
            "account/test_max_queue::test_now_or_never_sends_at_once_or_not_at_all",
            "account/test_max_queue::test_a_read_does_go_stale",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "| the deadline is over, nothing left | `DeadlineExceeded`, `sent=False` | `DeadlineExceeded`, "
            "`sent=False` |"
        ),
        (
            "calls/test_deadlines::test_a_deadline_in_the_queue_is_kept_and_nothing_was_sent",
            "calls/test_deadlines::test_a_write_still_connecting_at_its_deadline_was_not_sent",
            "errors/test_sent::test_a_request_that_waited_for_tokens_until_its_deadline_was_not_sent",
        ),
    ),
    Promise(
        CERTAINTY,
        "| the deadline is over, bytes had left | `DeadlineExceeded`, `sent=True` | `OutcomeUnknown` |",
        (
            "calls/test_deadlines::test_a_write_whose_bytes_left_is_unknown_at_its_deadline",
            "calls/test_deadlines::test_a_read_at_its_deadline_is_never_unknown",
            "errors/test_sent::test_sent_says_whether_bytes_have_left",
        ),
    ),
    Promise(
        CERTAINTY,
        "| a mistake that is known beforehand: **not sent** | `InvalidRequest` | `InvalidRequest` |",
        (
            "session/test_mistakes::test_another_kind_of_object_is_refused_with_the_request_to_write",
            "session/test_mistakes::test_an_id_in_quotes_is_refused",
            "resources/test_routing::test_an_id_that_names_nothing_is_refused_before_it_is_sent",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "| create, batch create, transfers with an id | sent again, to the byte, under the same key; "
            '"already exists" then counts only if the order that is found has the same ticker, side, price '
            "and count, else `Conflict` |"
        ),
        (
            "resources/settling/test_creates::test_resends_carry_the_routing_of_the_view_to_the_byte",
            "resources/settling/test_creates::test_a_duplicate_of_another_shape_is_a_conflict",
            "resources/settling/test_creates::test_a_duplicate_from_before_the_first_attempt_is_a_conflict",
            "resources/settling/test_batches::test_a_lost_reply_is_sent_again_and_every_leg_is_found",
            "resources/settling/test_batches::test_a_leg_whose_key_another_order_holds_is_a_conflict",
            "resources/settling/test_account_changes::test_a_transfer_between_subaccounts_is_settled_by_its_id",
            "resources/settling/test_account_changes::test_a_transfer_between_shards_is_settled_by_its_id",
            "resources/settling/test_doubled::test_a_doubled_transfer_between_shards_returns_its_id",
            "resources/settling/test_one_scan::test_every_leg_is_found_in_the_same_few_pages",
            "resources/settling/test_one_scan::test_a_late_loss_leaves_no_leg_unknown_that_a_page_shows",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "| cancel, batch cancel, amend, `reduce_to`, group trigger, limit and delete, netting | sent "
            "again; a refusal (404, nothing to change) is settled by reading, never guessed |"
        ),
        (
            "resources/settling/test_order_changes::test_a_cancel_that_landed_is_confirmed_by_reading",
            "resources/settling/test_order_changes::test_an_amend_that_landed_is_confirmed_by_reading",
            "resources/settling/test_order_changes::test_a_decrease_to_that_landed_is_confirmed_by_reading",
            "resources/settling/test_order_changes::test_a_cancel_whose_order_still_reads_resting_stays_unknown",
            "resources/settling/test_batches::test_a_lost_batch_of_cancels_is_settled_leg_by_leg",
            "resources/settling/test_account_changes::test_a_group_that_reads_gone_was_deleted",
            "resources/settling/test_account_changes::test_a_limit_that_reads_as_asked_was_set",
            "resources/settling/test_account_changes::test_a_trigger_that_is_refused_in_doubt_stays_unknown",
            "resources/settling/test_account_changes::test_netting_is_settled_by_how_it_reads",
            "resources/settling/test_stale_reads::test_a_change_back_that_never_arrived_is_never_called_done",
            "resources/settling/test_stale_reads::test_a_change_back_that_landed_is_seen_once_reads_are_young_enough",
            "resources/settling/test_other_rows::test_a_change_is_not_settled_by_another_order",
            "resources/settling/test_other_rows::test_a_batch_of_cancels_is_not_settled_by_another_order",
            "resources/settling/test_other_rows::test_a_group_that_the_list_does_not_show_has_no_limit_that_was_set",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "| `reduce_by`, group create and reset, subaccount create, transfers without an id | never sent"
            " again: `OutcomeUnknown` |"
        ),
        (
            "calls/test_retry::test_what_must_happen_once_is_never_sent_after_an_unknown_attempt",
            "calls/test_retry::test_the_writes_that_must_happen_once_are_those_of_the_design",
            "calls/test_certainty::test_what_must_happen_once_is_sent_once",
        ),
    ),
    Promise(
        CERTAINTY,
        "| cancel all | sent again |",
        ("resources/settling/test_account_changes::test_a_cancel_all_is_repeated_within_its_deadline",),
    ),
    Promise(
        CERTAINTY,
        (
            "While a write is in doubt no refusal is final, because the first delivery may be what the "
            "second is refused for."
        ),
        (
            "calls/test_retry::test_in_doubt_no_refusal_is_final",
            "resources/settling/test_creates::test_a_refusal_after_an_attempt_that_landed_is_settled_as_placed",
            "resources/settling/test_creates::test_what_ends_a_call_in_doubt_never_says_it_was_not_executed",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "When nothing becomes certain within the deadline, `OutcomeUnknown` carries the "
            "`client_order_id` (made when the request object is built, so you hold it already), and"
        ),
        (
            "calls/test_certainty::test_an_unknown_order_can_be_found_by_what_the_error_says",
            "resources/settling/test_resolve::test_a_canceled_task_still_holds_the_key",
            "calls/test_lasting_trouble::test_an_order_that_was_executed_behind_four_502s_is_placed",
            "calls/test_lasting_trouble::test_an_order_whose_answers_stay_away_is_found_by_reading",
            "calls/test_certainty::test_an_order_whose_answers_are_all_lost_is_unknown",
            "transport/test_silent_paths::test_one_silence_is_enough_to_leave_a_dead_path",
            "transport/test_silent_paths::test_a_path_that_stays_dead_for_seconds_is_tried_until_the_deadline",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "resolution = await session.orders.resolve(error, timeout_s=60)  # placed, absent, or still "
            "unknown"
        ),
        (
            "resources/settling/test_resolve::test_an_order_that_landed_is_placed",
            "resources/settling/test_resolve::test_an_order_that_never_arrived_is_absent_once_that_is_proven",
            "resources/settling/test_resolve::test_absence_is_not_proven_before_the_horizon",
        ),
    ),
    Promise(
        CERTAINTY,
        "settles it later: also in another process, from `error.as_record()`.",
        (
            "resources/settling/test_resolve::test_an_order_that_landed_is_placed",
            "resources/settling/test_resolve::test_a_leg_of_a_batch_is_resolved_like_a_single_order",
            "certainty/test_sigkill::test_a_new_process_finds_out_what_became_of_the_order_of_a_killed_one",
            "resources/test_outages::test_resolve_goes_on",
            "resources/test_outages::test_wait_goes_on",
            "resources/test_outages::test_settled_goes_on",
            "resources/test_outages::test_an_outage_that_lasts_ends_with_the_time_and_is_told",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "Absence is only claimed once the exchange's reads are valid beyond the last moment at which "
            "the request could still have been accepted."
        ),
        (
            "resources/settling/test_resolve::test_absence_is_not_proven_before_the_horizon",
            "resources/settling/test_resolve::test_absence_is_not_proven_by_reads_that_lag",
            "resources/settling/test_resolve::test_a_rejected_row_proves_nothing",
            "resources/settling/test_resolve::test_a_page_that_cannot_be_read_proves_nothing",
        ),
    ),
    Promise(
        CERTAINTY,
        "A `NotFound` on a cancel does not prove that the order was canceled: it may have been filled.",
        (
            "resources/settling/test_order_changes::test_a_cancel_that_came_too_late_says_so",
            "resources/settling/test_order_changes::test_a_cancel_of_what_is_gone_is_not_found_at_once",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "A cancel that reading settled says None in `reduced_by`, because the number went with the lost"
            " answer."
        ),
        (
            "resources/settling/test_order_changes::test_a_cancel_that_reading_settles_does_not_say_how_much_it_took_off",
        ),
    ),
    Promise(
        CERTAINTY,
        "A copy that is merely late stays acceptable for about 30 s.",
        ("resources/settling/test_order_changes::test_a_late_copy_of_an_amend_undoes_a_newer_one",),
    ),
    Promise(
        CERTAINTY,
        (
            "Of an amend it would undo a newer one: whoever amends again so soon gives both keys, "
            "`amend(order, …, client_order_id=key, updated_client_order_id=new_key)`, and the exchange "
            "refuses the copy."
        ),
        (
            "resources/settling/test_order_changes::test_a_late_copy_of_an_amend_undoes_a_newer_one",
            "resources/settling/test_order_changes::test_a_late_copy_of_an_amend_with_both_keys_is_refused",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "Defaults: connect 3 s, read 5 s per attempt; 10 s for a whole read, 5 s for a whole write, "
            "over queue, signing, attempts and settling; at most 4 attempts."
        ),
        (
            "session/test_timeouts::test_the_defaults_are_those_of_the_readme",
            "calls/test_deadlines::test_without_options_writes_have_5_s_and_reads_10",
            "calls/test_deadlines::test_the_deadline_spans_all_attempts",
            "calls/test_deadlines::test_a_deadline_in_the_queue_is_kept_and_nothing_was_sent",
            "calls/test_deadlines::test_a_deadline_while_signing_was_not_sent_and_costs_nothing",
            "calls/test_whole_calls::test_a_change_that_is_settled_by_reading_keeps_its_deadline",
        ),
        changed="at most 4 attempts: since 0.4.0 a count of attempts is an option, off by default",
    ),
    Promise(
        CERTAINTY,
        "`Timeouts(…)`, `RetryPolicy(…)` and `with_options(deadline_s=…)` change them.",
        (
            "calls/test_retry::test_any_stop_of_tenacity_fits",
            "calls/test_retry::test_any_wait_of_tenacity_fits",
            "transport/test_sockets::test_a_deadline_of_half_a_second_is_half_a_second",
            "transport/test_sockets::test_no_free_connection_in_time_is_not_sent",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "A deadline is that of the call, however many requests it takes: looking a bare id up, finding "
            "an order, all pieces of a batch (legs whose turn did not come have failed, `sent=False`)."
        ),
        (
            "calls/test_whole_calls::test_looking_an_id_up_has_what_the_first_request_left",
            "calls/test_whole_calls::test_finding_an_order_is_one_read_however_many_pages_it_takes",
            "calls/test_whole_calls::test_legs_whose_turn_did_not_come_have_failed_unsent",
            "calls/test_whole_calls::test_a_batch_of_cancels_is_one_call_too",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "Only the default gives each piece of a batch its own 5 s, or the end of a long one would never"
            " be sent; and each page of a list has its own."
        ),
        (
            "calls/test_whole_calls::test_without_a_deadline_of_its_own_a_batch_waits_for_its_tokens",
            "calls/test_whole_calls::test_each_page_of_a_list_is_a_call_of_its_own",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "A clock that is off by up to ten minutes is followed (from the Date header, on the first "
            "refusal); further off, the session does not open."
        ),
        (
            "signing/test_skew::test_a_clock_that_is_off_is_learned_once_and_kept",
            "signing/test_skew::test_a_drifting_clock_is_followed",
            "signing/test_skew::test_more_than_ten_minutes_are_a_mistake_and_end_the_opening",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "**A dead-man switch** shuts a group or a subaccount down however its block is left, ahead of "
            "everything in the queue and shielded from cancellation; nothing that adds risk passes "
            "meanwhile:"
        ),
        (
            "dead_man/test_switch::test_leaving_the_block_triggers_the_group",
            "dead_man/test_switch::test_leaving_the_block_cancels_the_subaccount",
            "dead_man/test_switch::test_an_exception_goes_on_after_the_shutdown",
            "dead_man/test_switch::test_a_cancellation_goes_on_after_the_shutdown",
            "dead_man/test_switch::test_canceling_the_shutdown_does_not_stop_it",
            "dead_man/test_switch::test_no_new_risk_leaves_while_the_scope_is_shut_down",
            "dead_man/test_switch::test_the_shutdown_overtakes_everything_in_the_queue",
            "dead_man/test_outlasting::test_a_kill_switch_overtakes_cancels_that_are_queued",
            "dead_man/test_outlasting::test_an_outage_at_the_end_is_outlasted",
            "dead_man/test_outlasting::test_a_sweep_of_all_tasks_again_and_again_does_not_stop_it",
            "dead_man/test_unconfirmed::test_what_could_not_be_confirmed_is_raised_over_a_cancellation",
            "dead_man/test_scope::test_a_group_of_another_shard_is_an_error_at_entry",
            "dead_man/test_scope::test_a_group_of_another_subaccount_is_an_error_at_entry",
            "dead_man/test_scope::test_a_group_that_does_not_exist_is_an_error_at_entry",
            "dead_man/test_scope::test_a_subaccount_that_does_not_exist_is_an_error_at_entry",
        ),
    ),
    Promise(
        CERTAINTY,
        (
            "async with session.dead_man(order_group_id=group.order_group_id):\n    await "
            "quote_forever(session)"
        ),
        (
            "dead_man/test_switch::test_leaving_the_block_triggers_the_group",
            "docs/test_readme::test_every_block_is_run_by_somebody",
        ),
    ),
    Promise(
        CERTAINTY,
        "`await session.settled(after_ms=order.ts_ms)` waits until reads show your write.",
        (
            "resources/test_freshness::test_what_was_written_can_be_read_afterwards",
            "resources/test_freshness::test_it_waits_about_as_long_as_reads_are_behind",
        ),
    ),
    Promise(
        CERTAINTY,
        "`Hooks(on_attempt=…, on_reply=…, on_wait=…)` observe every attempt, without keys or signatures.",
        (
            "session/test_hooks::test_every_attempt_is_told_with_its_reply",
            "session/test_hooks::test_a_wait_for_tokens_is_told_with_its_length",
            "session/test_hooks::test_neither_events_nor_the_log_hold_a_secret",
        ),
    ),
    Promise(
        LIMITS,
        "The exchange keeps token buckets per account, refilled continuously.",
        (
            "account/test_throttle::test_a_bucket_starts_full_and_refills_without_steps",
            "account/test_costs::test_each_operation_draws_on_its_bucket",
        ),
    ),
    Promise(
        LIMITS,
        (
            "A session reads their size and the cost of every endpoint when it opens, and again when a tier"
            " expires or a 429 contradicts it; it spends tokens before it sends and counts every item of a "
            "batch."
        ),
        (
            "session/test_opening::test_opening_learns_the_accounts_own_limits_and_costs",
            "session/test_limits_refresher::test_it_asks_when_the_first_grant_has_expired_and_adopts_what_it_hears",
            "session/test_limits_refresher::test_a_429_that_contradicts_the_bucket_is_asked_about_but_not_often",
            "account/test_budget::test_thousands_of_orders_use_the_budget_and_meet_no_429",
            "session/test_session_transport::test_the_items_of_a_batch_are_counted",
        ),
    ),
    Promise(
        LIMITS,
        (
            "Whoever must wait waits by priority, then arrival: cancel, decrease, trigger and delete before"
            " create and amend before reads of lists."
        ),
        (
            "account/test_throttle::test_priority_comes_before_arrival_and_arrival_before_size",
            "account/test_wire_order::test_a_cancel_issued_last_arrives_before_the_creates_that_wait",
            "docs/test_promises::test_the_priorities_are_those_that_the_page_names",
        ),
    ),
    Promise(
        LIMITS,
        "A tenth of the write bucket is for the first of these alone.",
        (
            "account/test_throttle_model::test_the_headroom_is_untouched_by_whoever_adds_risk",
            "docs/test_promises::test_a_tenth_of_the_write_bucket_is_kept_back",
        ),
    ),
    Promise(
        LIMITS,
        (
            "So a cancel never waits behind quotes; but while cancels by themselves spend more than the "
            "refill, no create is admitted: that is the price, and it is meant."
        ),
        (
            "account/test_queue::test_a_cancel_goes_at_once_while_quotes_wait_for_theirs",
            "account/test_queue::test_cancels_that_spend_the_refill_let_no_quote_through_until_they_end",
            "account/test_neighbours::test_no_cancel_is_given_up_beside_another_program_that_quotes_as_fast_as_it_can",
            "account/test_neighbours::test_two_processes_on_one_key_give_no_cancel_up",
            "resources/test_cancel_pieces::test_from_the_headroom_bulk_is_not_later_than_one_by_one",
            "resources/test_cancel_pieces::test_a_single_cancel_behind_a_bulk_one_waits_for_one_item_at_most",
        ),
    ),
    Promise(
        LIMITS,
        "A 429 empties the local bucket for every task, and the request waits for its turn again.",
        (
            "account/test_throttle_limits::test_a_refusal_empties_the_bucket_for_all_once",
            "account/test_throttle_limits::test_a_refusal_delays_those_who_wait",
            "calls/test_refused::test_one_429_tells_every_task_that_waits",
            "calls/test_refused::test_a_429_forced_by_a_second_client_is_retried_and_succeeds",
            "calls/test_lasting_trouble::test_what_was_certainly_not_executed_is_done_once_the_trouble_is_over",
            "calls/test_refused::test_a_429_without_end_is_tried_until_the_deadline",
        ),
    ),
    Promise(
        LIMITS,
        (
            "`with_options(max_queue_s=0.2)` is for quotes that go stale: admitted by then, or "
            "`ThrottleTimeout` and no token spent."
        ),
        (
            "account/test_max_queue::test_now_or_never_sends_at_once_or_not_at_all",
            "account/test_max_queue::test_a_quote_that_is_refused_does_not_wait_its_whole_limit_anew",
            "calls/test_deadlines::test_max_queue_s_gives_up_on_tokens_alone",
        ),
    ),
    Promise(
        LIMITS,
        "Cancels, decreases and triggers through the same view wait on: they do not go stale.",
        (
            "account/test_max_queue::test_what_reduces_risk_does_not_go_stale_with_the_quotes",
            "account/test_max_queue::test_the_limit_of_the_session_itself_spares_cancels_too",
        ),
    ),
    Promise(
        LIMITS,
        (
            "`session.rate_limits.write` shows `capacity`, `refill_per_s`, `tokens()`, "
            "`waiting_by_priority()`, `time_to_admit_s(…)`; `session.orders.plan_batch(orders)` how a batch"
            " would be cut and when each piece would go."
        ),
        (
            "account/test_estimates::test_requests_are_admitted_when_it_was_foretold",
            "account/test_estimates::test_asking_when_changes_nothing_and_counts_only_those_before",
            "account/test_estimates::test_a_batch_goes_as_planned",
        ),
    ),
    Promise(
        LIMITS,
        (
            "After standing full, a bucket counts its refill from 0.15 s later, so that a slow first "
            "connection costs a few tokens and not a 429."
        ),
        (
            "account/test_queue::test_after_a_full_bucket_refill_counts_from_a_little_later",
            "account/test_budget::test_uneven_latency_costs_a_refusal_or_two_and_under_one_percent",
        ),
    ),
    Promise(
        LIMITS,
        (
            "Two sessions of one account in one process share `rate_limits=`; two processes split it with "
            "`share=0.5`."
        ),
        (
            "account/test_rate_limits::test_sessions_of_one_account_share_a_budget_in_a_process",
            "account/test_rate_limits::test_two_processes_split_a_budget_statically",
        ),
    ),
)
"""Every sentence, in the order of the page."""
