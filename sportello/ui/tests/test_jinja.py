"""The environment in which pages are rendered."""

import gc
import weakref
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template import engines
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.translation import gettext_lazy
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from sportello.ui import wording


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


@pytest.mark.parametrize("value", ["<b>", "a & b", "\"'", "plain", "", 7, 1.5, Markup("<i>"), None, ["<b>"]])
def test_what_is_written_is_what_the_template_language_would_write(value):
    assert wording.written(value) == str(escape(value))


def test_a_lazy_text_is_written_in_the_language_of_the_page():
    with translation.override("it"):
        assert render("{{ word }}", word=gettext_lazy("Invoices")) == "Fatture"


def test_an_address_is_escaped_once_and_one_without_a_name_is_an_error():
    assert render("<a href=\"{{ url('invoice', number) }}\">", number="A&B/1") == '<a href="/invoices/A&amp;B~11/">'
    assert render("{{ url('invoices') }}") == "/invoices/"
    with pytest.raises(NoReverseMatch):
        render("{{ url('nowhere') }}")


def test_a_piece_that_is_remembered_is_that_of_its_words_and_its_language():
    text = '{% from "ui/parts.html" import tag, invoice_status %}{{ tag("bad", "it-error", word) }}{{ status }}'
    with translation.override("it"):
        first, second = render(text, word="<one>", status=""), render(text, word="two", status="")
    assert "&lt;one&gt;" in first
    assert "two" in second and "one" not in second
    paid = '{% from "ui/parts.html" import invoice_status %}{{ invoice_status("paid", false, false, "") }}'
    for language, word in (("it", "Pagata"), ("en", "Paid"), ("it", "Pagata")):
        with translation.override(language):
            assert word in render(paid)


def test_a_call_gets_what_it_is_called_with_however_that_is_written():
    text = "{% macro two(a, b='-') %}{{ a }}{{ b }}{% endmacro %}"
    assert render(text + "{{ two('<') }} {{ two(name, b=name) }} {{ two(*both) }}", name="<", both=["1", "2"]) == (
        "&lt;- &lt;&lt; 12"
    )
    box = "{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}{{ name }}{% endcall %}"
    assert render(box, name="<") == "[&lt;]"
    with pytest.raises(UndefinedError):
        render("{{ nobody() }}")


def test_what_is_written_as_it_is_has_nothing_to_be_escaped():
    values = {"amount": Decimal("-1234.5"), "count": 1234, "when": datetime(2026, 11, 24, 9, 42, tzinfo=UTC)}
    for language in ("it", "en"):
        with translation.override(language):
            text = "{{ amount|money }} {{ count|number }} {{ amount|price }} {{ when|day }} {{ when|clock }}"
            assert set("<>&'\"").isdisjoint(render(text, **values))


def test_numbers_of_things_are_worded_in_the_language_of_each_page():
    text = '{{ ngettext("%(num)s invoice", "%(num)s invoices", n) }} {{ ngettext("%(count)s invoice", "%(count)s invoices", n, count=c) }}'
    for language, written in (("it", "1 fattura &lt;fatture"), ("en", "1 invoice &lt;invoices")):
        with translation.override(language):
            one, many = written.split(" &lt;")
            assert render(text, n=1, c="<") == f"{one} &lt; {one[2:]}"
            assert render(text, n=7, c="<") == f"7 {many} &lt; {many}"


def test_a_text_with_something_filled_in_can_be_handed_on_without_being_escaped_twice():
    text = "{% macro said(word) %}{{ word }}{% endmacro %}{{ said(_('%(a)s of', a=name)) }}"
    assert render(text, name="<b>") == "&lt;b&gt; of"


def test_either_of_two_values_is_escaped_unless_both_are_known_to_be_safe():
    assert render("{{ '–' if no else name }}{{ 1|money if no else '<' }}", no=False, name="<b>") == "&lt;b&gt;&lt;"


def test_nothing_and_what_is_not_there_are_told_apart():
    assert render("{{ name is none }} {{ other is not none }}", name=None, other=0) == "True True"
    with pytest.raises(UndefinedError):
        render("{{ nobody.name is none }}")


def test_a_page_is_free_at_once_when_it_has_been_rendered():
    class Shown:
        pass

    shown = Shown()
    gone = weakref.ref(shown)
    gc.disable()
    try:
        render("{% macro said(word) %}{{ word is none }}{% endmacro %}{{ said(shown) }}", shown=shown)
        del shown
        assert gone() is None
    finally:
        gc.enable()
