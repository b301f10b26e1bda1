"""``python -m sportello.connectors.sap.mock``: installs the mock server, so that the tests that need it run."""

import os
import sys
from pathlib import Path

from sportello.connectors.sap.mock.serving import HERE, install

install(Path(os.environ.get("VAR_DIR") or HERE.parents[3] / "var").resolve())
sys.stdout.write("SAP's mock server is installed.\n")
