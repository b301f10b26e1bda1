"""One environment a language, so that what never changes on a page is worded once, when its template is compiled.

A page says some hundred and thirty constant texts; looked up at each view they cost more than the page's own matter.
"""

from collections.abc import Callable

from django.conf import settings
from django.templatetags.static import static
from django.utils import translation
from jinja2 import Environment, Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from sportello.ui.assets import icon

WORDING = ("_", "gettext")
DRAWING: dict[str, Callable[[str], Markup]] = {"icon": icon, "static": lambda name: Markup.escape(static(name))}


class Worded(NodeTransformer):
    """Puts the text in the place of each ``_("…")`` that has nothing to fill in, and icons and addresses of static files."""

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        self.generic_visit(call)
        constant = not (call.kwargs or call.dyn_args or call.dyn_kwargs) and len(call.args) == 1
        if not constant or not isinstance(call.node, nodes.Name) or not isinstance(call.args[0], nodes.Const):
            return call
        name, text = call.node.name, call.args[0]
        if name in DRAWING:
            return nodes.Const(DRAWING[name](text.value), lineno=call.lineno)
        if name not in WORDING:
            return call
        # As the template would do it: texts of ours are markup, and a doubled percent sign is one.
        return nodes.Const(Markup(translation.gettext(text.value)) % {}, lineno=call.lineno)  # noqa: S704 (our own words)


class LanguageEnvironment(Environment):
    """Compiles templates in ``language``."""

    language: str

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        with translation.override(self.language):
            Worded().visit(template)
        return template


class Languages:
    """What Django takes for an environment: gives templates in the language that is active."""

    def __init__(self, make: Callable[[str], Environment]) -> None:
        self._environments = {code: make(code) for code, _name in settings.LANGUAGES}

    @property
    def present(self) -> Environment:
        code = (translation.get_language() or settings.LANGUAGE_CODE)[:2]
        return self._environments.get(code) or self._environments[settings.LANGUAGE_CODE[:2]]

    def get_template(self, name: str) -> Template:
        return self.present.get_template(name)

    def from_string(self, source: str) -> Template:
        return self.present.from_string(source)
