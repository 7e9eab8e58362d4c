"""The files in ``deploy`` are linted by the tools that know them, and say what the program does."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.cli.configuration import _CREDENTIAL
from bot.cli.invocation import ExitStatus
from supply_chain.shipped_lock import shipped_lock

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "kitecopytrader.service"
BESIDE = Path(sys.executable).parent


def run(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def needs(name: str) -> str:
    """Return a tool, or skip where there is no systemd; all others are in the lock."""
    found = shutil.which(name) or shutil.which(name, path=BESIDE)
    if found is None and name.startswith("systemd"):
        pytest.skip(f"{name} comes with systemd, which this machine has not")
    assert found is not None, f"{name} is missing from .venv"
    return found


def test_the_dockerfile_and_the_scripts_are_clean():
    run(needs("hadolint"), "deploy/Dockerfile")
    run(needs("shellcheck"), "deploy/copytrader.sh", "deploy/as-service.sh")


def test_systemd_understands_the_unit_and_finds_little_to_object_to(tmp_path):
    analyze = needs("systemd-analyze")
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"(?m)^ExecStart=.*", "ExecStart=/bin/true", UNIT.read_text()))
    dropped = tmp_path / f"{UNIT.name}.d"
    shutil.copytree(DEPLOY / dropped.name, dropped)
    down = shutil.copy(DEPLOY / "kitecopytrader-down.service", tmp_path)
    said = run(analyze, "verify", str(unit), down)
    assert "Unknown" not in said, said
    # 1.5 of 10: what is left is that it speaks to the Internet, and reads who owns the folders above.
    run(analyze, "security", "--offline=yes", "--threshold=16", str(unit))


def unit_lines() -> list[str]:
    return UNIT.read_text().splitlines()


def test_the_unit_knows_the_statuses_that_a_person_must_look_at():
    (line,) = [one for one in unit_lines() if one.startswith("RestartPreventExitStatus=")]
    assert {int(word) for word in line.partition("=")[2].split()} == {
        ExitStatus.CONFIG_REFUSED,
        ExitStatus.ALREADY_RUNNING,
        ExitStatus.STORE_REFUSED,
    }


def test_the_passphrase_has_the_name_that_the_program_looks_for():
    drop_in = (DEPLOY / "kitecopytrader.service.d" / "passphrase.conf").read_text()
    compose = (DEPLOY / "compose.yaml").read_text()
    assert f"LoadCredentialEncrypted={_CREDENTIAL}:" in drop_in
    assert f"--name={_CREDENTIAL} " in drop_in
    assert f"- {_CREDENTIAL}" in compose


def test_the_container_may_do_little_and_keeps_the_key_apart():
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["copytrader"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001:10001"
    assert "ports" not in service, "it listens to nobody"
    assert {"data:/data", "keys:/keys"} <= set(service["volumes"])
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert "USER 10001:10001" in dockerfile
    assert "KEY_FILE=/keys/key" in dockerfile
    assert re.search(r"--require-hashes --only-binary :all: -r runtime.lock", dockerfile)


def test_what_only_tests_need_is_not_in_the_image_and_all_else_is():
    lock = (ROOT / "requirements.lock").read_text()
    part = shipped_lock(lock)
    names = set(re.findall(r"(?m)^([a-z0-9-]+)==", part))
    for needed in ("cryptography", "cffi", "msgspec", "httpx", "h11", "matplotlib", "numpy"):
        assert needed in names
    for not_needed in ("pytest", "mypy", "ruff", "hypothesis", "apsw", "pip-audit", "pexpect"):
        assert not_needed not in names
    for name in names:
        assert len(re.findall(rf"(?m)^{name}==", part)) == len(re.findall(rf"(?m)^{name}==", lock))
    for block in re.split(r"(?m)^(?=[a-z])", part)[1:]:
        assert block in lock, "hashes and markers are as they were"


def test_nothing_but_the_program_reaches_the_builder():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = re.findall(
        r"(?m)^COPY (?:--chmod=\d+ )?((?!--from)[^\n]+) \S+$", (DEPLOY / "Dockerfile").read_text()
    )
    for name in " ".join(copied).split():
        assert f"!{name}" in ignored, name
    assert not [line for line in ignored if "env" in line or "var" in line]
