"""What the curves of several trainings say: the level each reached, and the CPU seconds it took them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .handing import BUDGET

INTERRUPTED = "interrupted"
"""Of a training that somebody ended, or that has not ended yet."""
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
        """Whether it was ended before it was seen to fall behind its best."""
        last = max(point.cpu_seconds for point in self.points)
        return self.ended in (BUDGET, INTERRUPTED) and self.best.cpu_seconds >= LATE * last


def fell_behind(points: Sequence[Point], patience: int | None) -> bool:
    """Whether the newest `patience` points are all below the best before them."""
    if patience is None or len(points) <= patience:
        return False
    return max(point.ndcg for point in points[-patience:]) < max(point.ndcg for point in points[:-patience])


Seeds = Mapping[str, Curve]
"""The curves of one model, by their seeds."""


def lines(curves: Mapping[str, Seeds], ours: str, levels: Sequence[float]) -> list[dict[str, str]]:
    """A line for each model, by the name of its column; of several seeds means, with the least and the most.

    "times ours" is the CPU time of a peer to its own best, over that of ours to the same NDCG@10 or more with the same
    seed. Where a peer was cut off, its own best is yet to come, and the figure is of what it had reached.
    """
    found = []
    for name, seeds in curves.items():
        best = [curve.best for curve in seeds.values()]
        may_rise = any(curve.cut_off for curve in seeds.values())
        line = {
            "model": name,
            "best NDCG@10": told([point.ndcg for point in best], ".4f") + (", may still rise" if may_rise else ""),
            "R@10": told([point.recall for point in best], ".4f"),
            "epochs": told([point.epochs for point in best], ".3g"),
            "CPU s to it": told([point.cpu_seconds for point in best], ",.0f"),
        }
        for level in levels:
            line[f"to {level:g}"] = told([curve.reached(level) for curve in seeds.values()], ",.0f")
        both = [seed for seed in seeds if seed in curves.get(ours, {})]
        if name != ours and both:
            ratios = [times(seeds[seed].best, curves[ours][seed]) for seed in both]
            line["times ours"] = told(ratios, ".1f", none="not reached by ours")
        found.append(line)
    return found


def times(best: Point, ours: Curve) -> float | None:
    """None where ours was not as good."""
    seconds = ours.reached(best.ndcg)
    return None if seconds is None else best.cpu_seconds / seconds


def told(values: Sequence[float | None], form: str, none: str = "-") -> str:
    """The mean of several, if all are there; else what stands for none, with how many there are."""
    known = [value for value in values if value is not None]
    if not known:
        return none
    if len(known) < len(values):
        return f"{none} (but {len(known)} of {len(values)})"
    if len(known) == 1:
        return f"{known[0]:{form}}"
    return f"{np.mean(known):{form}} ({min(known):{form}} to {max(known):{form}})"


def markdown(table: Sequence[Mapping[str, str]]) -> str:
    """A figure that nobody has told is a dash."""
    columns = list(dict.fromkeys(name for line in table for name in line))
    shown = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    shown += ["| " + " | ".join(line.get(name, "-") for name in columns) + " |" for line in table]
    return "\n".join(shown)
