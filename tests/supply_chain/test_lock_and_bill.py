"""What is installed is what the lock says, to the byte; and what is known of it is said plainly."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from supply_chain.audit import judge, starters
from supply_chain.lock import LOCK, LockError, read_lock, shipped
from supply_chain.sbom import bill_of

ROOT = Path(__file__).parents[2]
SMALL = """\
one==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via
    #   kitecopytrader (pyproject.toml)
    #   two
three==3.0 ; sys_platform == 'linux' \\
    --hash=sha256:{a}
    # via kitecopytrader (pyproject.toml:dev)
two==2.0 ; python_full_version < '3.12' \\
    --hash=sha256:{a}
    # via one
two==2.1 ; python_full_version >= '3.12' \\
    --hash=sha256:{b}
    # via one
""".format(a="a" * 64, b="b" * 64)


def test_every_package_is_pinned_and_has_a_hash():
    packages = read_lock(LOCK.read_text(encoding="utf-8"))
    assert len(packages) > 50
    assert [one.name for one in packages if not one.hashes] == []
    names = {one.name for one in packages}
    assert {asker for one in packages for asker in one.asked_by} <= names
    assert {one.name for one in packages if one.by_us} <= shipped(packages)
    assert {"pytest", "pip-audit"}.isdisjoint(shipped(packages)), "what only tests need"
    with pytest.raises(LockError, match="not pinned"):
        read_lock("one>=1.0\n")


def test_no_keyring_is_installed_that_could_fall_back_to_plain_text():
    locked = {one.name for one in read_lock(LOCK.read_text(encoding="utf-8"))}
    assert {"keyring", "keyrings-alt", "secretstorage"}.isdisjoint(locked)


def test_whatever_installs_from_the_lock_asks_for_its_hashes():
    recipes = [
        *ROOT.glob("Makefile"),
        *ROOT.glob("*ocker*"),
        *ROOT.glob("*/*ocker*"),
        ROOT / ".ci/run",
    ]
    installs = [
        (path.name, line)
        for path in recipes
        if path.is_file()
        for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        if re.search(r"\binstall\b", line) and "requirements.lock" in line
    ]
    assert installs != []
    assert [each for each in installs if "--require-hashes" not in each[1]] == []


def a_wheel(folder, *, name="plain", version="1.0") -> Path:
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": b"",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b'=').decode()},{len(body)}"
        for path, body in files.items()
    ]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, body in files.items():
            archive.writestr(path, body)
    return wheel


def test_a_package_that_is_not_the_one_of_the_lock_is_not_installed(tmp_path):
    digest = hashlib.sha256(a_wheel(tmp_path).read_bytes()).hexdigest()
    tampered = f"{int(digest[0], 16) ^ 1:x}{digest[1:]}"
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"plain==1.0 \\\n    --hash=sha256:{tampered}\n")
    tried = subprocess.run(
        (
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--isolated", "--no-index"),
            *("--no-deps", "--disable-pip-version-check", "--require-hashes"),
            *("-f", str(tmp_path), "-r", str(lock)),
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert tried.returncode == 1
    assert "DO NOT MATCH THE HASHES" in tried.stderr
    assert re.search(rf"Expected sha256 {tampered}\s+Got\s+{digest}", tried.stderr), "it was found"


def test_the_bill_lists_what_the_lock_has_and_is_the_same_every_time():
    bill = json.loads(bill_of(SMALL, version="9.9"))
    assert bill_of(SMALL, version="9.9") == bill_of(SMALL, version="9.9")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == "9.9"
    listed = {one["bom-ref"]: one for one in bill["components"]}
    assert {name: one["scope"] for name, one in listed.items()} == {
        "one@1.0": "required",
        "two@2.0": "required",
        "two@2.1": "required",
        "three@3.0": "excluded",
    }
    assert listed["one@1.0"]["purl"] == "pkg:pypi/one@1.0"
    hashes = listed["one@1.0"]["externalReferences"][0]["hashes"]
    assert {each["content"] for each in hashes} == {"a" * 64, "b" * 64}
    needs = {one["ref"]: sorted(one.get("dependsOn", ())) for one in bill["dependencies"]}
    assert needs["kitecopytrader"] == ["one@1.0", "three@3.0"]
    assert needs["one@1.0"] == ["two@2.0", "two@2.1"]


def test_the_bill_of_the_real_lock_is_whole():
    text = LOCK.read_text(encoding="utf-8")
    bill = json.loads(bill_of(text, version="0"))
    assert {(one["name"], one["version"]) for one in bill["components"]} == {
        (one.name, one.version) for one in read_lock(text)
    }
    refs = {one["bom-ref"] for one in bill["components"]} | {"kitecopytrader"}
    assert {ref for one in bill["dependencies"] for ref in one.get("dependsOn", ())} < refs


def answered(*packages):
    return json.dumps({"dependencies": packages}).encode()


WELL = {"name": "well", "version": "1", "vulns": []}
ILL = {"name": "ill", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNSEEN = {"name": "unseen", "skip_reason": "not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "status", "says"),
    [
        ([WELL], 0, ("looked up: 1 packages",)),
        ([WELL, ILL], 1, ("ill 2: PYSEC-1, mended in 3", "looked up: 2 packages")),
        ([WELL, UNSEEN], 2, ("NOT AUDITED: 1 of 2 packages", "looked up: 1 packages")),
        ([UNSEEN] * 6, 2, ("NOT AUDITED: 6 of 6 packages",)),
        ([ILL, UNSEEN], 1, ("ill 2: PYSEC-1", "NOT AUDITED: 1 of 2", "looked up: 1")),
        ([], 2, ()),
    ],
)
def test_what_could_not_be_looked_up_is_never_called_free_of_holes(packages, status, says):
    verdict = judge(answered(*packages))
    assert verdict.status == status
    assert len(verdict.lines) == len(says)
    for line, said in zip(verdict.lines, says, strict=True):
        assert line.startswith(said)


def test_a_file_that_runs_code_at_every_start_is_named(tmp_path):
    (tmp_path / "paths.pth").write_text("/somewhere\n# import nothing\n")
    (tmp_path / "distutils-precedence.pth").write_text("import os; x = 1\n")
    assert starters(tmp_path) == []
    (tmp_path / "helper.pth").write_text("/somewhere\nimport os; os.system('x')\n")
    (tmp_path / "sitecustomize.py").write_text("")
    assert starters(tmp_path) == ["helper.pth", "sitecustomize.py"]
