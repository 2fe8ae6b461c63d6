"""A protocol applied to a data set: what to train on, and the metrics of whatever scores its queries."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.measure import leave_one_out as loo
from penchant.measure import notebook, ranking
from penchant.measure.cold_items import ColdItems
from penchant.measure.split import Split
from penchant.measure.temporal import Temporal
from penchant.recipes.base import Moment


@dataclass(frozen=True)
class Asked:
    """B queries."""

    histories: Sequence[np.ndarray]
    """B arrays of item codes, oldest first."""
    users: np.ndarray | None = None
    """(B,) codes, where everybody's history is as it was trained on."""
    moments: Sequence[Moment] | None = None
    """What is known of each query beside its history."""


Scorer = Callable[[Asked], np.ndarray]
"""(B, I) scores, a fresh array."""
SCORES_AT_ONCE = 12_000_000
WHOLE = 1_000_000
"""More than any history has."""


@dataclass(frozen=True)
class Judged:
    """The metrics of Q queries."""

    users: np.ndarray
    """(Q,) int64 codes: who asked. Of one user there may be several queries."""
    each: dict[str, np.ndarray]
    """By metric, (Q,) float64; NaN where a query has no part in it."""
    whole: dict[str, float] = field(default_factory=dict)
    """Metrics of all lists together."""


