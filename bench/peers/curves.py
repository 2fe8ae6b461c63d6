"""What the curves of several trainings say: the level each reached, and the CPU seconds it took them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BUDGET = "budget"
"""Why a training ended that would have gone on."""
LATE = 0.75
"""From this share of a training's seconds on, a best point is one of a curve that may still rise: neighbouring points
differ by chance, so that the last of a rising curve need not be its best."""


@dataclass(frozen=True)
class Point:
    """A model as it was at one moment of its training."""

    cpu_seconds: float
    epochs: float
    ndcg: float
    recall: float


@dataclass(frozen=True)
class Curve:
    """The points of one training as it went on, or of several trainings of other lengths."""

    points: Sequence[Point]
    ended: str

    @property
    def best(self) -> Point:
        """Of equals the earliest. Chosen by the test itself, which flatters whoever has several points."""
        return max(self.points, key=lambda point: (point.ndcg, -point.cpu_seconds))

    def reached(self, level: float) -> float | None:
        """CPU seconds of the first point of so much NDCG or more; None where there is none."""
        seconds = [point.cpu_seconds for point in self.points if point.ndcg >= level]
        return min(seconds) if seconds else None

    @property
    def cut_off(self) -> bool:
        """Whether the budget ended it before it was seen to fall behind its best."""
        last = max(point.cpu_seconds for point in self.points)
        return self.ended == BUDGET and self.best.cpu_seconds >= LATE * last


def lines(curves: Mapping[str, Curve], ours: str, levels: Sequence[float]) -> list[dict[str, str]]:
    """A line for each curve, by the name of its column.

    "times ours" is the CPU time of a peer to its own best, over that of ours to the same NDCG@10 or more. Where a peer
    was cut off, its own best is yet to come, and the figure is of what it had reached.
    """
    found = []
    for name, curve in curves.items():
        best = curve.best
        line = {
            "model": name,
            "best NDCG@10": f"{best.ndcg:.4f}" + (", may still rise" if curve.cut_off else ""),
            "R@10": f"{best.recall:.4f}",
            "epochs": f"{best.epochs:.3g}",
            "CPU s to it": f"{best.cpu_seconds:,.0f}",
        }
        for level in levels:
            seconds = curve.reached(level)
            line[f"to {level:g}"] = "-" if seconds is None else f"{seconds:,.0f}"
        if name != ours and ours in curves:
            line["times ours"] = times(best, curves[ours])
        found.append(line)
    return found


def times(best: Point, ours: Curve) -> str:
    seconds = ours.reached(best.ndcg)
    return "not reached by ours" if seconds is None else f"{best.cpu_seconds / seconds:.1f}"


def markdown(table: Sequence[Mapping[str, str]]) -> str:
    """A figure that nobody has told is a dash."""
    columns = list(dict.fromkeys(name for line in table for name in line))
    shown = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    shown += ["| " + " | ".join(line.get(name, "-") for name in columns) + " |" for line in table]
    return "\n".join(shown)
