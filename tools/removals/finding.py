"""Finds in a module's source what can be taken out of it, and makes the module without.

A removal is named by its file, the function it stands in and what it does, so that the name outlives lines that move.
"""

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType

from tools.removals import policies, sql
from tools.removals.trees import (
    Place,
    called,
    children,
    decides,
    is_call,
    is_constant,
    is_docstring,
    is_yes_or_no,
    lines_of,
    names_of,
    said,
    shortened,
)

SIGNS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
EDGES: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
FILTERS = {"filter", "exclude", "get", "Q"}
# Of a queryset: each means fewer rows, or rows that nobody else may touch.
NARROW = {"within_reach_of": "all", "select_for_update": "", "standing": "all", "installed_on": "all"}
DECORATORS_KEPT = {"dataclass", "property", "cache", "classmethod", "staticmethod", "register_lookup"}
QUIET = {"log", "logger"}  # what is only logged guards nothing
KEYS = {"key"}  # names of values that must tell one thing from another


@dataclass(frozen=True, slots=True)
class Removal:
    """``number`` is its place among those of the file. ``first`` and ``last`` are the lines in which it counts.

    ``live`` says that it is inside a function, which can be changed while it is loaded. ``names`` are the names of the
    module by which others use it, where it is not; ``policy`` that it decides who may come in.
    """

    path: str
    number: int
    where: str
    what: str
    first: int
    last: int
    live: bool
    names: tuple[str, ...] = ()
    policy: bool = False
    rules_only: bool = False  # how its number was counted
    constraint: str = ""  # of the database: its name, or "unique" and the column

    @property
    def key(self) -> tuple[str, str, str]:
        return self.path, self.where, self.what


@dataclass(slots=True)
class Site:
    """A place in a tree and how to change it there."""

    what: str
    where: str
    first: int
    last: int
    live: bool
    change: Callable[[], None]
    names: tuple[str, ...] = ()
    policy: bool = False
    constraint: str = ""


def removals_in(root: Path, path: str, *, rules_only: bool = False) -> list[Removal]:
    """``rules_only``: only who may come in, whose rows, and how often."""
    sites = sites_of(ast.parse((root / path).read_text()), rules_only=rules_only)
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for number, site in enumerate(sites):
        seen[site.where, site.what] += 1
        times = seen[site.where, site.what]
        what = site.what + (f" ({times})" if times > 1 else "")
        found.append(
            Removal(
                path,
                number,
                site.where,
                what,
                site.first,
                site.last,
                site.live,
                site.names,
                site.policy,
                rules_only,
                site.constraint,
            )
        )
    return found


def without(root: Path, removal: Removal) -> CodeType:
    """The module as it is with that removal done; lines keep their numbers. Raises SyntaxError where it cannot be."""
    file = root / removal.path
    tree = ast.parse(file.read_text())
    sites_of(tree, rules_only=removal.rules_only)[removal.number].change()
    return compile(ast.fix_missing_locations(tree), str(file), "exec", dont_inherit=True)


def sites_of(tree: ast.Module, *, rules_only: bool = False) -> list[Site]:
    finder = Finder(rules_only, policies.names_in(tree))
    finder.visit_all(tree)
    return finder.sites


