import pytest
from django.test import Client

from sportello.ui.theme import LEAST_CONTRAST, colour_can_be_read, contrast, luminance, stylesheet


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#FF0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_luminance_runs_from_nought_to_one():
    assert (luminance("#000000"), luminance("#ffffff")) == (0.0, pytest.approx(1.0))


@pytest.mark.parametrize("colour", ["#767676", "#0b6e4f", "#000000", "#0000FF"])
def test_a_colour_that_can_be_read_is_accepted(settings, colour):
    settings.COMPANY_COLOUR = colour
    assert colour_can_be_read() == []


@pytest.mark.parametrize("colour", ["#777777", "#ffd700", "#ffffff", "#00ff00"])
def test_a_colour_that_cannot_is_refused_when_it_is_chosen(settings, colour):
    settings.COMPANY_COLOUR = colour
    (error,) = colour_can_be_read()
    assert error.id == "sportello.E001"
    assert colour in error.msg
    assert str(LEAST_CONTRAST) in error.msg


def test_the_stylesheet_holds_the_colour():
    assert stylesheet("#0b6e4f") == ":root{--brand:#0b6e4f}\n"


def test_it_is_served_under_its_colour_for_ever(settings):
    settings.COMPANY_COLOUR = "#123456"
    response = Client().get("/theme-123456.css")
    assert response.content == b":root{--brand:#123456}\n"
    assert response.headers["Content-Type"] == "text/css"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("colour", ["654321", "12345", "red", "123456-"])
def test_no_other_colour_is_served(settings, colour):
    settings.COMPANY_COLOUR = "#123456"
    assert Client().get(f"/theme-{colour}.css").status_code == 404
