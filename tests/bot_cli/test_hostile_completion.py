"""Nothing in an env file is run by the Tab key: whoever stands in a stranger's folder only wants a name."""

import subprocess

from tests.bot_cli.cli_builders import command, write_env


def test_a_name_that_is_a_command_is_not_run(tmp_path):
    write_env(tmp_path)
    with (tmp_path / ".env").open("a", encoding="utf-8") as file:
        for name in ("$(touch pwned)", "`touch pwned`", "${x:=$(touch pwned)}", "a$(touch pwned)"):
            file.write(f"FOLLOWERS__{name}__USER_ID=AB1234\n")
    written = command(tmp_path, "completion", "bash")
    script = f"{written.out}\nCOMP_WORDS=(copytrader positions ''); COMP_CWORD=2; _copytrader_accounts ''"
    bash = subprocess.run(
        ["bash", "--norc"], input=script, capture_output=True, text=True, cwd=tmp_path, timeout=30,
        check=False,
    )  # fmt: skip
    assert bash.stdout.split() == ["master", "asha"]
    assert not (tmp_path / "pwned").exists()