class Task(ABC):
    """Made for one row and one repetition of it."""

    training: TrainingSet
    users: np.ndarray
    """(Q,) int64."""
    truths: Sequence[np.ndarray]
    """Q arrays of item codes."""

    @abstractmethod
    def judge(self, scorer: Scorer, timed: bool = False) -> Judged:
        """`timed`: the scorer makes something of the time of a request, which a server always knows. Where a task knows
        when its targets were taken, it then tells all metrics once more, marked "timed", with that time given."""

    def sha256(self) -> str:
        """Of the lines `user,item,place` of all truths, place 0 being a query's first."""
        digest = hashlib.sha256()
        users, items = self.training.users, self.training.items
        for user, truth in zip(self.users, self.truths, strict=True):
            for place, item in enumerate(truth):
                digest.update(f"{users[user]},{items[item]},{place}\n".encode())
        return digest.hexdigest()

    def parts(self) -> list[slice]:
        """Queries that are scored together."""
        step = max(1, min(256, SCORES_AT_ONCE // len(self.training.items)))
        return [slice(start, start + step) for start in range(0, len(self.users), step)]


class NotebookTask(Task):
    """Amazon's notebook: lists without what was seen, those cut from 25 ("strict"), and those with all kept."""

    def __init__(self, split: Split):
        self.split, self.training, self.users, self.truths = split, split.training, split.users, split.truths

    def judge(self, scorer: Scorer, timed: bool = False) -> Judged:
        unseen, strict, kept = [], [], []
        for part in self.parts():
            histories = self.split.histories[part]
            scores = scorer(Asked(histories, self.users[part]))
            kept.append(ranking.best(scores))
            strict.append(notebook.left_over(kept[-1], histories))
            unseen.append(notebook.unseen_best(scores, histories))
        each: dict[str, np.ndarray] = {}
        for name, lists in (("", unseen), (" strict", strict), (" kept", kept)):
            relevant = ranking.relevance(np.concatenate(lists), self.truths)
            each[f"MRR@25{name}"] = ranking.reciprocal_rank(relevant)
            each |= {f"P@{cutoff}{name}": ranking.precision(relevant, cutoff) for cutoff in ranking.CUTOFFS}
            each[f"NDCG@10 (AWS){name}"] = notebook.notebook_ndcg(relevant, 10)
        return Judged(self.users, each)


class ServiceTask(Task):
    """The metrics of GetSolutionMetrics, on whatever users a split holds."""

    def __init__(self, split: Split):
        self.split, self.training, self.users, self.truths = split, split.training, split.users, split.truths

    def judge(self, scorer: Scorer, timed: bool = False) -> Judged:
        lists = np.concatenate(
            [ranking.best(scorer(Asked(self.split.histories[part], self.users[part]))) for part in self.parts()]
        )
        relevant = ranking.relevance(lists, self.truths)
        each = {"MRR@25": ranking.reciprocal_rank(relevant)}
        each |= {f"NDCG@{cutoff}": ranking.retrieved_ndcg(relevant, cutoff) for cutoff in ranking.CUTOFFS}
        each |= {f"P@{cutoff}": ranking.precision(relevant, cutoff) for cutoff in ranking.CUTOFFS}
        return Judged(self.users, each, {"coverage": ranking.coverage(lists, len(self.training.items))})


class NextTask(Task):
    """The rank of one next item among all, for queries that may share their users."""

    def __init__(
        self,
        training: TrainingSet,
        users: np.ndarray,
        histories: Sequence[np.ndarray],
        targets: np.ndarray,
        masked: int = 0,
        counted: dict[str, np.ndarray] | None = None,
        cutoffs: Sequence[int] = (10, 20),
        times: np.ndarray | None = None,
        newest: np.ndarray | None = None,
    ):
        """`masked` newest items of a history are taken out of the ranking. `counted` names parts of the queries, each
        a (Q,) bool; all of them unless given. `times` and `newest` (Q,) are of the targets and of the histories' newest
        events, where they are known."""
        self.training, self.users, self.histories, self.targets = training, users, histories, targets
        self.truths = list(targets[:, None])
        self.masked, self.cutoffs, self.times, self.newest = masked, cutoffs, times, newest
        self.counted = {"": np.ones(len(users), bool)} if counted is None else counted
        self.known = np.diff(training.offsets) > 0

    def judge(self, scorer: Scorer, timed: bool = False) -> Judged:
        each = self.metrics(self.ranks(scorer, None), "")
        if timed and self.times is not None:
            each |= self.metrics(self.ranks(scorer, self.times), " timed")
        return Judged(self.users, each)

    def metrics(self, ranks: np.ndarray, mark: str) -> dict[str, np.ndarray]:
        each: dict[str, np.ndarray] = {}
        for name, counted in self.counted.items():
            for cutoff in self.cutoffs:
                gain = np.where(ranks <= cutoff, 1 / np.log2(1 + ranks), 0)
                each[f"NDCG@{cutoff}{name}{mark}"] = np.where(counted, gain, np.nan)
                each[f"R@{cutoff}{name}{mark}"] = np.where(counted, ranks <= cutoff, np.nan)
        return each

    def ranks(self, scorer: Scorer, times: np.ndarray | None) -> np.ndarray:
        """(Q,)"""
        found = []
        for part in self.parts():
            scores = scorer(Asked(self.histories[part], None, self.moments(part, times)))
            found.append(loo.target_ranks(scores, self.targets[part], self.histories[part], self.masked))
        return np.concatenate(found)

    def moments(self, part: slice, times: np.ndarray | None) -> list[Moment]:
        return [
            Moment(
                time=None if times is None else int(times[row]),
                newest=None if self.newest is None else int(self.newest[row]),
                person=int(self.users[row]) if self.known[self.users[row]] else None,
            )
            for row in range(len(self.users))[part]
        ]


def loo_task(data: TrainingSet, masked: int, timed: bool) -> NextTask:
    """`timed`: the timestamps are times, and not only an order."""
    split = loo.leave_one_out(data)
    last = data.offsets[1:][split.users] - 1
    times, newest = (data.timestamp[last], data.timestamp[last - 1]) if timed else (None, None)
    return NextTask(split.training, split.users, split.histories, split.targets, masked, times=times, newest=newest)


def temporal_task(split: Temporal) -> NextTask:
    """Seen items stay in the ranking: on some of the data, people take the same again and again."""
    counted = {"": split.successive, " warm": split.successive & split.warm, " last": split.last}
    return NextTask(
        split.training,
        split.users,
        split.histories,
        split.targets,
        counted=counted,
        cutoffs=(10,),
        times=split.times,
        newest=split.newest,
    )


class ColdTask(Task):
    """Lists of cold items only, which is all that aws-hrnn-coldstart recommends."""

    def __init__(self, split: ColdItems):
        self.split, self.training, self.users, self.truths = split, split.training, split.users, split.truths

    def judge(self, scorer: Scorer, timed: bool = False) -> Judged:
        lists = []
        for part in self.parts():
            scores = scorer(Asked(self.split.histories[part], self.users[part]))
            scores[:, ~self.split.cold] = -np.inf
            lists.append(ranking.best(scores))
        relevant = ranking.relevance(np.concatenate(lists), self.truths)
        each = {"MRR@25": ranking.reciprocal_rank(relevant)}
        each |= {f"P@{cutoff}": ranking.precision(relevant, cutoff) for cutoff in ranking.CUTOFFS}
        return Judged(self.users, each)
