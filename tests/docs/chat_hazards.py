"""What goes wrong with a chat that moves money, and the tests that hold it: docs/chat-hazards.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One thing that goes wrong with chats.

    Attributes:
        words: What happens where nothing is done against it.
        source: Where it is told in public; empty where it is our own measurement or reasoning.
        ours: What this program does.
        tests: ``file::name``, the file by its short name in `FILES` and the name without ``test_``.
        open: What is not held; empty where all is.
    """

    number: int
    words: str
    ours: str
    tests: tuple[str, ...]
    source: str = ""
    open: str = ""


FILES = {
    "again": "tests/bot_chat/test_chat_again.py",
    "channels": "tests/e2e/test_alert_channels.py",
    "dead_man": "tests/bot_cli/test_dead_man.py",
    "chat": "tests/bot_chat/test_chat_copying.py",
    "detach": "tests/bot_chat/test_chat_sync.py",
    "drawing": "tests/bot_pictures/test_render_process.py",
    "factor": "tests/bot_chat/test_chat_second_factor.py",
    "gate": "tests/bot_chat/test_chat_gate.py",
    "instance": "tests/bot_cli/test_single_instance.py",
    "judged": "tests/e2e/test_judged_chat.py",
    "kill": "tests/faults/test_process_ends.py",
    "login": "tests/bot_chat/test_chat_login.py",
    "outages": "tests/faults/test_chat_outages.py",
    "pairing": "tests/bot_chat/test_chat_pairing.py",
    "roles": "tests/bot_chat/test_chat_roles.py",
    "outbox": "tests/bot_chat/test_chat_outbox.py",
    "photos": "tests/bot_chat/test_chat_pictures.py",
    "redaction": "tests/bot_cli/test_log_redaction.py",
    "render": "tests/bot_chat/test_chat_render.py",
    "reports": "tests/bot_chat/test_chat_report_numbers.py",
    "runner": "tests/engine_shell/test_shell_runner.py",
    "secrets": "tests/bot_chat/test_chat_secrets.py",
    "sim": "tests/sim/test_sim_chat.py",
    "slips": "tests/bot_chat/test_chat_slips.py",
    "switch": "tests/faults/test_kill_switch_everywhere.py",
    "escalation": "tests/core/test_core_escalation.py",
}

