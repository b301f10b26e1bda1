"""The mock server's packages come from wherever the machine takes packages, and are what was tried, to the byte."""

import json
import re

from sportello.connectors.sap.mock.serving import HERE


def test_the_lock_holds_a_hash_of_every_package_and_the_address_of_none():
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    packages.pop("")
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_no_file_beside_it_names_a_registry():
    for name in (".npmrc", "package.json", "server.js"):
        assert not re.search(r"registry\s*=|https?://(?!127)", (HERE / name).read_text()), name
