"""docs/settings.md names every setting that is read from the environment, and no other."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

READ = re.compile(r'env_(?:str|int|bool)\(\s*"([A-Z_]+)"|environ(?:\.get|\.setdefault)?[(\[]\s*"([A-Z_]+)"')
# Of the machine, its C library or the frameworks, not ours.
FOREIGN = {"DJANGO_SETTINGS_MODULE", "MALLOC_ARENA_MAX", "XDG_RUNTIME_DIR"}


def test_every_setting_is_documented(root: Path) -> None:
    read = set()
    for name in ("sportello/settings.py", "sportello/serving.py"):
        for groups in READ.findall((root / name).read_text()):
            read.add(groups[0] or groups[1])
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (root / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert read - FOREIGN == documented


@pytest.mark.parametrize("policy", ["question", "saved code", "none", "", "Link", "link+question+"])
def test_a_policy_of_the_question_alone_does_not_exist(policy: str) -> None:
    environ = {**os.environ, "RECOVERY_POLICY": policy}
    command = [sys.executable, "-c", "import sportello.settings"]
    refused = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "RECOVERY_POLICY" in refused.stderr
