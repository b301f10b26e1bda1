"""One address, whole and as it is, or a clear no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.messages.addresses import WrongAddress, checked, parts

LONG_DOMAIN = ".".join(["d" * 63, "d" * 63, "d" * 63, "d" * 61])  # 253


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("maria@example.it", "maria@example.it"),
        ("  Maria.Rossi+bolletta@Example.IT ", "Maria.Rossi+bolletta@example.it"),
        ("o'neill@example.it", "o'neill@example.it"),
        ('"maria rossi"@example.it', '"maria rossi"@example.it'),
        (r'"a\"b@c,d"@example.it', r'"a\"b@c,d"@example.it'),
        ("maria@città.it", "maria@xn--citt-3na.it"),
        ("maria@faß.de", "maria@xn--fa-hia.de"),
        ("josé@example.it", "josé@example.it"),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
        (f"{'a' * 64}@{LONG_DOMAIN}", f"{'a' * 64}@{LONG_DOMAIN}"),
    ],
)
def test_what_is_an_address(text: str, expected: str) -> None:
    assert checked(text) == expected
    assert checked(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "maria",
        "@example.it",
        "maria@",
        "maria@localhost",
        "maria@example.it.",
        "maria@127.0.0.1",
        "maria@[127.0.0.1]",
        "maria@[IPv6:::1]",
        "maria@example..it",
        "maria@-example.it",
        "maria@exam_ple.it",
        ".maria@example.it",
        "ma..ria@example.it",
        "ma ria@example.it",
        "maria@example.it,eva@example.it",
        "maria@example.it, eva@example.it",
        "maria@example.it;eva@example.it",
        "Maria <maria@example.it>",
        "maria@example.it>",
        "maria@example.it\r\nBcc: eva@example.it",
        "maria\r\n@example.it",
        "maria\u2028@example.it",
        "maria\u0085@example.it",
        "maria\x00@example.it",
        '"maria\n"@example.it',
        '"ma"ria"@example.it',
        "mi\u212ae@example.it",  # the Kelvin sign
        "mike@exa\u212ample.it",
        "maria@ｅxample.it",  # full width
        "maria\ud800@example.it",
        "maria\u202e@example.it",
        "a" * 65 + "@example.it",
        "é" * 33 + "@example.it",
        f"a@d.{LONG_DOMAIN}",
        f"{'a' * 64}@{'d.' * 128}it",
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(WrongAddress) as error:
        checked(text)
    assert not text or text not in str(error.value)


@given(st.text(max_size=20), st.text(max_size=20))
def test_what_passes_is_one_line_without_a_second_address(local: str, domain: str) -> None:
    try:
        address = checked(f"{local}@{domain}")
    except WrongAddress:
        return
    assert address.isprintable()
    assert "\n" not in address
    assert address.count("@") == 1 or address.startswith('"')
    assert checked(address) == address


def test_quotes_are_not_part_of_the_name() -> None:
    assert parts(r'"a\"b"@example.it') == ('a"b', "example.it")
