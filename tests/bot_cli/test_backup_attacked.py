"""What a backup might give away, and what a restore forgets."""

import pytest

from tests.bot_cli.cli_builders import command
from tests.bot_cli.test_backup_command import here, sealed, shown_key, typed_at_a_terminal

__all__ = ["here"]


@pytest.mark.parametrize(
    "line",
    [
        "SMTP_PASS=plaincanary",
        "export DB_PWD=plaincanary",
        "AUTH_KEY=plaincanary",
        "MONITOR_URL=https://me:plaincanary@example.com/ping",
        "# OLD_SMTP=smtp://me:plaincanary@mail.example.com:25",
    ],
)
def test_a_secret_of_another_program_is_named_and_never_kept(here, line):
    env = sealed(here)
    with env.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    status, _, err = typed_at_a_terminal(here, "backup", "one.backup")
    assert status != 0
    assert line.partition("=")[0].split()[-1] in err
    assert "plaincanary" not in err
    assert not (here / "one.backup").exists()


def test_whoever_restores_an_older_store_is_told_what_it_forgets(here):
    _, out, _ = typed_at_a_terminal(here, "backup", "one.backup")
    restored = command(here, "restore", "one.backup", typed=f"{shown_key(out)}\nrestore\n")
    assert restored.status == 0
    assert "who was sent away since (look at /people)" in restored.out
    assert "what /set made tighter (/limits)" in restored.out
