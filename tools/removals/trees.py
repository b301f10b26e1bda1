"""What the syntax tree of a module is read with: where a node hangs, what it is called, how it is said in a line."""

import ast
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

LONGEST = 110


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node hangs in its parent."""

    parent: ast.AST
    name: str
    index: int | None = None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.name, node)
        else:
            getattr(self.parent, self.name)[self.index] = node

    def drop(self) -> None:
        if self.index is None:
            setattr(self.parent, self.name, None)
        else:
            del getattr(self.parent, self.name)[self.index]


def children(node: ast.AST) -> Iterator[tuple[Place, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, ast.AST):
                    yield Place(node, name, index), each
        elif isinstance(value, ast.AST):
            yield Place(node, name), value


def names_of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets: Sequence[Any] = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def is_constant(node: ast.Assign | ast.AnnAssign) -> bool:
    names = names_of(node)
    return bool(names) and names[0].lstrip("_").isupper()


def decides(place: Place, node: ast.BoolOp) -> bool:
    """Whether it is a yes or no; what stands for an empty value is no guard."""
    asked = isinstance(place.parent, ast.BoolOp | ast.UnaryOp | ast.comprehension | ast.Return | ast.Lambda)
    asked = asked or place.name in ("test", "ifs")
    return asked or any(is_yes_or_no(value) for value in node.values)


def is_yes_or_no(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare | ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


def is_call(body: Sequence[ast.stmt]) -> bool:
    """One call for its effect and nothing else."""
    return len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Call)


def is_docstring(place: Place, node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def lines_of(node: ast.AST, statement: ast.stmt | None) -> tuple[int, int]:
    first: Any = getattr(node, "lineno", None) or getattr(statement, "lineno", 1)
    return int(first), int(getattr(node, "end_lineno", None) or first)


def called(node: ast.expr) -> str:
    """The last name of what is called, or named."""
    inner = node.func if isinstance(node, ast.Call) else node
    return inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")


def said(node: ast.AST, longest: int = LONGEST) -> str:
    return shortened(ast.unparse(deepcopy(node)), longest)


def shortened(text: str, longest: int = LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
