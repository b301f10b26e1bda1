"""One environment a language, so that what never changes on a page is worded once, when its template is compiled.

A page says some hundred and thirty constant texts; looked up at each view they cost more than the page's own matter.
What is compiled besides leaves out what the template language asks at each view and what has one answer only: whether a
function wants the page's context, and whether a number or a date has anything in it to be escaped.
"""

from collections.abc import Callable
from keyword import iskeyword

from django.conf import settings
from django.templatetags.static import static
from django.utils import translation
from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from sportello.ui.assets import icon

try:
    from markupsafe._speedups import _escape_inner as escaped
except ImportError:  # where there is no compiler's work
    from html import escape as escaped

WORDING = ("_", "gettext")
DIRECT = ("url",)  # functions that are filters too, and as such called without asking what they are
SAFE = ("money", "number", "price", "day", "clock", "url")  # filters that give nothing that has to be escaped
DRAWING: dict[str, Callable[[str], Markup]] = {"icon": icon, "static": lambda name: Markup.escape(static(name))}


class Worded(NodeTransformer):
    """Puts the text in the place of each ``_("…")`` that has nothing to fill in, and icons and addresses of static files."""

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        self.generic_visit(call)
        constant = not (call.kwargs or call.dyn_args or call.dyn_kwargs) and len(call.args) == 1
        if isinstance(call.node, nodes.Name) and call.node.name in DIRECT and not (call.dyn_args or call.dyn_kwargs):
            first, *rest = call.args
            return nodes.Filter(first, call.node.name, rest, call.kwargs, None, None, lineno=call.lineno)
        if not constant or not isinstance(call.node, nodes.Name) or not isinstance(call.args[0], nodes.Const):
            return call
        name, text = call.node.name, call.args[0]
        if name in DRAWING:
            return nodes.Const(DRAWING[name](text.value), lineno=call.lineno)
        if name not in WORDING:
            return call
        # As the template would do it: texts of ours are markup, and a doubled percent sign is one.
        return nodes.Const(Markup(translation.gettext(text.value)) % {}, lineno=call.lineno)  # noqa: S704 (our own words)


def written(value: object) -> str:
    """``value`` as it stands on a page: escaped unless it is markup. As markupsafe, without making markup of the result."""
    if type(value) is str:
        return escaped(value)
    if type(value) is Markup:
        return value
    return str(value) if type(value) in (int, float) else escape(value)


class Generator(CodeGenerator):
    """What goes straight to the page is ``written``; a page puts out some seven hundred values."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            safe = isinstance(node, nodes.Filter) and node.name in SAFE
            self.write("(" if safe else "environment.written(")
            self.write(finalize.src or "")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """Calls at once what wants nothing of the page; a list's table makes a hundred calls."""
        unusual = node.dyn_args or node.dyn_kwargs or any(iskeyword(given.key) for given in node.kwargs)
        if forward_caller or unusual or self._wants_the_page(node.node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for place, argument in enumerate((*node.args, *node.kwargs)):
            self.write(", " if place else "")
            self.visit(argument, frame)
        self.write(")")

    def _wants_the_page(self, called: nodes.Expr) -> bool:
        """A function of the environment's that is declared so; macros and what a view gives never are."""
        known = self.environment.globals.get(called.name) if isinstance(called, nodes.Name) else None
        return hasattr(known, "jinja_pass_arg")


class LanguageEnvironment(Environment):
    """Compiles templates in ``language``."""

    language: str
    code_generator_class = Generator
    written = staticmethod(written)

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
