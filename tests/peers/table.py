"""Defects of competitors, by their situation, and the tests that keep us free of them.

Found by reading and running the leading SDKs in November 2026. A test is named by its
file below ``tests`` and its function; ``test_table`` checks that it is there.
"""

from __future__ import annotations

from collections.abc import Mapping

REGRESSIONS: Mapping[str, tuple[str, ...]] = {
    "read timeout or 503 on an order": (
        "calls/test_certainty::test_an_order_in_doubt_is_sent_again_with_its_own_key",
        "resources/settling/test_creates::test_a_refusal_after_an_attempt_that_landed_is_settled_as_placed",
    ),
    "network error on any POST": (
        "resources/settling/test_creates::test_every_attempt_is_admitted_and_paid_for",
        "peers/test_situations::test_a_network_error_on_any_post_never_repeats_a_signature",
    ),
    "429 on a write": (
        "calls/test_refused::test_a_429_forced_by_a_second_client_is_retried_and_succeeds",
        "calls/test_refused::test_one_429_tells_every_task_that_waits",
    ),
    "connect timeout on a POST": (
        "calls/test_certainty::test_an_order_that_was_not_sent_is_sent_again",
        "transport/test_sockets::test_nobody_listening_is_not_sent_and_costs_nothing",
    ),
    "2xx whose body is an error, or HTML, or has no order id": (
        "calls/test_certainty::test_a_success_that_cannot_be_read_leaves_an_order_unknown",
        "peers/test_situations::test_a_2xx_that_is_no_reply_is_unexpected_on_a_read",
        "wire/test_refusals::test_a_success_status_around_an_error_is_no_success",
        "wire/test_decoding::test_an_order_without_an_id_is_no_success",
    ),
    "nested error body": (
        "wire/test_refusals::test_a_body_becomes_the_error_that_it_describes",
        "wire/test_refusals::test_a_recorded_error_loses_nothing",
    ),
    "a new enum value on one order": (
        "wire/test_tolerant::test_a_word_that_is_not_known_is_kept_as_text",
        "peers/test_situations::test_a_new_enum_value_on_one_order_fails_no_page",
    ),
    "a rejected leg in a batch": (
        "resources/test_batches::test_every_leg_stands_beside_its_own_request",
        "resources/settling/test_batch_entries::test_a_leg_without_an_entry_is_looked_for",
    ),
    "batch cost": (
        "resources/test_batches::test_a_batch_is_cut_to_what_the_bucket_can_hold",
        "session/test_session_transport::test_the_items_of_a_batch_are_counted",
    ),
    "token bucket": (
        "account/test_throttle::test_exactly_the_legal_number_is_sent_in_three_seconds",
        "account/test_throttle_model::test_whatever_happens_every_request_ends_as_the_model_says",
    ),
    "limiter sleeps while holding its lock": (
        "account/test_queue::test_a_cancel_goes_at_once_while_quotes_wait_for_theirs",
    ),
    "repeated cursor": ("pagination/test_paginator::test_a_repeated_cursor_is_refused_and_named",),
    "failure in the middle of a list": (
        "pagination/test_paginator::test_a_failure_in_the_middle_carries_the_cursor_to_go_on_from",
        "pagination/test_paginator::test_a_bad_row_stops_the_list_after_the_good_ones_of_its_page",
    ),
    "missing queue position": (
        "resources/test_orders::test_a_missing_queue_position_is_an_error_and_not_the_front",
    ),
    "resting order value": ("peers/test_situations::test_the_resting_order_value_is_the_value_or_the_403",),
    "order placed in subaccount 7, then canceled": (
        "resources/test_routing::test_an_order_of_subaccount_7_is_canceled_in_subaccount_7",
    ),
    "group kill switch on another shard": (
        "resources/test_routing::test_a_group_on_another_shard_can_be_reached",
        "peers/test_situations::test_every_group_write_reaches_another_shard_and_subaccount",
    ),
    'price "0.12345"': ("requests/test_validation::test_a_price_that_breaks_a_rule_is_refused_by_name",),
    "count -5, count 0.001, price 7": (
        "requests/test_validation::test_a_count_that_breaks_a_rule_is_refused_by_name",
        "fuzz/test_fuzz::test_a_mutated_request_is_refused_here_or_understood_there",
    ),
    "misspelt keyword": (
        "requests/test_validation::test_a_misspelt_option_is_a_type_error",
        "session/test_views::test_a_misspelt_option_is_a_type_error",
    ),
    "deadline of 0.5 s": (
        "calls/test_deadlines::test_a_write_whose_bytes_left_is_unknown_at_its_deadline",
        "transport/test_sockets::test_a_deadline_of_half_a_second_is_half_a_second",
        "calls/test_deadlines::test_a_body_that_drips_is_cut_off_at_the_deadline",
    ),
    "Ed25519 key": (
        "signing/test_signer::test_ed25519_gives_the_signature_of_the_vector",
        "signing/test_credentials::test_a_key_is_read_in_any_coat",
    ),
    "the officially recommended host": (
        "session/test_environment::test_the_recommended_hosts_are_known",
        "session/test_environment::test_plain_http_leaves_this_machine_never",
    ),
    "signing": ("peers/test_situations::test_each_attempt_is_signed_once",),
    "exceptions and logs": (
        "session/test_secrets::test_nothing_that_is_said_holds_a_key_or_a_signature",
        "session/test_hooks::test_neither_events_nor_the_log_hold_a_secret",
    ),
    "default timeout": (
        "session/test_timeouts::test_the_defaults_are_those_of_the_readme",
        "calls/test_deadlines::test_without_options_writes_have_5_s_and_reads_10",
    ),
    "clock wrong by a minute": ("signing/test_skew::test_a_clock_that_is_off_is_learned_once_and_kept",),
    "two copies of a client in one program": (
        "peers/test_situations::test_two_clients_in_one_program_share_nothing",
        "peers/test_situations::test_no_module_holds_state_that_a_session_changes",
        "session/test_views::test_two_members_share_a_base_transport_and_nothing_else",
    ),
}
