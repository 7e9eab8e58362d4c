"""Who may try what against a copier and its owner, and the tests that hold it off: docs/security.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """One way to do harm.

    Attributes:
        words: What somebody does.
        ours: What stands against it.
        tests: ``file::name``, the file by its short name in `FILES` and the name without ``test_``.
        open: What is not held, as a sentence without its full stop; empty where all is.
    """

    number: int
    words: str
    ours: str
    tests: tuple[str, ...] = ()
    open: str = ""


FILES = {
    "again": "tests/bot_chat/test_chat_again.py",
    "backup": "tests/bot_cli/test_backup_command.py",
    "begun": "tests/engine_shell/test_shell_started_again.py",
    "chain": "tests/storage/test_hash_chain.py",
    "chat": "tests/bot_chat/test_chat_copying.py",
    "control": "tests/bot_cli/test_control_socket.py",
    "deploy": "tests/docs/test_deploy_files.py",
    "dial": "tests/contracts/kite/test_kite_dial.py",
    "digest": "tests/bot_chat/test_chat_history_told.py",
    "drawing": "tests/bot_pictures/test_render_process.py",
    "elsewhere": "tests/engine_shell/test_shell_login_elsewhere.py",
    "escalation": "tests/core/test_core_escalation.py",
    "factor": "tests/bot_chat/test_chat_second_factor.py",
    "files": "tests/bot_cli/test_files_of_others.py",
    "fence": "tests/core/test_core_fence.py",
    "gate": "tests/bot_chat/test_chat_gate.py",
    "instance": "tests/bot_cli/test_single_instance.py",
    "judged": "tests/e2e/test_judged_chat.py",
    "key": "tests/bot_cli/test_setting_bound_to_its_key.py",
    "leaks": "tests/bot_chat/test_chat_login_leaks.py",
    "listener": "tests/bot_chat/test_login_listener.py",
    "lock": "tests/supply_chain/test_lock_and_bill.py",
    "mail": "tests/bot_channels/test_channel_mail.py",
    "mark": "tests/storage/test_store_mark.py",
    "network": "tests/bot_chat/test_chat_hostile_network.py",
    "offers": "tests/bot_chat/test_chat_offers.py",
    "offline": "tests/bot_cli/test_offline_codes.py",
    "online": "tests/bot_cli/test_doctor_at_kite.py",
    "pairing": "tests/bot_chat/test_chat_pairing.py",
    "people": "tests/core/test_core_pairing.py",
    "posts": "tests/bot_channels/test_channel_posts.py",
    "process": "tests/bot_cli/test_process_keeps_secrets.py",
    "proofs": "tests/core/test_core_pairing_guesses.py",
    "redaction": "tests/bot_cli/test_log_redaction.py",
    "release": "tests/bot_cli/test_kill_release.py",
    "render": "tests/bot_chat/test_chat_render.py",
    "roles": "tests/bot_chat/test_chat_roles.py",
    "strange": "tests/bot_setup/test_setup_other_servers.py",
    "tab": "tests/bot_cli/test_hostile_completion.py",
    "twice": "tests/engine_shell/test_shell_one_account_twice.py",
    "rotate": "tests/bot_cli/test_rotate_key.py",
    "rotate-to": "tests/bot_cli/test_key_or_passphrase.py",
    "secrets": "tests/bot_chat/test_chat_secrets.py",
    "servers": "tests/bot_cli/test_other_servers.py",
    "session": "tests/contracts/kite/test_kite_session.py",
    "set": "tests/bot_chat/test_chat_set.py",
    "settings": "tests/bot_cli/test_settings_loading.py",
    "shapes": "tests/bot_chat/test_chat_secrets_by_shape.py",
    "states": "tests/bot_chat/test_chat_login_states.py",
    "stream": "tests/contracts/kite/test_kite_stream.py",
    "vault": "tests/bot_cli/test_secret_vault.py",
    "wire": "tests/contracts/kite/test_kite_wire.py",
    "exchange": "tests/contracts/kite/test_kite_exchange.py",
}

THREATS = (
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
        number=8,
        words="The bot's token leaks: in a log, an error, a process list.",
        ours="It is in no argument, no child's environment, no `repr`; a filter on the log's handlers hides it and whatever has its "
        "shape. A second program that polls with it is told by every channel. A webhook that somebody set is removed at the start.",
        tests=(
            "judged::no_planted_secret_is_anywhere_at_debug",
            "secrets::a_whole_day_at_debug_logs_no_secret",
            "redaction::libraries_that_log_addresses_stay_quiet_at_debug",
            "redaction::what_looks_like_a_secret_is_hidden",
            "chat::a_second_poller_is_reported_once_and_service_goes_on",
        ),
        open="whoever has the token reads what owners write until it is replaced at @BotFather (`/revoke`)",
    ),
    Threat(
        number=9,
        words="Forged webhooks or postbacks are sent to the server.",
        ours="There is none to send to: updates are polled, order events come over Kite's socket and are hints only, proven by the order "
        "book. The one thing that may listen is the login callback, only while a login is pending.",
        tests=(
            "listener::it_is_open_only_while_a_login_is_pending",
            "listener::what_is_not_the_redirect_of_a_pending_login_is_a_bare_404_and_uses_nothing_up",
            "listener::garbage_gets_nothing_and_the_login_goes_on",
        ),
    ),
    Threat(
        number=10,
        words="Secrets at rest are read: a stolen disk, a copied `.env`.",
        ours="AES-256-GCM with a random nonce, by a key file outside of the data folder or a passphrase (scrypt, 128 MiB). LIVE refuses "
        "plain secrets, and a key beside the data.",
        tests=(
            "vault::what_was_sealed_opens_again_after_a_restart",
            "vault::another_key_says_that_it_is_another_key",
            "vault::a_passphrase_stands_in_for_the_key_file",
            "settings::live_refuses_plain_secrets_and_a_key_beside_the_data_unless_allowed",
        ),
        open="whoever has the disk with the key on it has the secrets. A passphrase, or the systemd credential sealed to the machine, "
        "keeps the key off it",
    ),
    Threat(
        number=11,
        words="Sealed values are swapped, changed, or put under another key by somebody who cannot open them.",
        ours="Each is bound to the place it belongs to: the key of `.env`, the account of a session. Nothing but the whole, unchanged text "
        "opens, and only there.",
        tests=(
            "key::each_value_opens_under_its_key_and_two_swapped_ones_do_not",
            "key::no_changed_or_missing_letter_of_a_value_sealed_by_passphrase_goes_unnoticed",
            "vault::no_changed_byte_goes_unnoticed",
            "vault::a_session_moved_to_another_account_does_not_open",
        ),
        open="values sealed without a key in versions before open anywhere, until `copytrader rotate-key` binds them",
    ),
    Threat(
        number=12,
        words="A key must be changed and the change is interrupted: secrets are lost.",
        ours="At every moment one of the two keys opens everything, a start works, and a second `rotate-key` finishes. Tried with a kill and a "
        "power cut at every call that writes, between key files, passphrases, and from the one to the other.",
        tests=(
            "rotate-to::a_death_on_the_way_to_a_passphrase_leaves_all_to_the_key_or_to_the_passphrase",
            "rotate-to::a_death_on_the_way_to_a_key_file_leaves_all_to_the_passphrase_or_to_the_key",
            "rotate::a_death_at_any_step_leaves_every_secret_to_one_key_and_a_second_run_finishes",
            "rotate::a_death_while_the_passphrase_is_changed_leaves_all_to_one_of_the_two",
            "rotate::it_refuses_and_changes_nothing_while_an_instance_runs",
        ),
    ),
    Threat(
        number=13,
        words="A keyring that silently falls back to plain text.",
        ours="No keyring of the system is used: on a server without a screen there is none.",
        tests=("lock::no_keyring_is_installed_that_could_fall_back_to_plain_text",),
    ),
    Threat(
        number=14,
        words="A backup is stolen, or put back to make the program forget.",
        ours="A backup is sealed for a recovery key that is not on the machine; it holds no key, no session and no plain secret. A store of "
        "the past is refused, and taken only frozen, until a person has adopted what it lacks.",
        tests=(
            "backup::the_first_backup_shows_the_recovery_key_once_and_keeps_only_its_other_half",
            "backup::a_secret_in_plain_text_is_kept_in_no_backup",
            "mark::a_store_restored_from_the_past_is_refused_with_the_mend",
            "mark::a_store_that_a_person_takes_starts_frozen_and_is_the_one_from_then_on",
        ),
    ),
    Threat(
        number=15,
        words="Another user of the machine reads our files, or puts his own in their place.",
        ours="Everything is made for its owner only (umask 077). Env file, key and data folder are refused when they are links, somebody "
        "else's, or below a folder that others may change.",
        tests=(
            "files::no_folder_above_may_be_writable_by_others",
            "files::what_belongs_to_someone_else_is_refused_and_so_is_a_folder_of_his_above",
            "files::a_start_refuses_links_in_the_place_of_its_files",
            "process::before_a_secret_is_read_no_dump_can_be_made_and_what_is_made_is_ours_alone",
            "vault::a_key_that_others_can_read_is_refused",
            "redaction::log_files_are_for_their_owner_only",
        ),
        open="access control lists (`setfacl`) are not looked at",
    ),
    Threat(
        number=16,
        words="Another program of this machine commands the running one.",
        ours="The control socket is its owner's alone; what adds risk asks for a code there too. The systemd unit has a user of its own, who "
        "sees nothing of others.",
        tests=(
            "control::only_the_owner_may_connect",
            "release::a_release_without_a_code_is_refused",
            "deploy::systemd_understands_the_unit_and_finds_little_to_object_to",
        ),
        open="whoever runs programs as the same user can do what its owner can: give copytrader a user of its own",
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
        number=18,
        words="A Kite access token leaks: in a socket's address, a debug log, an error that quotes it.",
        ours="Our own client for orders and stream; every log line, error and answer of the broker goes through the filter. In the store it is "
        "sealed, and it ends at 06:00.",
        tests=(
            "stream::no_secret_reaches_a_log_or_a_reason_at_any_level",
            "exchange::a_day_of_use_shows_no_secret_in_any_log",
            "wire::a_secret_echoed_by_the_broker_reaches_no_outcome",
            "process::no_class_that_holds_a_secret_shows_it",
        ),
    ),
    Threat(
        number=19,
        words="A request token is caught on its way back, or somebody has the owner log in to another account.",
        ours="Each login has a random state, bound to its account, used once, void after its time. The callback is HTTPS or this machine. The user id "
        "that Kite answers with must be that of the account.",
        tests=(
            "states::a_state_nobody_made_opens_nothing",
            "states::a_state_is_used_once_and_the_next_button_has_another",
            "states::after_its_time_a_button_opens_nothing_and_there_is_a_new_one",
            "session::another_clients_login_is_refused_with_the_mend",
            "listener::the_page_holds_no_secret_and_leaves_no_trace",
        ),
    ),
    Threat(
        number=20,
        words="A false login page, a false Kite, a false Telegram: `.env` or DNS leads elsewhere.",
        ours="Certificates are always verified, addresses are HTTPS, redirects are not followed, the environment's proxies are not used for Kite. "
        "A server that is not the real one is named at every start, by the doctor and before LIVE.",
        tests=(
            "dial::an_untrusted_certificate_means_not_sent",
            "dial::a_certificate_of_another_host_means_not_sent",
            "session::the_exchange_trusts_the_extra_authority_and_no_other",
            "session::a_proxy_of_the_environment_is_ignored",
            "wire::a_redirect_is_not_followed",
            "network::a_server_whose_certificate_nobody_we_know_signed_hears_no_token",
            "mail::a_certificate_of_nobody_we_know_ends_it_before_the_password",
            "servers::certificates_are_verified_everywhere",
            "servers::a_server_that_is_not_the_real_one_is_named",
        ),
        open="certificates are not pinned: an authority that the system trusts and that signs falsely is believed",
    ),
    Threat(
        number=21,
        words="Kite's password and code are stolen from the server.",
        ours="They are never there: a person logs in each day on Kite's own page. No setting could hold them.",
        tests=("servers::no_setting_takes_what_a_login_at_kite_is_made_of",),
    ),
    Threat(
        number=22,
        words="Orders leave from an address that Kite has not registered, or by another account's way out.",
        ours="Each account has its own way out (`PROXY`), over IPv4; `copytrader check --online` and the list before LIVE try it for each account.",
        tests=(
            "online::every_account_is_asked_and_each_ill_is_told_with_its_mend",
            "dial::other_machines_are_reached_over_ipv4_and_tls_only",
            "dial::a_proxy_that_refuses_means_not_sent",
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
        number=24,
        words="A package that we install is replaced, or a hole in one becomes known.",
        ours="Every package is pinned with the hashes of its files, and anything else is not installed. `make audit` looks up known holes and names "
        "files that run by themselves; `make sbom` writes what is in it.",
        tests=(
            "lock::a_package_that_is_not_the_one_of_the_lock_is_not_installed",
            "lock::every_package_is_pinned_and_has_a_hash",
            "lock::whatever_installs_from_the_lock_asks_for_its_hashes",
            "lock::what_could_not_be_looked_up_is_never_called_free_of_holes",
            "lock::a_file_that_runs_code_at_every_start_is_named",
            "deploy::what_only_tests_need_is_not_in_the_image_and_all_else_is",
        ),
        open="`make audit` needs pypi.org and is not part of the gate; the lock may hold packages that are younger than a week; outside "
        "of the image some may be built from source. The wheel by itself (`pip install kitecopytrader`) pins nothing",
    ),
    Threat(
        number=25,
        words="The journal is edited to hide or invent what happened.",
        ours="Every event is linked to the one before by SHA-256; a start, the doctor and a restore verify the chain. The evening report carries its "
        "digest into the chat, where a chain that was made anew no longer fits.",
        tests=(
            "chain::a_history_that_was_changed_is_found_and_not_started_on",
            "digest::a_history_rewritten_with_its_chain_passes_every_check_but_that_digest",
            "digest::the_report_of_a_day_ends_with_what_the_journal_holds",
        ),
        open="nothing compares the digest by itself: see below how to",
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
        number=27,
        words="Memory is read: a core dump after a crash, another program of the same user, a child process.",
        ours="Dumps are off before the first secret is read, and the kernel lets no other program of the user read memory or environment. Children get "
        "an environment of their own, without secrets.",
        tests=(
            "process::before_a_secret_is_read_no_dump_can_be_made_and_what_is_made_is_ours_alone",
            "process::every_process_we_begin_is_given_its_environment_and_none_inherits_ours",
            "drawing::the_process_knows_no_secret_and_holds_no_file_of_ours",
            "judged::no_planted_secret_is_anywhere_at_debug",
        ),
        open="Python cannot wipe a secret from memory; root reads all of it, and swap may hold some of it: encrypt swap or have none",
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
    Threat(
        number=30,
        words="A copy of the installation, stolen or forgotten, sends as well.",
        ours="One instance per data folder; orders under our tag that this journal did not send freeze entries everywhere until a person has looked.",
        tests=(
            "instance::a_second_process_is_refused_and_told_the_first_ones_id",
            "fence::an_order_of_our_tag_that_the_journal_lacks_freezes_entries_of_every_account_at_once",
        ),
    ),
    Threat(
        number=31,
        words="An env file that a stranger has put into a folder names commands, or servers of his, to whoever works there.",
        ours="Names that are offered by the Tab key are letters only; setup names each server that is not the real one before anything is typed.",
        tests=(
            "tab::a_name_that_is_a_command_is_not_run",
            "strange::a_server_that_is_not_the_real_one_is_named_before_anything_is_typed",
            "strange::an_address_that_no_secret_may_be_sent_to_ends_it_before_a_question",
        ),
    ),
    Threat(
        number=32,
        words="A name comes to stand for another Kite account, or an account for two names, by a slip or on purpose.",
        ours="No login counts while copies under its name are in another account; one account never runs under two names; a start by the machine takes nothing in that an owner has not agreed to that day.",
        tests=(
            "elsewhere::it_is_refused_before_anything_can_leave_with_it",
            "twice::a_renamed_follower_waits_until_the_copies_under_his_old_name_are_gone",
            "twice::a_start_takes_the_exits_of_who_leaves_before_his_new_name",
            "begun::in_live_what_is_looser_waits_for_a_person_and_what_is_tighter_counts",
        ),
    ),
)