HAZARDS = (
    Hazard(
        number=1,
        words="A command of an hour ago runs when the program comes back: Telegram keeps updates for a day.",
        source="[Bot API, Getting updates](https://core.telegram.org/bots/api#getting-updates)",
        ours="What changes state is not run when it was sent more than 60 s ago; it says its age and offers a "
        "button to run it now. Nothing is thrown away at a start, since a late `/stop` must count: `/stop`, "
        "`/pause` and the first step of `/panic` always run.",
        tests=(
            "chat::a_late_command_does_not_run_but_offers_to",
            "chat::a_late_stop_and_a_late_pause_always_run",
            "factor::a_code_after_a_minute_or_sent_long_ago_is_not_looked_at",
            "detach::late_ones_do_not_run",
        ),
    ),
    Hazard(
        number=2,
        words="The same update comes twice: what was read is acknowledged only by the next poll, and a process "
        "that dies in between gets it again.",
        source="[Bot API, getUpdates](https://core.telegram.org/bots/api#getupdates)",
        ours="The number of an update is in the journal with what it changed, in one transaction. A repeat is "
        "answered with what was said then and changes nothing.",
        tests=(
            "chat::an_update_delivered_again_after_a_restart_acts_once_and_says_so",
            "judged::an_update_acts_once_also_over_a_kill_and_late_alerts_say_how_late",
        ),
    ),
    Hazard(
        number=3,
        words="A button is tapped twice, or a phone that lost its answer sends the tap again as a new update; a "
        "tap carries no time of its own.",
        source="[tdlib/telegram-bot-api 699](https://github.com/tdlib/telegram-bot-api/issues/699)",
        ours="Each question has a random number of 128 bits, one person and 60 s, and is closed before anything "
        "is awaited. It dies with the process, and with a state that has changed since it was asked.",
        tests=(
            "chat::two_taps_start_once_and_the_second_is_told_so",
            "judged::a_start_is_confirmed_once_and_by_nobody_else",
            "chat::a_tap_after_a_minute_does_nothing_and_removes_the_buttons",
            "chat::a_button_from_before_a_restart_is_dead",
            "chat::only_the_person_who_was_asked_can_confirm",
            "chat::a_stop_between_question_and_tap_makes_the_question_void",
            "slips::two_starts_in_a_hurry_start_once_and_the_second_is_told_since_when",
        ),
    ),
    Hazard(
        number=4,
        words="Strangers write to the bot, and a changed client sends any data as a tap, for buttons that were "
        "never shown.",
        source="[Bot API, CallbackQuery](https://core.telegram.org/bots/api#callbackquery)",
        ours="One gate before every handler, for every kind of update: numeric ids only, one's own private chat "
        "only, one's own unedited words only. Everybody else gets silence, and owners are told of him once an hour. "
        "Forged data reaches reads of one's own role at most ([people.md](people.md)).",
        tests=(
            "gate::only_plain_words_and_taps_in_ones_own_chat_are_read",
            "gate::a_stranger_is_not_heard_and_without_admins_nobody_is",
            "gate::strangers_get_silence_from_the_running_bot",
            "judged::strangers_get_silence_on_every_kind_of_update",
            "chat::an_edited_message_never_runs_a_command",
            "outages::a_stranger_gets_silence_and_changes_nothing",
            "roles::forged_buttons_do_and_show_nothing_of_others",
            "pairing::a_wrong_code_is_silence_and_the_owner_hears_of_it_once_an_hour",
        ),
    ),
    Hazard(
        number=5,
        words="The bot's token is in every address, so HTTP libraries log it, and one of the errors of the Bot "
        "API library quotes it.",
        source="[freqtrade 5802](https://github.com/freqtrade/freqtrade/issues/5802)",
        ours="Libraries that log addresses stay at WARNING at every level; of an error only its kind is logged; "
        "a filter on the handlers hides registered secrets and everything of a secret's shape.",
        tests=(
            "secrets::a_whole_day_at_debug_logs_no_secret",
            "judged::no_planted_secret_is_anywhere_at_debug",
            "secrets::a_token_the_server_rejects_at_start_is_waited_for_and_not_logged",
            "redaction::libraries_that_log_addresses_stay_quiet_at_debug",
            "redaction::what_looks_like_a_secret_is_hidden",
        ),
    ),
    Hazard(
        number=6,
        words="Telegram asks for a pause (429), and a handler that waits for its answer to be sent holds up the "
        "`/stop` behind it.",
        source="[Bot API, ResponseParameters](https://core.telegram.org/bots/api#responseparameters)",
        ours="Nobody but the outbox waits for Telegram. A wait holds one chat; answers go before errors, alerts "
        "and progress; of edits to one message only the newest is sent.",
        tests=(
            "again::a_stop_is_durable_in_time_while_a_flood_wait_of_a_minute_is_active",
            "judged::stop_is_durable_within_200_ms_in_a_flood_wait_of_a_minute",
            "judged::a_storm_of_429_loses_and_doubles_no_answer",
            "chat::stop_takes_effect_at_once_while_telegram_answers_429",
            "outages::stop_works_although_telegram_floods_every_answer",
            "outbox::a_flood_wait_holds_one_chat_and_replies_go_first_after_it",
            "outbox::a_tap_is_answered_during_a_flood_wait",
            "outbox::edits_of_one_message_become_the_newest_one",
        ),
    ),
    Hazard(
        number=7,
        words="Telegram is down at the start or for an hour, and trading stops with it or alerts are lost.",
        ours="The engine starts first and never waits for the chat, which tries for ever. Alerts come from the "
        "journal and count as told once Telegram has them; late ones say by how much. Only progress of orders "
        "may be left out, and its number is told. Other channels get alerts meanwhile.",
        tests=(
            "outages::orders_are_copied_while_telegram_is_down_and_alerts_come_late_but_come",
            "again::alerts_of_an_hours_outage_all_come_once_in_order_and_say_how_late",
            "judged::an_update_acts_once_also_over_a_kill_and_late_alerts_say_how_late",
            "chat::a_telegram_that_is_down_at_boot_is_waited_for",
            "chat::an_outage_in_the_middle_is_survived",
            "outbox::alerts_are_never_dropped_and_cards_only_above_the_limit",
            "channels::a_critical_alert_arrives_while_telegram_is_down_and_what_did_not_after_a_crash",
            "sim::what_telegram_does_changes_no_order",
        ),
    ),
    Hazard(
        number=8,
        words="The only way to stop is a chat that cannot be reached.",
        ours="`copytrader kill` on the server stops entries within a second, without the chat and while the loop "
        "hangs. A critical alert that nobody acknowledges stops entries by itself, and so does, where "
        "`TELEGRAM__DEAD_MAN_MINUTES` is set, a Telegram that is out of reach for so long.",
        tests=(
            "kill::the_kill_switch_stops_entries_of_a_running_program_and_never_exits",
            "switch::it_holds_while_the_loop_hangs_and_what_was_decided_meanwhile_does_not_leave",
            "escalation::it_is_told_everywhere_and_stops_entries_while_exits_go_on",
            "dead_man::copying_stops_when_telegram_was_not_reached_for_so_long",
            "again::silence_is_counted_from_what_was_heard_last",
        ),
    ),
    Hazard(
        number=9,
        words="In the library, a refused message and a timeout are kinds of network error: one is tried for ever, "
        "or the other taken for never sent.",
        source="[python-telegram-bot, telegram.error](https://docs.python-telegram-bot.org/en/stable/telegram.error.html)",
        ours="A refusal is looked for first: said once more as plain text, then left. What may have arrived is "
        "sent again marked *may repeat*; an action is never run again.",
        tests=(
            "outbox::a_message_that_is_refused_for_good_holds_up_nothing",
            "outbox::refused_markup_is_sent_again_as_plain_text",
            "outbox::a_message_the_server_may_have_got_is_marked_when_sent_again",
            "outbox::a_message_whose_answer_cannot_be_read_is_marked_when_sent_again",
        ),
    ),
    Hazard(
        number=10,
        words="Telegram refuses the answer to a tap as too old, or an edit as not modified, and the refusal "
        "reaches what the tap should have done.",
        source="[Bot API, answerCallbackQuery](https://core.telegram.org/bots/api#answercallbackquery)",
        ours="Taps are answered at once, apart from what they do; both refusals end with the answer.",
        tests=(
            "again::a_tap_that_is_too_old_to_answer_still_does_what_it_says",
            "again::a_refresh_that_changes_nothing_is_no_trouble",
            "judged::every_button_of_every_answer_is_answered",
            "outbox::a_card_that_is_the_same_already_counts_as_delivered",
        ),
    ),
    Hazard(
        number=11,
        words="`M&M`, `<` in a broker's words, a text above 4,096 UTF-16 units, button data above 64 bytes, a "
        "caption above 1,024: the whole message is refused.",
        source="[Bot API, HTML style](https://core.telegram.org/bots/api#html-style)",
        ours="One place makes HTML, and it escapes everything. What is too long is cut at line ends, with its "
        "table closed and opened again; tables have at most 34 columns.",
        tests=(
            "render::cards_and_orders_survive_hostile_names",
            "judged::hostile_names_are_shown_as_they_are",
            "judged::every_command_is_answered_as_a_phone_shows_it",
            "render::status_and_positions_survive_hostile_names",
            "render::alerts_replies_and_checks_survive_hostile_texts",
            "render::a_long_text_is_cut_without_losing_or_breaking_anything",
            "photos::a_caption_always_fits",
            "reports::no_table_is_wider_than_a_phone_whatever_the_names_and_sums",
        ),
    ),
    Hazard(
        number=12,
        words="Secrets that were typed stay in the history of the chat.",
        ours="A pasted address, token or code is deleted, and the answer says whether that worked. Keys and API "
        "secrets are never asked for in the chat.",
        tests=(
            "login::login_gives_a_button_per_account_and_uses_the_pasted_address",
            "login::a_token_nobody_waits_for_is_deleted_and_not_used",
            "factor::a_code_that_cannot_be_deleted_is_said_so",
        ),
    ),
    Hazard(
        number=13,
        words="A picture drawn in the process that trades blocks it for a tenth of a second.",
        ours="Pictures are drawn by one warm process, niced, killed after 5 s, without any secret; where it fails "
        "the text is said. The trading process never loads the library that draws.",
        tests=(
            "drawing::the_process_that_trades_never_loads_matplotlib",
            "drawing::a_drawing_that_hangs_is_killed_and_the_next_one_is_drawn",
            "drawing::the_process_knows_no_secret_and_holds_no_file_of_ours",
            "photos::what_cannot_be_drawn_is_said_in_words",
            "photos::a_slow_upload_delays_no_words",
        ),
    ),
    Hazard(
        number=14,
        words="Two programs poll with one token: each gets some of the commands.",
        source="[Bot API, getUpdates](https://core.telegram.org/bots/api#getupdates)",
        ours="It is told by every channel, once in ten minutes, with what it means and how to stop entries "
        "meanwhile. Copying goes on. A second program on the same store does not start.",
        tests=(
            "chat::a_second_poller_is_reported_once_and_service_goes_on",
            "instance::a_second_process_is_refused_and_told_the_first_ones_id",
            "kill::a_second_process_on_the_same_store_is_refused_and_a_backup_lives_on_elsewhere",
        ),
    ),
    Hazard(
        number=15,
        words="Two commands that are handled at once decide on the same state.",
        ours="What changes state goes through the engine's one queue, one event after the other, and takes "
        "effect in the same turn in which it is durable. Reads run beside it.",
        tests=(
            "chat::a_stop_during_the_checks_wins_over_the_start",
            "chat::slow_checks_of_many_people_do_not_hold_up_a_stop",
            "runner::a_request_is_answered_only_once_it_is_durable_and_takes_effect_at_once",
            "runner::a_stop_overtakes_an_entry_that_was_decided_but_has_not_left",
        ),
    ),
    Hazard(
        number=16,
        words="A post of a channel, or of a group's anonymous administrator, has no person behind it, or one that "
        "all groups share.",
        source="[Bot API, Message](https://core.telegram.org/bots/api#message)",
        ours="Both are strangers, as is everything that comes from a group, a channel or another bot.",
        tests=(
            "gate::only_plain_words_and_taps_in_ones_own_chat_are_read",
            "judged::strangers_get_silence_on_every_kind_of_update",
        ),
    ),
)
