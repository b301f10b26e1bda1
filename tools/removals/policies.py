"""Which policies there are and which let in more than another, as their own module declares them."""

import ast
from functools import cache
from pathlib import Path

MODULE = "sportello.desks.policies"
ROOT = Path(__file__).resolve().parents[2]


def names_in(tree: ast.Module) -> dict[str, list[str]]:
    """The policies that a module imports, or puts together of others; each with those that are weaker."""
    imported = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == MODULE
        for alias in node.names
    }
    found = {name: weaker(name) for name in declared() if name in imported}
    if "either" in imported:
        found["either"] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "either":
                found[ast.unparse(node)] = ["SIGNED_IN"]
    return found


def weaker(name: str) -> list[str]:
    """The policies that let in the next more: for staff those with more roles, then whoever has signed in, then everybody;
    and those that are made of this one."""
    if name == "PUBLIC":
        return []
    made_of_it = [other for other, origin in made_of().items() if origin == made_of().get(name, name) and other != name]
    if name in ("SIGNED_IN", "DEMO") or name not in declared() or name in made_of():
        return ["PUBLIC", *made_of_it]
    roles = declared()[name]
    more = {
        other: theirs for other, theirs in declared().items() if roles and theirs is not None and wider(theirs, roles)
    }
    nearest = [other for other, theirs in more.items() if not any(wider(theirs, between) for between in more.values())]
    return [*(nearest or ["SIGNED_IN"]), *made_of_it]


def wider(these: frozenset[str], those: frozenset[str]) -> bool:
    """Whether ``these`` roles are more than ``those``; no roles at all stand for any."""
    return bool(those) and (not these or these > those)


@cache
def made_of() -> dict[str, str]:
    """Those that are another one with something changed, and that other one."""
    tree = ast.parse((ROOT / (MODULE.replace(".", "/") + ".py")).read_text())
    return {
        ast.unparse(node.targets[0]): ast.unparse(node.value.args[0])
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "replace"
    }


@cache
def declared() -> dict[str, frozenset[str] | None]:
    """Every policy by name, with the roles of those that are for staff; None for others."""
    tree = ast.parse((ROOT / (MODULE.replace(".", "/") + ".py")).read_text())
    found: dict[str, frozenset[str] | None] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            maker = ast.unparse(node.value.func)
            if maker in ("Policy", "staff", "replace", "either"):
                roles = frozenset(ast.unparse(each) for each in node.value.args) if maker == "staff" else None
                found[node.targets[0].id] = roles
    return found


def named(name: str) -> ast.expr:
    """An expression that gives the policy, whatever the module has imported."""
    source = f"__import__({MODULE!r}, fromlist=[{name!r}]).{name}"
    return ast.parse(source, mode="eval").body
