"""How billing's codes stand in a URL: as they are, but for the slash, which a path cannot carry."""


class CodeConverter:
    """Any code of billing's without control characters; ``~`` escapes as in JSON pointers (RFC 6901)."""

    regex = r"[^/\x00-\x1f\x7f]{1,180}"

    def to_python(self, value: str) -> str:
        return value.replace("~1", "/").replace("~0", "~")

    def to_url(self, value: str) -> str:
        return value.replace("~", "~0").replace("/", "~1")
