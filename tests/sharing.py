"""Which tests run in one process, one after the other, because they share something that is dear to make."""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/browser/test_sap.py": "a demo on SAP",
    "tests/browser/": "a demo and a browser",
    "tests/demo/": "a demo that is killed",
    "sportello/demo/tests/": "companies",
}


class Sharing(LoadScopeScheduling):
    """Begins with what belongs together, the largest first; every other test goes to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for start, shared in TOGETHER.items() if nodeid.startswith(start)), nodeid)
