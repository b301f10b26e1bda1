"""What libraries say is said in our words, and to an adult one does not know."""

import pytest
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation


def test_a_short_password_is_told_in_italian():
    with translation.override("it"), pytest.raises(ValidationError) as refused:
        validate_password("short")
    assert "Questa password è troppo corta: deve avere almeno 12 caratteri." in refused.value.messages


def test_too_long_a_text_is_told_politely():
    with translation.override("it"):
        form = type("Form", (forms.Form,), {"q": forms.CharField(max_length=3)})({"q": "abcd"})
        assert form.errors["q"] == ["Al massimo 3 caratteri (ora sono 4)."]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["it", "en"])
def test_a_wrong_password_is_told_in_our_words(client, language):
    answer = client.post("/sign-in/", {"login": "nobody", "password": "x"}, headers={"Accept-Language": language})
    words = {"it": "Nome utente o password non sono giusti.", "en": "User name or password are not right."}
    assert words[language] in answer.content.decode()
    assert "hai usato" not in answer.content.decode()
