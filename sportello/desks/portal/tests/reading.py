"""Reads a page as a person does: its cards by their headings, its tables by their columns."""

from typing import Any

from django.http import HttpResponse
from lxml import html


def plain(element: html.HtmlElement) -> str:
    """Its text, with one space between words and between elements."""
    return " ".join(" ".join(element.itertext()).split())


class Page:
    """A page, or the part of one that htmx puts into it."""

    def __init__(self, response: HttpResponse, *, status: int = 200) -> None:
        assert response.status_code == status, response
        self.size = len(response.content)
        self.root = html.fromstring(response.content.decode())
        body = self.root.find("body")
        self.text = plain(self.root if body is None else body)

    def find(self, path: str) -> list[Any]:
        return self.root.xpath(path)

    def card(self, heading: str) -> html.HtmlElement:
        """The section with this heading; there must be exactly one."""
        headings = [element for element in self.find("//section//h2") if plain(element) == heading]
        assert len(headings) == 1, [plain(element) for element in self.find("//section//h2")]
        return next(headings[0].iterancestors("section"))

    def says(self, heading: str) -> str:
        return plain(self.card(heading))

    def headings(self) -> list[str]:
        return [plain(element) for element in self.find("//section//h2")]

    def columns(self) -> list[str]:
        return [plain(cell) for cell in self.find("//div[contains(@class,'sheet')]//thead//th")]

    def rows(self) -> list[dict[str, str]]:
        """The lines of the list, each by its columns."""
        lines = self.find("//div[contains(@class,'sheet')]//tbody/tr")
        return [dict(zip(self.columns(), map(plain, line.xpath("td|th")), strict=True)) for line in lines]

    def column(self, name: str) -> list[str]:
        return [row[name] for row in self.rows()]

    def links(self) -> dict[str, str]:
        """Where each link leads, by its words."""
        return {plain(link): link.get("href") for link in self.find("//main//a")}

    def facts(self) -> dict[str, str]:
        names, values = self.find("//dl/dt"), self.find("//dl/dd")
        return {plain(name): plain(value) for name, value in zip(names, values, strict=True)}

    def errors(self) -> dict[str, str]:
        """What is said beside each field, by the field's name; the field must name its message."""
        said = {}
        for field in self.find("//*[@aria-invalid='true']"):
            *_hint, error = field.get("aria-describedby").split()
            (message,) = self.find(f"//*[@id='{error}']")
            said[field.get("name")] = plain(message)
        return said

    def chosen(self) -> dict[str, str]:
        """What stands in each field."""
        values = {field.get("name"): field.get("value") for field in self.find("//input[@type='search']")}
        for field in self.find("//select"):
            picked = field.xpath("option[@selected]/@value")
            values[field.get("name")] = picked[0] if picked else ""
        return values
