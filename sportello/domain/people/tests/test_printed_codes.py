import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.people import printed_codes
from sportello.domain.people.printed_codes import ALPHABET, LENGTH, RANDOM, MistypedCode

BODIES = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM)


def test_it_has_at_least_fifty_random_bits():
    assert len(ALPHABET) ** RANDOM >= 2**50
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set(ALPHABET) & set("01OIU")


def test_no_two_are_the_same():
    assert len({printed_codes.make() for _ in range(1_000)}) == 1_000


@given(BODIES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_noticed(body, place, other):
    code = body + printed_codes.check_character(body)
    mistyped = code[:place] + other + code[place + 1 :]
    if mistyped == code:
        assert printed_codes.read(mistyped) == code
    else:
        with pytest.raises(MistypedCode):
            printed_codes.read(mistyped)


@given(BODIES, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_any_two_exchanged_are_noticed(body, one, other):
    code = list(body + printed_codes.check_character(body))
    code[one], code[other] = code[other], code[one]
    if (exchanged := "".join(code)) != body + printed_codes.check_character(body):
        with pytest.raises(MistypedCode):
            printed_codes.read(exchanged)


@given(BODIES, st.sampled_from([" ", "-", "\u00a0", ".", "\t", " - "]))
def test_blanks_hyphens_and_case_do_not_matter(body, between):
    code = body + printed_codes.check_character(body)
    typed = between.join(code[start : start + 4] for start in range(0, LENGTH, 4)).lower()
    assert printed_codes.read(f"  {typed}\n") == code
    assert printed_codes.read(printed_codes.shown(code)) == code


def test_full_width_letters_are_read():
    code = printed_codes.make()
    assert printed_codes.read("".join(chr(ord(character) + 0xFEE0) for character in code)) == code


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_mistyped(text):
    try:
        code = printed_codes.read(text)
    except MistypedCode:
        return
    assert len(code) == LENGTH


def test_a_digest_is_known_under_an_earlier_key(settings):
    code = printed_codes.make()
    before = printed_codes.digest(code)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert printed_codes.digest(code) != before
    assert before in printed_codes.digests(code)


@given(st.text(min_size=1))
def test_a_seeds_code_is_always_the_same_and_can_be_read(seed):
    code = printed_codes.derived(seed)
    assert printed_codes.read(code) == printed_codes.derived(seed) == code


def test_a_seeds_code_depends_on_the_sites_key(settings):
    code = printed_codes.derived("seed")
    settings.SECRET_KEY = "another"
    assert printed_codes.derived("seed") != code
