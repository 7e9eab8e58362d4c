"""`copytrader completion`: a real bash completes commands, options, accounts of the env file, and channels."""

import os
import shutil
import subprocess

import pexpect
import pytest

from tests.bot_cli.cli_builders import command, write_env

#: Ends a list of what bash offers for one line.
_END = "--end--"


@pytest.fixture(scope="module")
def offered(tmp_path_factory):
    """What bash offers for each line, its last word being typed: all by one bash."""
    folder = tmp_path_factory.mktemp("completion")
    write_env(folder, FOLLOWERS__UNCLE_BOB__USER_ID="EF9012")
    write_env(folder).rename(folder / "other.env")
    write_env(folder).rename(folder / "at-home.env")
    write_env(folder, FOLLOWERS__UNCLE_BOB__USER_ID="EF9012")
    written = command(folder, "completion", "bash")
    assert (written.status, written.err) == (0, "")
    lines = [
        "",
        "ch",
        "check --o",
        "positions ",
        "positions u",
        "positions --env-file other.env ",
        "positions --env-file ~/at-home.env ",
        "notify-test ",
        "pair follower a",
        "completion ",
    ]
    script = [written.out]
    for line in lines:
        words = ["copytrader", *line.split(" ")]
        quoted = " ".join(f"'{word}'" for word in words)
        script.append(f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _shtab_copytrader")
        script.append(f"""printf '%s\\n' "${{COMPREPLY[@]}}"; echo {_END}""")
    bash = subprocess.run(
        ["bash", "--norc"],
        input="\n".join(script),
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder)},
        timeout=30,
        check=False,
    )
    parts = bash.stdout.split(f"{_END}\n")
    return {line: set(part.split()) for line, part in zip(lines, parts, strict=False)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ch", {"check"}),
        ("check --o", {"--online"}),
        ("positions ", {"master", "asha", "uncle_bob"}),
        ("positions u", {"uncle_bob"}),
        ("positions --env-file other.env ", {"master", "asha"}),
        # A path that only the command will be given whole.
        ("positions --env-file ~/at-home.env ", {"master", "asha"}),
        ("notify-test ", {"telegram", "email", "whatsapp", "discord", "apprise"}),
        ("pair follower a", {"asha"}),
        ("completion ", {"bash", "zsh"}),
    ],
)
def test_bash_offers_what_can_come_next(offered, line, words):
    assert offered[line] == words


def test_bash_offers_every_command(offered, tmp_path):
    assert {"run", "status", "positions", "why", "login", "kill"} <= offered[""]


def test_zsh_gets_a_script_of_its_own_with_the_same_accounts(tmp_path):
    written = command(tmp_path, "completion", "zsh").out
    assert written.startswith("#compdef copytrader")
    assert "_copytrader_accounts()" in written
    assert written.count(":_copytrader_accounts") == 3, "positions, login, pair"
    assert written.count(":_copytrader_channels") == 1


def test_a_real_zsh_completes_by_it(tmp_path):
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("no zsh here")
    write_env(tmp_path, FOLLOWERS__UNCLE_BOB__USER_ID="EF9012").rename(tmp_path / "other.env")
    write_env(tmp_path)
    (tmp_path / "script").write_text(command(tmp_path, "completion", "zsh").out)
    shell = pexpect.spawn(
        zsh,
        ["-d", "-i"],
        env={"PATH": os.defpath, "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "TERM": "dumb"},
        cwd=tmp_path,
        encoding="utf-8",
        timeout=20,
    )
    try:
        shell.sendline('autoload -Uz compinit; compinit -u -D; eval "$(cat script)"; print re""ady')
        shell.expect_exact("ready")
        for typed, rest in {
            "ch": "eck",
            "check --o": "nline",
            "positions a": "sha",
            "positions --env-file other.env u": "ncle_bob",
            "positions --env-file ~/other.env u": "ncle_bob",
            "notify-test w": "hatsapp",
            "pair fo": "llower",
            "pair follower a": "sha",
            "rotate-key --to p": "assphrase",
        }.items():
            shell.send(f"copytrader {typed}")
            shell.expect_exact(typed)
            shell.send("\t")
            shell.expect_exact(rest)
            shell.send("\x03")
    finally:
        shell.close(force=True)
