"""One environment a language, so that what never changes on a page is worded once, when its template is compiled.

A page says some hundred and thirty constant texts; looked up at each view they cost more than the page's own matter.
What is compiled besides leaves out what the template language asks at each view and what has one answer only: whether a
function wants the page's context, whether a number or a date has anything in it to be escaped, and whether a page that
imports pieces has names of its own that these have to know.
"""

from collections.abc import Callable, MutableMapping
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils import translation
from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from sportello.ui.assets import icon

try:
    from markupsafe._speedups import _escape_inner as escaped
except ImportError:  # where there is no compiler's work
    from html import escape as escaped

WORDING = ("_", "gettext")
DIRECT = ("url",)  # functions that are filters too, and as such called without asking what they are
# Filters that give nothing that has to be escaped.
SAFE = ("money", "number", "price", "day", "clock", "url", "filled", "counted")
DRAWING: dict[str, Callable[[str], Markup]] = {"icon": icon, "static": lambda name: Markup.escape(static(name))}


class Worded(NodeTransformer):
    """Puts texts in the place of each ``_("…")``, as patterns where there is something to fill in; icons and addresses too."""

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        self.generic_visit(call)
        if not isinstance(call.node, nodes.Name) or call.dyn_args or call.dyn_kwargs:
            return call
        name, at = call.node.name, call.lineno
        if name in DIRECT:
            first, *rest = call.args
            return nodes.Filter(first, name, rest, call.kwargs, None, None, lineno=at)
        match name, call.args:
            case "ngettext", [nodes.Const() as one, nodes.Const() as many, number]:
                return nodes.Filter(number, "counted", [one, many], call.kwargs, None, None, lineno=at)
            case "pgettext", [nodes.Const() as context, nodes.Const() as text] if not call.kwargs:
                return nodes.Const(ours(translation.pgettext(context.value, text.value)) % {}, lineno=at)
            case _, [nodes.Const() as text] if name in WORDING and call.kwargs:
                worded = nodes.Const(ours(translation.gettext(text.value)), lineno=at)
                return nodes.Filter(worded, "filled", [], call.kwargs, None, None, lineno=at)
            case _, [nodes.Const() as text] if name in WORDING:
                return nodes.Const(ours(translation.gettext(text.value)) % {}, lineno=at)
            case _, [nodes.Const() as text] if name in DRAWING and not call.kwargs:
                return nodes.Const(DRAWING[name](text.value), lineno=at)
        return call


def ours(text: str) -> Markup:
    """Our own words are markup, and a doubled percent sign in them is one, as in the template language's own texts."""
    return Markup(text)  # noqa: S704 (of the catalogue, no person's)


def filled(text: Markup, **given: object) -> Markup:
    """A text with what is given in its places, escaped."""
    return Markup(str.__mod__(text, {name: written(value) for name, value in given.items()}))  # noqa: S704 (each is escaped)


def counting(language: str) -> Callable[..., Markup]:
    """What words a number of things in this language: ``number|counted("%(num)s invoice", "%(num)s invoices")``."""

    @lru_cache(maxsize=1_000)
    def worded(one: str, many: str, number: int) -> Markup:
        with translation.override(language):
            return ours(translation.ngettext(one, many, number))

    def counted(number: int, one: str, many: str, **given: object) -> Markup:
        return filled(worded(one, many, number), **{"num": number, **given})

    return counted


def written(value: object) -> str:
    """``value`` as it stands on a page: escaped unless it is markup. As markupsafe, without making markup of the result."""
    if type(value) is str:
        return escaped(value)
    if type(value) is Markup:
        return value
    return str(value) if type(value) in (int, float) else escape(value)


class Generator(CodeGenerator):
    """What goes straight to the page is ``written``, text on the spot; a page puts out some three hundred values."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline(f"from {__name__} import escaped, written")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if not self._is_escaped(frame):
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("(" if self._is_safe(node) else "(escaped(value) if type(value := (")
        self.write(finalize.src or "")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        super()._output_child_post(node, frame, finalize)
        if self._is_escaped(frame) and not self._is_safe(node):
            self.write(") is str else value if type(value) is Markup else written(value))")

    def _is_escaped(self, frame: Frame) -> bool:
        return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile

    def _is_safe(self, node: nodes.Expr | None) -> bool:
        match node:
            case nodes.Filter():
                return node.name in SAFE
            case nodes.Const(value=str(text)):
                return written(text) == text
            case nodes.CondExpr():
                return self._is_safe(node.expr1) and self._is_safe(node.expr2)
        return False

    @optimizeconst
    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:
        if node.name != "none":
            super().visit_Test(node, frame)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(" is None)")

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


class Page(Template):
    """A template whose pieces need nothing of the page that imports them."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The library's, but that the page's own macros, which hold its context, are not left in it: without such a circle
        all that a page has shown is free at once, and nothing has to search for it later."""
        context = self.new_context(dict(*args, **kwargs))
        try:
            return self.environment.concat(self.root_render_func(context))
        except Exception:
            self.environment.handle_exception()  # which raises it anew, with the template's lines in its trace
        finally:
            context.vars.clear()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Made once: no page of ours is rendered with globals of its own, for which the library looks at each import."""
        return super()._get_default_module()


class LanguageEnvironment(Environment):
    """Compiles templates in ``language``."""

    language: str
    code_generator_class = Generator
    template_class = Page

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[str, Template] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own: no template of ours has more, and a chain of one takes long to copy for each page."""
        return super().make_globals(d) if d else self.globals

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """Templates never change while a process runs; a page is made of six of them."""
        if isinstance(name, Template) or globals:
            return super().get_template(name, parent, globals)
        if (known := self._known.get(name)) is None:
            known = self._known[name] = super().get_template(name, parent)
        return known

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
