"""The environment in which pages are rendered."""

import pytest
from django.template import engines
from django.utils import translation
from jinja2 import UndefinedError


def render(text: str, **values: object) -> str:
    return engines["jinja2"].from_string(text).render(values)


def test_a_constant_is_worded_in_the_language_of_each_page():
    template = engines["jinja2"].from_string("{{ 0|money }}")
    with translation.override("it"):
        assert template.render({}) == "0,00\u00a0€"
    with translation.override("en"):
        assert template.render({}) == "€0.00"


def test_values_are_escaped():
    assert render("{{ name }}", name="<b>") == "&lt;b&gt;"


def test_a_name_that_a_page_lacks_is_an_error():
    with pytest.raises(UndefinedError):
        render("{{ nobody }}")
