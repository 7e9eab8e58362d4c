"""Writes the bill of materials: ``python -m supply_chain.sbom FILE``, CycloneDX 1.6 as JSON.

The same lock gives the same bytes: nothing in it tells when or where it was made. That it is valid by the schema of
CycloneDX 1.6 is proved by ``cyclonedx.validation.json.JsonStrictValidator``, which needs ``jsonschema``: not in the lock.
"""

import json
import sys
import tomllib
import uuid
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from supply_chain.lock import LOCK, Locked, read_lock, shipped


def bill_of(text: str, *, version: str) -> str:
    """Return the bill of materials of a lock as JSON.

    Args:
        text: The lock.
        version: Of this program.

    Raises:
        LockError: The lock cannot be understood.
    """
    packages = read_lock(text)
    ours = shipped(packages)
    program = Component(
        type=ComponentType.APPLICATION,
        name="kitecopytrader",
        version=version,
        bom_ref="kitecopytrader",
    )
    components = [(one, _component(one, is_shipped=one.name in ours)) for one in packages]
    bom = Bom(
        components=[component for _, component in components],
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"kitecopytrader {version}\n{text}"),
    )
    bom.metadata.component = program
    bom.register_dependency(program, [c for one, c in components if one.by_us or one.by_dev])
    for each, component in components:
        bom.register_dependency(
            component, [c for one, c in components if each.name in one.asked_by]
        )
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    del written["metadata"]["timestamp"]
    return json.dumps(written, indent=2, sort_keys=True) + "\n"


def _component(package: Locked, *, is_shipped: bool) -> Component:
    address = f"https://pypi.org/project/{package.name}/{package.version}/"
    files = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes]
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        bom_ref=f"{package.name}@{package.version}",
        purl=PackageURL("pypi", None, package.name, package.version),
        # What only tests and developing need is in no installation that trades.
        scope=ComponentScope.REQUIRED if is_shipped else ComponentScope.EXCLUDED,
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION, url=XsUri(address), hashes=files
            )
        ],
    )


def main(arguments: list[str]) -> int:
    """Write the file that is named, and say what is in it."""
    if len(arguments) != 1:
        sys.stderr.write(
            "name the file to write, as: python -m supply_chain.sbom build/sbom.json\n"
        )
        return 2
    project = tomllib.loads((LOCK.parent / "pyproject.toml").read_text(encoding="utf-8"))
    text = LOCK.read_text(encoding="utf-8")
    target = Path(arguments[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill_of(text, version=project["project"]["version"]), encoding="utf-8")
    packages = read_lock(text)
    sys.stdout.write(
        f"{target}: {len({one.name for one in packages})} packages,"
        f" {len(shipped(packages))} of them needed to trade\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
