"""What a form's fields are on a page, for forms that the page does not know: ``ui/fields.html`` draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm, BoundField, DateField, Textarea

# What a browser may fill in by itself, by the name of the field; a widget's own ``autocomplete`` comes first.
FILLED_IN = {
    "name": "name",
    "first_name": "given-name",
    "last_name": "family-name",
    "company_name": "organization",
    "email": "email",
    "phone": "tel",
    "mobile": "tel",
    "street": "address-line1",
    "postcode": "postal-code",
    "municipality": "address-level2",
    "province": "address-level1",
    "country": "country",
    "birth_date": "bday",
}
# Written in capitals and no words of any language.
CODES = ("iban", "tax_code", "vat_number", "sdi_code", "point_code", "serial")
NUMBERS = ("phone", "mobile", "telephone")
KINDS = {"select": "select", "radio": "radios", "checkbox": "checkbox", "file": "files"}


@dataclass(frozen=True, slots=True)
class TypedDay:
    """A day's field: ``kind`` is "date" with a day as browsers write it, or "text" with whatever was typed."""

    kind: str
    value: str


def field_kind(field: BoundField) -> str:
    """How it is drawn: text, area, day, select, radios, checkbox, checkboxes or files."""
    widget = field.field.widget
    if isinstance(widget, Textarea):
        return "area"
    if isinstance(field.field, DateField):
        return "day"
    kind = str(getattr(widget, "input_type", "text"))
    if kind == "checkbox" and getattr(widget, "allow_multiple_selected", False):
        return "checkboxes"
    return KINDS.get(kind, "text")


def input_attributes(field: BoundField) -> dict[str, Any]:
    """What an input or a text of several lines carries besides name and value: the widget's own, and what its name says."""
    widget, name = field.field.widget, field.name
    found: dict[str, Any] = {}
    if field_kind(field) == "text":
        kind = getattr(widget, "input_type", "text")
        found["type"] = "tel" if kind == "text" and name.endswith(NUMBERS) else kind
        if kind == "number":
            found |= {"type": "text", "inputmode": "decimal"}  # browsers drop what they take for no number
    if name in FILLED_IN:
        found["autocomplete"] = FILLED_IN[name]
    if name.endswith(CODES):
        found |= {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    own = {name: value for name, value in widget.attrs.items() if name != "type"}
    return {name: value for name, value in (found | own).items() if value is not False and value is not None}


def typed_day(field: BoundField) -> TypedDay:
    """A day that a browser understands goes into its calendar; anything else stays as it was typed."""
    typed = field.value()
    try:
        day = field.field.to_python(typed)
    except ValidationError:
        day = None
    if day is None:
        return TypedDay("text" if typed else "date", str(typed or ""))
    return TypedDay("date", day.isoformat())


def field_groups(form: BaseForm) -> Sequence[tuple[Any, Sequence[BoundField]]]:
    """The visible fields under their titles, in order: what has to be chosen and what the form puts right after it, the form's
    own ``sections``, then the rest.

    ``sections`` is a list of titles with the names of their fields; a name that the form does not have is left out.
    """
    fields = {field.name: field for field in form.visible_fields()}
    sections = getattr(form, "sections", ())
    listed = {name for _, names in sections for name in names}
    about = getattr(form, "about", "")
    ahead = set(takewhile(lambda name: name not in listed, fields)) if about in fields else set()
    first = [fields[name] for name in fields if name not in listed and (name == about or name in ahead)]
    last = [fields[name] for name in fields if name not in listed and name not in (*ahead, about)]
    middle = [(title, [fields[name] for name in names if name in fields]) for title, names in sections]
    groups = [("", first), *middle, ("", last)] if sections else [("", first + last)]
    return [(title, members) for title, members in groups if members]


def choices_of(field: BoundField) -> Sequence[tuple[Any, Sequence[tuple[Any, Any]]]]:
    """What there is to choose from, under the titles of its groups, "" where it has none.

    The empty choice is one of a list that is opened alone: of buttons simply none is pressed.
    """
    buttons = field_kind(field) in ("radios", "checkboxes")
    groups: list[tuple[Any, list[tuple[Any, Any]]]] = []
    for value, words in field.field.choices:  # type: ignore[attr-defined]
        if isinstance(words, list | tuple):
            groups.append((value, list(words)))
        elif value != "" or not buttons:
            if not groups or groups[-1][0]:
                groups.append(("", []))
            groups[-1][1].append((value, words))
    return groups


def is_chosen(field: BoundField, value: Any) -> bool:
    """Whether this of several choices stands in the field."""
    present = field.value()
    if isinstance(present, list | tuple | set):
        return str(value) in {str(each) for each in present}
    return str(value) == ("" if present is None else str(present))
