"""What a threat of docs/security.md is, and the files whose tests hold threats off."""

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
