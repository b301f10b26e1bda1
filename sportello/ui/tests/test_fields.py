"""Fields of a form that the page does not know."""

from typing import ClassVar

import pytest
from django import forms
from django.template import engines
from django.utils import translation
from lxml import html

NASTY = "\"'><script>alert(1)</script>{{7*7}}"


class Everything(forms.Form):
    """One field of each sort."""

    sections: ClassVar = [("Where", ["street", "postcode", "not_there"]), ("How", ["way", "ways", "agreed"])]
    sometimes: ClassVar = frozenset({"phone"})

    once = forms.CharField(required=False, widget=forms.HiddenInput)
    street = forms.CharField(label="Street", help_text="As on the bill.")
    postcode = forms.CharField(label="Postcode", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    way = forms.ChoiceField(
        label="Way", choices=[("", "Choose"), ("a", "By mail"), ("b", "By post")], widget=forms.RadioSelect
    )
    ways = forms.MultipleChoiceField(
        label="Ways", choices=[("x", "X"), ("y", "Y"), ("z", "Z")], widget=forms.CheckboxSelectMultiple
    )
    agreed = forms.BooleanField(label="I agree", help_text="Read it first.")
    group = forms.ChoiceField(label="Group", choices=[("Fruit", [("1", "Apple")]), ("2", "Bread")])
    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"rows": 6}))
    since = forms.DateField(label="Since", input_formats=["%Y-%m-%d", "%d/%m/%Y"])
    files = forms.FileField(label="Files", required=False, help_text="Five at most.")
    phone = forms.CharField(label="Telephone", required=False)
    email = forms.EmailField(label="E-mail")
    iban = forms.CharField(label="IBAN")
    amount = forms.DecimalField(label="Amount")


def drawn(form, call: str = "fields(form)") -> html.HtmlElement:
    page = '{% from "ui/fields.html" import fields, field, hidden with context %}<main>{{ ' + call + " }}</main>"
    with translation.override("en"):
        return html.fromstring(engines["jinja2"].from_string(page).render({"form": form}))


def one(page, path: str) -> html.HtmlElement:
    (found,) = page.xpath(path)
    return found


def test_each_field_has_a_label_and_stands_under_its_title():
    page = drawn(Everything())
    assert [" ".join(title.text_content().split()) for title in page.xpath("//legend/h2")] == ["Where", "How"]
    names = [each.get("name") for each in page.xpath("//*[@name]")]
    assert list(dict.fromkeys(names)) == [
        "street", "postcode", "way", "ways", "agreed", "group", "text", "since", "files", "phone", "email", "iban", "amount",
    ]  # fmt: skip
    for each in page.xpath("//*[@name]"):
        assert page.xpath(f"//label[@for='{each.get('id')}']") or each.xpath("ancestor::label"), each.get("name")
    assert len(page.xpath("//fieldset[contains(@class, 'part')]")) == 2


def test_each_is_drawn_as_what_it_is():
    page = drawn(Everything())
    assert [each.get("value") for each in page.xpath("//input[@name='way'][@type='radio']")] == ["a", "b"]
    assert len(page.xpath("//input[@name='ways'][@type='checkbox']")) == 3
    assert one(page, "//optgroup").get("label") == "Fruit"
    assert one(page, "//textarea").get("rows") == "6"
    assert one(page, "//input[@name='since']").get("type") == "date"
    assert one(page, "//input[@name='files']").get("type") == "file"
    assert one(page, "//input[@name='phone']").get("type") == "tel"
    assert one(page, "//input[@name='email']").get("type") == "email"
    assert one(page, "//input[@name='postcode']").get("inputmode") == "numeric"
    assert one(page, "//input[@name='amount']").get("inputmode") == "decimal"
    assert one(page, "//input[@name='street']").get("autocomplete") == "address-line1"
    assert one(page, "//input[@name='iban']").get("autocapitalize") == "characters"


def test_what_may_be_left_empty_says_so_but_not_what_sometimes_may():
    labels = {each.get("for"): " ".join(each.text_content().split()) for each in drawn(Everything()).xpath("//label")}
    assert labels["id_postcode"] == "Postcode (not compulsory)"
    assert labels["id_phone"] == "Telephone"
    assert labels["id_street"] == "Street"


@pytest.mark.parametrize("name", ["street", "way", "ways", "agreed", "since", "text", "iban"])
def test_an_error_stands_beside_its_field_which_names_it_with_its_hint(name):
    page = drawn(Everything({}))
    (wrong,) = page.xpath(f"//*[@aria-invalid][@name='{name}' or .//*[@name='{name}']]")
    said = [page.get_element_by_id(each).text_content().strip() for each in wrong.get("aria-describedby").split()]
    assert said[-1] == "This field is required."
    assert ("As on the bill." in said) == (name == "street")


def test_the_summary_leads_to_the_first_of_several_buttons():
    page = '{% from "ui/forms.html" import summary %}<main>{{ summary(form) }}</main>'
    text = engines["jinja2"].from_string(page).render({"form": Everything({})})
    targets = {each.get("href")[1:] for each in html.fromstring(text).xpath("//a")}
    ids = {each.get("id") for each in drawn(Everything({})).xpath("//*[@id]")}
    assert {"id_way", "id_ways", "id_agreed"} <= targets <= ids


def test_what_was_typed_is_kept_as_text():
    typed = {
        "street": NASTY,
        "text": f"\n{NASTY}",
        "way": "b",
        "ways": ["x", "z"],
        "agreed": "on",
        "group": "2",
        "since": "32/1",
    }
    page = drawn(Everything(typed))
    assert not page.xpath("//script")
    assert one(page, "//input[@name='street']").get("value") == NASTY
    assert one(page, "//textarea").text.strip() == NASTY
    assert one(page, "//input[@name='way'][@checked]").get("value") == "b"
    assert [each.get("value") for each in page.xpath("//input[@name='ways'][@checked]")] == ["x", "z"]
    assert one(page, "//option[@selected]").get("value") == "2"
    assert page.xpath("//input[@name='agreed']/@checked")
    assert (one(page, "//input[@name='since']").get("type"), one(page, "//input[@name='since']").get("value")) == (
        "text", "32/1",
    )  # fmt: skip


def test_a_day_goes_into_the_browsers_calendar():
    assert one(drawn(Everything({"since": "01/02/2026"})), "//input[@name='since']").get("value") == "2026-02-01"


def test_files_have_to_be_chosen_again():
    assert "choose the files again" in drawn(Everything({}), "fields(form, again=true)").text_content()
    assert "choose the files again" not in drawn(Everything({})).text_content()


def test_hidden_fields_are_written_but_those_that_the_page_writes():
    assert one(drawn(Everything({"once": NASTY}), "hidden(form)"), "//input").get("value") == NASTY
    assert not drawn(Everything(), "hidden(form, without=['once'])").xpath("//input")
