"""The company's colour: what differs by it from company to company, and whether it can be read."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="%s"/>'
    '<path d="M8 22V11l8-4 8 4v11M6 24h20M13 24v-7h6v7" fill="none" stroke="#fff" stroke-width="2.5"/></svg>\n'
)
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of normal size


def stylesheet(colour: str) -> str:
    return f":root{{--brand:{colour}}}\n"


def icon(colour: str) -> str:
    """The picture in the browser's tab: a house on the company's colour, as SVG without styles."""
    return ICON % colour


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1, as WCAG defines it."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[start : start + 2], 16)) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@register()
def colour_can_be_read(**_: Any) -> list[Error]:
    ratio = contrast(settings.COMPANY_COLOUR, "#ffffff")
    if ratio >= LEAST_CONTRAST:
        return []
    return [
        Error(
            f"COMPANY_COLOUR {settings.COMPANY_COLOUR} on white has a contrast of {ratio:.1f}; "
            f"text needs {LEAST_CONTRAST}. Choose a darker one.",
            id="sportello.E001",
        )
    ]
