"""Trains others' recommenders and ours on the same split, on one thread each: CPU seconds to each level of NDCG@10.

    python -m venv PEERS; PEERS/bin/pip install -r bench/peers/requirements.txt
    git clone https://github.com/pmixer/SASRec.pytorch CHECKOUT
    python bench/peers.py --data FOLDER --peers PEERS/bin/python [--pmixer CHECKOUT]
        [--data-set amazon-video-games|amazon-musical-instruments-5core|ml-1m] [--models NAME …]
        [--budget-seconds 3600] [--every-seconds N] [--patience N] [--levels .05 .06 …] [--seeds 0 1 …] [--json FILE]
    python bench/peers.py --list

FOLDER is that of bench/quality.py. Leave-one-out: all but the last two events of a person train, the last is the
target, all items are ranked but those of the history (the newest 50 on Amazon Video Games). Each model trains in a
process of its own, one after the other, in a budget of CPU seconds (of all threads). Imports and what is done for the
evaluation are not counted, nor is any search for settings: peers have those that their authors advise for such data. A
program never sees the targets: it hands over vectors or lists, which are judged here, all by penchant.measure.
`--patience` ends a training whose last N points are all below its best; the budget ends one that still rises, and the
table says so.

Two things flatter the peers. Each is shown at its best point on the test part itself, while ours ends by its own rule;
and what they would spend on choosing that point is not counted. Our curve is of whole trainings of fewer epochs, of
which the most that each may have are told: small data is learnt from for as long as it helps.

The JSON keeps every curve, written at each of its points; `--models` measures some anew and leaves the others as they
are, and seeds that were not asked for stay, too.
"""

import argparse
import hashlib
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers.curves import INTERRUPTED, Curve, Point, fell_behind, lines, markdown
from peers.judging import handed, judged
from peers.running import HERE, Contender, Failed, Terms, train
from scoreboard.results import source_hash
from scoreboard.rows import GAMES_MASKED, without_metadata
from scoreboard.sources import instruments, missing, movielens_1m, video_games
from scoreboard.tasks import WHOLE

from penchant.lake.training_set import TrainingSet
from penchant.measure import leave_one_out as loo

