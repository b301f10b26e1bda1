"""What browsers and search engines ask for besides pages, and the way back from a page that is not there."""

import pytest
from django.test import Client
from lxml import html


@pytest.mark.parametrize("path", ["/favicon.ico", "/icon-0b6e4f.svg"])
def test_the_icon_has_the_companys_colour_and_no_style(settings, path):
    settings.COMPANY_COLOUR = "#0b6e4f"
    response = Client().get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert b'fill="#0b6e4f"' in response.content
    assert b"style" not in response.content
    assert response.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in response.headers
    assert Client().get("/icon-000000.svg").status_code == 404


def test_search_engines_are_led_to_the_door_alone():
    response = Client().get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.content.decode().splitlines() == ["User-agent: *", "Allow: /$", "Allow: /sign-in/$", "Disallow: /"]


@pytest.mark.parametrize(("language", "words"), [("it", "Vai alla pagina iniziale"), ("en", "Go to the home page")])
def test_a_page_that_is_not_there_leads_home_without_a_database(language, words):
    """This test has no database: it would fail if the page asked it for anything."""
    response = Client(headers={"accept-language": language}).get("/nothing/here/")
    assert response.status_code == 404
    root = html.fromstring(response.content.decode())
    assert root.xpath("//main//a/@href") == ["/"]
    assert root.xpath("//main//a")[0].text_content() == words
    assert root.xpath("//link[@rel='icon']/@href")[0].startswith("/icon-")
