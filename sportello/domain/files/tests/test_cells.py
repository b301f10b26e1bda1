"""No cell is a formula."""

import pytest

from sportello.domain.files.cells import harmless


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", " =1", "\u00a0=1"])
def test_what_would_be_run_is_marked(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Rossi", "1=1", "IT001E90000001", "'=1"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell
