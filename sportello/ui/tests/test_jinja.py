"""The environment in which pages are rendered."""

import pytest
from django.template import engines
from django.utils import translation
from jinja2 import UndefinedError


def render(text: str, **values: object) -> str:
    return engines["jinja2"].from_string(text).render(values)


def test_a_constant_is_worded_in_the_language_of_each_page():
    for language, written in (("it", "0,00\u00a0€"), ("en", "€0.00"), ("it-ch", "0,00\u00a0€"), ("de", "0,00\u00a0€")):
        with translation.override(language):
            assert render("{{ 0|money }}") == written


def test_a_text_is_that_of_the_language_wherever_it_stands_in_a_template():
    text = (
        "{% macro twice(word) %}{{ word }} {{ word }}{% endmacro %}{{ twice(_('Invoices')) }}: {{ _('Number')|lower }}"
    )
    for language, written in (("it", "Fatture Fatture: numero"), ("en", "Invoices Invoices: number")):
        with translation.override(language):
            assert render(text) == written


def test_what_is_filled_into_a_text_is_escaped_and_a_percent_sign_stays_one():
    assert render("{{ _('%(a)s of 5%%', a=name) }} {{ _('5%%') }}", name="<b>") == "&lt;b&gt; of 5% 5%"


def test_a_text_that_only_the_page_knows_is_still_looked_up():
    with translation.override("it"):
        assert render("{{ _(word) }}", word="Invoices") == "Fatture"


def test_values_are_escaped():
    assert render("{{ name }}", name="<b>") == "&lt;b&gt;"


def test_a_name_that_a_page_lacks_is_an_error():
    with pytest.raises(UndefinedError):
        render("{{ nobody }}")