@dataclass(slots=True)
class Finder:
    rules_only: bool
    policies: dict[str, list[str]]
    sites: list[Site] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    depth: int = 0  # of functions
    statement: ast.stmt | None = None
    names: tuple[str, ...] = ()

    # --- going through -----------------------------------------------------------------------------------------------

    def visit_all(self, node: ast.AST) -> None:
        for place, child in children(node):
            self.visit(place, child)

    def visit(self, place: Place, node: ast.AST) -> None:
        kept = self.statement, self.names
        if isinstance(node, ast.stmt):
            self.statement = node
            if not self.depth and isinstance(node, ast.Assign | ast.AnnAssign | ast.FunctionDef | ast.ClassDef):
                self.names = tuple(names_of(node)) or self.names
        if not is_docstring(place, node):
            self.look(place, node)
            self.enter(node)
        self.statement, self.names = kept

    def enter(self, node: ast.AST) -> None:
        if isinstance(node, FUNCTIONS):
            for place, child in children(node):
                if place.name in ("decorator_list", "args", "returns"):
                    self.visit(place, child)
            self.path.append(getattr(node, "name", "<lambda>"))
            self.depth += 1
            for place, child in children(node):
                if place.name == "body":
                    self.visit(place, child)
            self.depth -= 1
            self.path.pop()
        elif isinstance(node, ast.ClassDef):
            self.path.append(node.name)
            self.visit_all(node)
            self.path.pop()
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            self.visit_all(node)

    def add(self, node: ast.AST, what: str, change: Callable[[], None], *, policy: bool = False) -> None:
        lines = lines_of(node, self.statement)
        where = ".".join(self.path)
        self.sites.append(Site(what, where, *lines, bool(self.depth), change, self.names, policy))

    # --- what there is -----------------------------------------------------------------------------------------------

    def look(self, place: Place, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef):
            self.decorators(node)
        if isinstance(node, ast.Call):
            self.policies_in(place, node)
            self.narrowing(place, node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.call(place, node, node.value)
        if self.rules_only:
            return
        if isinstance(node, ast.If | ast.IfExp):
            self.condition(node)
        elif isinstance(node, ast.BoolOp):
            self.terms(place, node)
        elif isinstance(node, ast.Compare):
            self.edges(node)
            self.elements_of_in(node)
        elif isinstance(node, ast.comprehension):
            for index, test in enumerate(node.ifs):
                self.add(test, f"without if {said(test)} in a comprehension", Place(node, "ifs", index).drop)
        elif isinstance(node, ast.Call):
            self.filters(place, node)
            self.bounds(place, node)
            self.constraints(node)
        elif isinstance(node, ast.ExceptHandler) and node.type:
            nothing = ast.Tuple(elts=[], ctx=ast.Load())
            self.add(node.type, f"without except {said(node.type)}", partial(Place(node, "type").put, nothing))
        elif isinstance(node, ast.With):
            self.transaction(place, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.sql(place, node, node.value)
        elif isinstance(node, ast.JoinedStr):
            self.parts_of_key(place, node)
        self.verdict(place, node)
        self.constant(place, node)

    def decorators(self, node: ast.FunctionDef) -> None:
        for index, decorator in enumerate(node.decorator_list):
            place = Place(node, "decorator_list", index)
            weaker = self.policies.get(said(decorator))
            if weaker is not None:
                for name in weaker:
                    self.policy(place, decorator, name, f"@{name} for @{said(decorator)}", node.name)
                if not weaker:
                    self.policy(place, decorator, "", f"without @{said(decorator)}", node.name)
            elif called(decorator) not in DECORATORS_KEPT and not said(decorator).endswith((".setter", ".task")):
                self.at(node, f"without @{said(decorator)}", place.drop)

    def at(self, node: ast.FunctionDef, what: str, change: Callable[[], None], *, policy: bool = False) -> None:
        """Of a function as a whole, which counts wherever it is called."""
        self.path.append(node.name)
        names = self.names or (node.name,)
        first, last = node.body[0].lineno, node.end_lineno or node.lineno
        self.sites.append(Site(what, ".".join(self.path), first, last, False, change, names, policy))
        self.path.pop()

    def policy(self, place: Place, node: ast.expr, name: str, what: str, view: str) -> None:
        change = partial(place.put, policies.named(name)) if name else place.drop
        owner = place.parent
        if isinstance(owner, ast.FunctionDef):
            self.at(owner, what, change, policy=True)
        else:
            self.add(node, what, change, policy=True)

    def policies_in(self, place: Place, node: ast.Call) -> None:
        """``PUBLIC(view)``, and each policy that ``either`` names."""
        name = said(node.func)
        if name in self.policies and node.args and isinstance(node.args[0], ast.Call):
            inner = node.args[0]
            for weaker in self.policies[name]:
                self.policy(Place(node, "func"), node.func, weaker, f"{weaker} for {said(node)}", name)
            if not self.policies[name]:
                self.add(node, f"without {name} of {said(inner)}", partial(place.put, inner), policy=True)
        if name == "either" and "either" in self.policies:
            for index, argument in enumerate(node.args):
                self.add(
                    node, f"without {said(argument)} in {said(node)}", Place(node, "args", index).drop, policy=True
                )

    def narrowing(self, place: Place, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in NARROW:
            return
        instead = NARROW[node.func.attr]
        receiver = node.func.value
        new: ast.expr = receiver
        if instead:
            new = ast.Call(func=ast.Attribute(value=receiver, attr=instead, ctx=ast.Load()), args=[], keywords=[])
        self.add(node, f"without .{node.func.attr}(…) of {said(receiver)}", partial(place.put, new))

    def call(self, place: Place, node: ast.Expr, call: ast.Call) -> None:
        """A call for its effect alone, a check among them."""
        name = said(call.func)
        is_limit = name.split(".")[-1] == "limit" or (name.endswith(".count") and name.split(".")[-2].isupper())
        if (
            name.split(".")[0] in QUIET
            or name.startswith("super()")
            or not self.depth
            or (self.rules_only and not is_limit)
        ):
            return
        nothing = ast.copy_location(ast.Pass(), node)
        self.add(node, f"without {said(node)}", partial(place.put, nothing))

    def condition(self, node: ast.If | ast.IfExp) -> None:
        guard = called_only = False
        text = said(node)
        if isinstance(node, ast.If):
            guard = isinstance(node.body[-1], LEAVES) and not node.orelse
            called_only = is_call(node.body) and not node.orelse  # ``call`` takes that out
            text = f"if {said(node.test)}: {said(node.body[0], 40)}"
        if not called_only:
            never = ast.BoolOp(op=ast.And(), values=[node.test, ast.Constant(False)])
            self.add(node.test, f"never {text}", partial(Place(node, "test").put, never))
        if not guard:
            always = ast.BoolOp(op=ast.Or(), values=[node.test, ast.Constant(True)])
            self.add(node.test, f"always {text}", partial(Place(node, "test").put, always))

    def terms(self, place: Place, node: ast.BoolOp) -> None:
        if not decides(place, node):
            return
        for index, term in enumerate(node.values):
            rest = [other for at, other in enumerate(node.values) if at != index]
            new = rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
            word = "and" if isinstance(node.op, ast.And) else "or"
            self.add(node, f"without {said(term)} {word} … in {said(node)}", partial(place.put, new))

    def edges(self, node: ast.Compare) -> None:
        for index, operator in enumerate(node.ops):
            moved = EDGES.get(type(operator))
            if moved:
                change = Place(node, "ops", index)
                sign = SIGNS[moved]
                self.add(node, f"{sign} for {SIGNS[type(operator)]} in {said(node)}", partial(change.put, moved()))

    def elements_of_in(self, node: ast.Compare) -> None:
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            self.elements(node.comparators[0], f"in {said(node)}")

    def elements(self, node: ast.expr, whole: str) -> None:
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 0:
            for index, element in enumerate(node.elts):
                self.add(element, f"without {said(element)} {whole}", Place(node, "elts", index).drop)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                self.elements(value, whole)

    def filters(self, place: Place, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else said(node.func)
        if name not in FILTERS or not self.depth:
            return
        arguments: list[tuple[Place, ast.AST]] = [
            (Place(node, "args", index), each) for index, each in enumerate(node.args)
        ]
        arguments += [(Place(node, "keywords", index), each) for index, each in enumerate(node.keywords)]
        for keyword in node.keywords:
            if keyword.arg and keyword.arg.endswith("__in"):
                self.elements(keyword.value, f"in {said(node)}")
        if len(arguments) == 1:
            if name in ("filter", "exclude") and isinstance(node.func, ast.Attribute):
                everything = ast.Call(ast.Attribute(node.func.value, "all", ast.Load()), [], [])
                self.add(node, f"without {said(node)}", partial(place.put, everything))
            return
        for argument_place, argument in arguments:
            self.add(node, f"without {said(argument)} in {said(node)}", argument_place.drop)

    def bounds(self, place: Place, node: ast.Call) -> None:
        if said(node.func) not in ("min", "max") or len(node.args) < 2:
            return
        for index, argument in enumerate(node.args):
            rest = [other for at, other in enumerate(node.args) if at != index]
            new = rest[0] if len(rest) == 1 else ast.Call(node.func, rest, node.keywords)
            self.add(node, f"without {said(argument)} in {said(node)}", partial(place.put, new))

    def constraints(self, node: ast.Call) -> None:
        """What the database itself forbids; it is dropped there."""
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        name = options.get("name")
        if called(node) in ("CheckConstraint", "UniqueConstraint") and isinstance(name, ast.Constant):
            self.constraint(node, str(name.value))
        elif said(node.func).endswith("Field") and "unique" in options and isinstance(self.statement, ast.Assign):
            self.constraint(node, f"unique {names_of(self.statement)[0]}")

    def constraint(self, node: ast.Call, name: str) -> None:
        lines = lines_of(node, self.statement)
        where = ".".join(each for each in self.path if each != "Meta")
        self.sites.append(Site(f"without {name} in the database", where, *lines, False, lambda: None, constraint=name))

    def transaction(self, place: Place, node: ast.With) -> None:
        for item in node.items:
            if "atomic" in said(item):
                bare = ast.copy_location(ast.If(test=ast.Constant(True), body=node.body, orelse=[]), node)
                self.add(item, f"without with {said(item)}", partial(place.put, bare))

    def sql(self, place: Place, node: ast.Constant, text: str) -> None:
        for change in sql.changes(text):
            new = ast.Constant(change.of(text))
            self.add(node, f"SQL {shortened(change.what)}", partial(place.put, new))

    def parts_of_key(self, place: Place, node: ast.JoinedStr) -> None:
        """What makes a key or a digest another's than another's."""
        statement = self.statement
        is_key = isinstance(statement, ast.Assign) and set(names_of(statement)) & KEYS
        if not is_key and not (place.name == "value" and getattr(place.parent, "attr", "") == "encode"):
            return
        for index, part in enumerate(node.values):
            if isinstance(part, ast.FormattedValue):
                self.add(node, f"without {said(part.value)} in {said(node)}", Place(node, "values", index).drop)

    def verdict(self, place: Place, node: ast.AST) -> None:
        """A yes or no that is given back, or handed on."""
        if not isinstance(node, ast.expr) or isinstance(node, ast.BoolOp) or not is_yes_or_no(node):
            return
        parent = place.parent
        answers = isinstance(parent, ast.Return | ast.keyword) or (
            isinstance(parent, ast.Lambda | ast.Assign | ast.NamedExpr) and place.name in ("body", "value")
        )
        if answers and self.depth:
            for value in (True, False):
                constant = ast.Constant(value)
                self.add(node, f"{value} for {said(node)}", partial(place.put, constant))

    def constant(self, place: Place, node: ast.AST) -> None:
        """Members of the collections that a module names: states, codes, allowed moves."""
        if isinstance(node, ast.Assign | ast.AnnAssign) and not self.path and node.value and is_constant(node):
            self.elements(node.value, f"in {names_of(node)[0]}")
