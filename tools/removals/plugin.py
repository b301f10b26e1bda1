"""What a worker's pytest loads; the address of the others is in the environment."""

import json
import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    from tools.removals.warm import Exchange, Warm

    folder, worker, workers = json.loads(os.environ["REMOVALS"])
    config.pluginmanager.register(Warm(Exchange(Path.cwd(), Path(folder), worker, workers)))
