"""The token of forms is one that Django takes, never written alike, and asks for its cookie no oftener than it has to."""

from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_TOKEN_LENGTH, _does_token_match

from sportello.ui.tokens import CsrfInput, masked, random_places

SECRET = (CSRF_ALLOWED_CHARS * 2)[50:82]


def page(*, person: object = None, modified: bool = False, secret: str = SECRET) -> HttpRequest:
    request = HttpRequest()
    request.META |= {"CSRF_COOKIE": secret} if secret else {}
    vars(request)["session"] = SimpleNamespace(person=person, modified=modified)
    return request


def test_django_takes_it():
    tokens = {masked(SECRET) for _ in range(200)}
    assert len(tokens) == 200
    for token in tokens:
        assert len(token) == CSRF_TOKEN_LENGTH
        assert _does_token_match(token, SECRET)
        assert not _does_token_match(token, SECRET[::-1])


def test_every_character_comes_and_none_is_likelier():
    found = [place for _ in range(2_000) for place in random_places(31)]
    counts = [found.count(place) for place in range(len(CSRF_ALLOWED_CHARS))]
    assert min(counts) > 800
    assert max(counts) < 1_200


def test_all_forms_of_a_page_have_the_same_one():
    field = CsrfInput(page(person=1))
    assert str(field) == field.__html__()
    assert _does_token_match(str(field).split('value="')[1].rstrip('">'), SECRET)


@pytest.mark.parametrize(
    ("request_", "renewed"),
    [
        (page(person=1), False),
        (page(person=1, modified=True), True),
        (page(), True),
        (page(person=1, secret=""), True),
        (HttpRequest(), True),
    ],
)
def test_the_cookie_is_sent_again_with_a_saved_session_and_to_whoever_has_not_signed_in(request_, renewed):
    str(CsrfInput(request_))
    assert request_.META.get("CSRF_COOKIE_NEEDS_UPDATE", False) is renewed