OURS = "aws-user-personalization-v2"
POINTS = 12
"""Of a curve, where nothing is said of how often one is taken: judging one costs ten seconds or more."""
EFFORTS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Shares of our epochs, of which there are at least one. The last is the recipe as it is."""


@dataclass(frozen=True)
class DataSet:
    read: Callable[[Path], TrainingSet]
    masked: int
    levels: tuple[float, ...]
    least_effort: float = EFFORTS[0]
    """Where less makes no difference."""


DATA_SETS: Mapping[str, DataSet] = {
    "amazon-video-games": DataSet(video_games, GAMES_MASKED, (0.02, 0.03, 0.04, 0.05, 0.06, 0.07), least_effort=0.2),
    "amazon-musical-instruments-5core": DataSet(instruments, WHOLE, (0.02, 0.03, 0.04, 0.05, 0.06)),
    "ml-1m": DataSet(lambda folder: without_metadata(movielens_1m(folder)), WHOLE, (0.1, 0.12, 0.14, 0.16, 0.18)),
}


CONTENDERS = (
    Contender(OURS, "penchant_v2.py", ours=True),
    Contender("implicit, ALS", "implicit_als.py"),
    Contender("pmixer/SASRec.pytorch", "pmixer_sasrec.py", checkout=True),
    Contender("RecBole, SASRec", "recbole_sasrec.py"),
    Contender("RecTools, SASRec", "rectools_sasrec.py"),
    Contender("RecTools, eSASRec", "rectools_esasrec.py"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder of data sets")
    parser.add_argument("--data-set", choices=DATA_SETS, default="amazon-video-games")
    parser.add_argument("--peers", type=Path, help="the interpreter of the peers' environment")
    parser.add_argument("--pmixer", type=Path, help="a checkout of pmixer/SASRec.pytorch")
    parser.add_argument("--models", nargs="+", choices=[each.name for each in CONTENDERS], metavar="NAME")
    parser.add_argument("--budget-seconds", type=float, default=3600, help="CPU seconds of each training")
    parser.add_argument("--every-seconds", type=float, help="CPU seconds from point to point")
    parser.add_argument("--patience", type=int, help="points below the best that end a training")
    parser.add_argument("--levels", type=float, nargs="+", help="of NDCG@10, the columns of the table")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="0 is the own one of ours")
    parser.add_argument("--json", type=Path, help="peers-DATA-SET.json unless given")
    parser.add_argument("--list", action="store_true", help="name the models")
    given = parser.parse_args()
    if given.list:
        print("\n".join(each.name for each in CONTENDERS))
        return
    if given.data is None:
        parser.error("--data FOLDER is needed")
    if lacking := missing(given.data, given.data_set):
        parser.error(f"Missing: {', '.join(map(str, lacking))}")
    given.json = given.json or Path(f"peers-{given.data_set}.json")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by a signal."))  # as an exception, which ends the child
    used = DATA_SETS[given.data_set]
    split = loo.leave_one_out(used.read(given.data))
    report = Report(given, split, used.levels)
    for contender in CONTENDERS:
        if given.models and contender.name not in given.models:
            continue
        for seed in given.seeds:
            try:
                measure(contender, seed, given, split, report)
            except Failed as failed:
                print(f"{contender.name}: left out. {failed}", file=sys.stderr)
                report.without(contender.name, seed)
    print(markdown(report.table))


class Report:
    """What is in the JSON file, which always has all that is known."""

    def __init__(self, given: argparse.Namespace, split: loo.LeaveOneOut, levels: tuple[float, ...]) -> None:
        """With the models of an earlier run that measured the same thing."""
        self.path: Path = given.json
        self.levels = given.levels or levels
        cores = len(os.sched_getaffinity(0))
        self.told: dict[str, Any] = {
            "data": given.data_set,
            "test_split_sha256": sha256(split),
            "queries": len(split.users),
            "items": len(split.training.items),
            "training_events": len(split.training.item),
            "machine": f"{platform.machine()}, {cores} cores, Python {platform.python_version()}",
            "models": {},
        }
        if self.path.exists():
            earlier = json.loads(self.path.read_text())
            if earlier["test_split_sha256"] == self.told["test_split_sha256"]:
                self.told["models"] = earlier["models"]

    def has(self, name: str, seed: int, measured: dict[str, Any]) -> None:
        self.told["models"].setdefault(name, {})[str(seed)] = measured
        self._write()

    def without(self, name: str, seed: int) -> None:
        self.told["models"].get(name, {}).pop(str(seed), None)
        self._write()

    @property
    def table(self) -> list[dict[str, str]]:
        """In the order of CONTENDERS."""
        curves = {
            each.name: {
                seed: Curve([Point(**point) for point in found["points"]], found["ended"])
                for seed, found in self.told["models"].get(each.name, {}).items()
            }
            for each in CONTENDERS
        }
        return lines({name: seeds for name, seeds in curves.items() if seeds}, OURS, self.levels)

    def _write(self) -> None:
        self.path.write_text(json.dumps(self.told | {"table": self.table}, indent=2) + "\n")


def sha256(split: loo.LeaveOneOut) -> str:
    """Of the lines `user,item` of all targets."""
    digest = hashlib.sha256()
    for user, item in zip(split.users, split.targets, strict=True):
        digest.update(f"{split.training.users[user]},{split.training.items[item]}\n".encode())
    return digest.hexdigest()


def measure(contender: Contender, seed: int, given: argparse.Namespace, split: loo.LeaveOneOut, report: Report) -> None:
    """All points of a curve, each reported as it comes, and the facts of the last training. Raises Failed."""
    used = DATA_SETS[given.data_set]
    terms = Terms(given.data_set, given.budget_seconds, given.every_seconds or given.budget_seconds / POINTS, seed)
    interpreter = Path(sys.executable) if contender.ours else needed(given.peers, "--peers")
    checkout = ("--checkout", str(needed(given.pmixer, "--pmixer").resolve())) if contender.checkout else ()
    points: list[Point] = []

    def seen(path: Path) -> bool:
        points.append(judged(path, split, used.masked))
        path.unlink()  # some have megabytes
        told = ", ".join(f"{name} {value:.6g}" for name, value in vars(points[-1]).items())
        print(f"{contender.name}, seed {seed}: {told}", file=sys.stderr, flush=True)
        tell({"ended": INTERRUPTED})
        return contender.ours or not fell_behind(points, given.patience)

    def tell(facts: dict[str, Any]) -> None:
        kept = {"points": [vars(point) for point in points], "budget_seconds": given.budget_seconds}
        report.has(contender.name, seed, kept | facts)

    facts: dict[str, Any] = {}
    efforts = [effort for effort in EFFORTS if effort >= used.least_effort]
    for run in [("--effort", str(effort)) for effort in efforts] if contender.ours else [()]:
        with tempfile.TemporaryDirectory() as folder:
            to_program = (interpreter, HERE / contender.program, (*run, *checkout))
            facts = train(*to_program, terms, handed(split, used.masked), Path(folder), seen)
    tell(facts | ({"source": source_hash()} if contender.ours else {}))


def needed(path: Path | None, option: str) -> Path:
    if path is None:
        raise Failed(f"{option} is needed.")
    return path


if __name__ == "__main__":
    main()
