"""The text in which Prometheus reads figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Figure:
    """One name with what it counts; ``values`` are those of each choice of labels."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    says: str
    values: list[tuple[str, Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float, *, part: str = "", **labels: str) -> None:
        """``part`` is what a histogram's names end in."""
        self.values.append((part, labels, value))

    def lines(self) -> Iterable[str]:
        yield f"# HELP {self.name} {self.says}"
        yield f"# TYPE {self.name} {self.kind}"
        for part, labels, value in self.values:
            inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{self.name}{part}{{{inside}}} {_number(value)}" if inside else f"{self.name}{part} {_number(value)}"


def text(figures: Iterable[Figure]) -> str:
    return "".join(f"{line}\n" for figure in figures for line in figure.lines())


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6f}"
