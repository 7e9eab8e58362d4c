"""Threats to what is kept: secrets, sealed values, keys, backups, the journal, memory."""

from tests.docs.security_threats import Threat

OF_SECRETS = (
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
)
