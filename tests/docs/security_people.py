"""Threats from people: strangers, stolen phones, codes and buttons, floods, roles."""

from tests.docs.security_threats import Threat

IN_THE_CHAT = (
    Threat(
        number=1,
        words="A stranger writes to the bot, taps forged buttons, adds it to a group.",
        ours="Before any other code, for every kind of update: numeric ids of known people only, in their own private "
        "chat. Everybody else gets silence. An empty list is nobody.",
        tests=(
            "gate::only_plain_words_and_taps_in_ones_own_chat_are_read",
            "gate::a_stranger_is_not_heard_and_without_admins_nobody_is",
            "judged::strangers_get_silence_on_every_kind_of_update",
        ),
    ),
    Threat(
        number=2,
        words="Somebody poses as an owner: a name that looks the same, a forwarded message, an anonymous admin, another bot.",
        ours="Names and chat ids count for nothing; what was forwarded, edited or sent by way of a bot or channel is not read.",
        tests=(
            "roles::over_every_kind_of_update_only_known_people_in_their_own_chat_are_heard",
            "roles::the_second_lock_holds_where_the_first_was_forgotten",
            "chat::an_edited_message_never_runs_a_command",
        ),
    ),
    Threat(
        number=3,
        words="An owner's Telegram account is taken over: a swapped SIM, a stolen session.",
        ours="Telegram alone can only reduce risk. What adds to it asks for a code of an authenticator whose seed never was in "
        "a chat: going live, resuming, looser limits, letting people in, placing an order that was in doubt.",
        tests=(
            "pairing::what_adds_risk_asks_for_a_code_and_what_reduces_it_never",
            "factor::resume_in_live_asks_for_a_code_unless_one_was_given_lately",
            "set::in_live_looser_asks_for_a_code_and_tighter_does_not",
            "offers::a_copy_with_real_money_asks_for_a_code_and_then_acts_once",
        ),
        open="he can stop, pause and close positions, which costs money too, and read what the bot shows; for 15 minutes "
        "after a right code no new one is asked for. Set Telegram's own two-step password",
    ),
    Threat(
        number=4,
        words="Codes are guessed, used again, or overheard.",
        ours="One step of 30 s to either side, each code once for everything (chat and server together), five wrong ones lock "
        "what adds risk until `copytrader unlock` on the server; all of it holds over restarts.",
        tests=(
            "factor::a_used_step_and_all_older_ones_are_refused",
            "factor::five_wrong_codes_lock_what_adds_risk",
            "offline::five_wrong_ones_lock_whoever_asks_and_over_every_start",
            "release::a_code_that_released_the_switch_does_not_arm_live_too",
            "release::of_two_who_use_a_code_at_once_one_wins",
            "people::a_step_is_taken_once_whatever_for_and_answers_for_its_person_alone",
        ),
    ),
    Threat(
        number=5,
        words="The phone is stolen unlocked, with Telegram and the authenticator on it.",
        ours="Sessions at Kite end at 06:00 and are begun with Kite's own password and code, which are not on the server.",
        open="not built: arming by the server only, a delay before LIVE, or a second owner's consent. Keep the authenticator on "
        "another device; `copytrader kill` on the server stops entries without the phone",
    ),
    Threat(
        number=6,
        words="A button is pressed twice, replayed, pressed by somebody else, or its data is made up.",
        ours="The data is 128 random bits of which the store keeps a digest; what is behind it acts once, in the transaction that "
        "marks it used, for whoever may. Confirmations are for one person, 60 s, and die with the process.",
        tests=(
            "offers::a_double_tap_and_a_replayed_update_act_once",
            "offers::data_that_nobody_made_does_nothing",
            "roles::forged_buttons_do_and_show_nothing_of_others",
            "judged::a_start_is_confirmed_once_and_by_nobody_else",
        ),
    ),
    Threat(
        number=7,
        words="An update is delivered again after a restart, or a command of an hour ago runs.",
        ours="The number of an update is in the journal with what it did. What changes state is not run when it is older than a minute.",
        tests=(
            "judged::an_update_acts_once_also_over_a_kill_and_late_alerts_say_how_late",
            "chat::a_late_command_does_not_run_but_offers_to",
        ),
    ),
    Threat(
        number=17,
        words="Secrets are typed into Telegram, which keeps them.",
        ours="None is ever asked for there but codes and request tokens, which are dead after use and deleted. What looks like another secret "
        "is deleted too, and its owner told to replace it.",
        tests=(
            "shapes::it_is_deleted_and_not_said_back",
            "leaks::another_secret_is_deleted_and_the_person_is_told_to_replace_it",
            "factor::a_code_that_cannot_be_deleted_is_said_so",
        ),
    ),
    Threat(
        number=23,
        words="A follower's or an instrument's name, or a broker's words, hold markup, line breaks or mentions.",
        ours="One place makes HTML and escapes everything; the log writes line breaks as `\\n`, JSON quotes them; Discord mentions nobody. SQL has "
        "parameters only.",
        tests=(
            "judged::hostile_names_are_shown_as_they_are",
            "render::cards_and_orders_survive_hostile_names",
            "redaction::a_line_break_in_a_message_forges_no_line",
            "posts::discord_is_posted_a_message_that_mentions_nobody",
        ),
    ),
    Threat(
        number=26,
        words="Alerts are kept from the owner: a muted chat, a blocked Telegram.",
        ours="A critical alert that nobody acknowledges for five minutes goes out by every channel and stops entries. Silence of Telegram itself can "
        "stop copying (`TELEGRAM__DEAD_MAN_MINUTES`).",
        tests=(
            "escalation::five_minutes_run_from_the_delivery",
            "escalation::it_is_told_everywhere_and_stops_entries_while_exits_go_on",
            "again::silence_is_counted_from_what_was_heard_last",
        ),
    ),
    Threat(
        number=28,
        words="The bot is flooded.",
        ours="Strangers cost one look-up and no row in the store, in memory that does not grow; a known person has a budget, of which `/stop` needs none. "
        "Pairing codes are guessed at most a few times an hour.",
        tests=(
            "network::a_flood_is_refused_in_memory_that_does_not_grow",
            "gate::a_burst_is_cut_off_but_stop_is_always_read",
            "pairing::guesses_of_a_flood_of_strangers_are_bounded",
            "people::a_stranger_is_named_once_an_hour_across_restarts_and_a_flood_as_one",
            "proofs::so_many_people_are_remembered_at_most",
        ),
        open="a flood that fills Telegram's queue delays what owners write behind it; `copytrader kill` does not wait for it",
    ),
    Threat(
        number=29,
        words="One who may only read his own account looks at others', or orders.",
        ours="A role's handlers are given a door that has nothing else behind it.",
        tests=(
            "roles::over_every_command_a_role_does_what_the_table_says_and_no_more",
            "roles::a_follower_sees_his_account_and_nothing_of_any_other",
            "people::a_revoked_person_is_a_stranger_at_once_and_his_proof_is_gone",
        ),
    ),
)
