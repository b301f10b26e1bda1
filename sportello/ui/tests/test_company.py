import pytest
from django.test import RequestFactory

from sportello.ui.assets import icon
from sportello.ui.company import EmergencyNumber, company, emergency_numbers
from sportello.ui.links import query


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        ("gas=800 900 999", [("gas", "800 900 999")]),
        ("gas=800 900 999;electricity=800 900 998", [("gas", "800 900 999"), ("electricity", "800 900 998")]),
        (" gas = 800 ; ; water=", [("gas", "800")]),
        ("112", [("", "112")]),
    ],
)
def test_emergency_numbers_are_read(text, numbers):
    assert emergency_numbers(text) == tuple(EmergencyNumber(*one) for one in numbers)


def test_a_telephone_dials_the_digits_alone():
    assert EmergencyNumber("gas", "+39 800-900 999").dial == "+39800900999"


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Concordia Energia", "CE"), ("acqua", "A"), ("  Gas  &  Luce  Srl ", "GL"), ("", ""), ("A2A Energia", "AE")],
)
def test_the_mark_is_two_initials(settings, name, initials):
    settings.COMPANY_NAME = name
    assert company().initials == initials


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "?q=a%26b&page=2"),
        ({"page": 3}, "?q=a%26b&page=3"),
        ({"page": None}, "?q=a%26b"),
        ({"q": ""}, "?page=2"),
        ({"status": "open"}, "?q=a%26b&page=2&status=open"),
    ],
)
def test_a_question_is_changed_and_the_others_kept(changes, expected):
    request = RequestFactory().get("/invoices/?q=a%26b&page=2")
    assert query(request, **changes) == expected


def test_an_icon_is_hidden_from_who_listens():
    assert 'aria-hidden="true"' in icon("it-check")


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        icon("it-nothing-like-it")
