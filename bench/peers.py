"""Trains others' recommenders and ours on the same split, on one thread each: CPU seconds to each level of NDCG@10.

    python -m venv PEERS; PEERS/bin/pip install -r bench/peers/requirements.txt
    git clone https://github.com/pmixer/SASRec.pytorch CHECKOUT
    python bench/peers.py --data FOLDER --peers PEERS/bin/python [--pmixer CHECKOUT]
        [--data-set amazon-video-games|ml-1m] [--models NAME …] [--budget-seconds 3600] [--every-seconds N]
        [--levels .05 .06 …] [--seed N] [--json FILE]
    python bench/peers.py --list

FOLDER is that of bench/quality.py. Leave-one-out: all but the last two events of a person train, the last is the
target, all items are ranked but those of the history (the newest 50 on Amazon Video Games). Each model trains in a
process of its own, one after the other, in a budget of CPU seconds (of all threads). Imports and what is done for the
evaluation are not counted, nor is any search for settings: peers have those that their authors advise for such data. A
program never sees the targets: it hands over vectors or lists, which are judged here, all by penchant.measure.

Two things flatter the peers. Each is shown at its best point on the test part itself, while ours ends by its own rule;
and what they would spend on choosing that point is not counted. Our curve is of whole trainings of fewer epochs.

The JSON keeps every curve; `--models` measures some anew and leaves the others as they are.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers.curves import Curve, Point, lines, markdown
from peers.judging import handed, judged
from peers.running import HERE, Contender, Failed, Terms, train
from scoreboard.results import source_hash
from scoreboard.rows import GAMES_MASKED, without_metadata
from scoreboard.sources import missing, movielens_1m, video_games
from scoreboard.tasks import WHOLE

from penchant.lake.training_set import TrainingSet
from penchant.measure import leave_one_out as loo

OURS = "aws-user-personalization-v2"
POINTS = 12
"""Of a curve, where nothing is said of how often one is taken: judging one costs ten seconds or more."""
EFFORTS = ("0.2", "0.4", "0.6", "0.8", "1")
"""Shares of our epochs. The last is the recipe as it is."""


@dataclass(frozen=True)
class DataSet:
    read: Callable[[Path], TrainingSet]
    masked: int
    levels: tuple[float, ...]


DATA_SETS: Mapping[str, DataSet] = {
    "amazon-video-games": DataSet(video_games, GAMES_MASKED, (0.02, 0.03, 0.04, 0.05, 0.06, 0.07)),
    "ml-1m": DataSet(lambda folder: without_metadata(movielens_1m(folder)), WHOLE, (0.1, 0.12, 0.14, 0.16, 0.18)),
}


CONTENDERS = (
    Contender(OURS, "penchant_v2.py", tuple(("--effort", effort) for effort in EFFORTS), ours=True),
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
    parser.add_argument("--levels", type=float, nargs="+", help="of NDCG@10, the columns of the table")
    parser.add_argument("--seed", type=int, default=0, help="of the peers; ours has its own")
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
    measured_with = DATA_SETS[given.data_set]
    split = loo.leave_one_out(measured_with.read(given.data))
    told = report(given, split)
    for contender in CONTENDERS:
        if given.models and contender.name not in given.models:
            continue
        try:
            told["models"][contender.name] = measured(contender, given, split, measured_with.masked)
        except Failed as failed:
            print(f"{contender.name}: left out. {failed}", file=sys.stderr)
            continue
        told["table"] = lines(curves_of(told), OURS, given.levels or measured_with.levels)
        given.json.write_text(json.dumps(told, indent=2) + "\n")
    print(markdown(lines(curves_of(told), OURS, given.levels or measured_with.levels)))


def report(given: argparse.Namespace, split: loo.LeaveOneOut) -> dict[str, Any]:
    """All that tells whether another run measured the same thing; with the models of an earlier one that did."""
    told: dict[str, Any] = {
        "data": given.data_set,
        "test_split_sha256": sha256(split),
        "queries": len(split.users),
        "items": len(split.training.items),
        "training_events": len(split.training.item),
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}",
        "models": {},
    }
    if given.json.exists():
        earlier = json.loads(given.json.read_text())
        if earlier["test_split_sha256"] == told["test_split_sha256"]:
            told["models"] = earlier["models"]
    return told


def sha256(split: loo.LeaveOneOut) -> str:
    """Of the lines `user,item` of all targets."""
    digest = hashlib.sha256()
    for user, item in zip(split.users, split.targets, strict=True):
        digest.update(f"{split.training.users[user]},{split.training.items[item]}\n".encode())
    return digest.hexdigest()


def curves_of(told: Mapping[str, Any]) -> dict[str, Curve]:
    """In the order of CONTENDERS."""
    models = told["models"]
    return {
        each.name: Curve([Point(**point) for point in models[each.name]["points"]], models[each.name]["ended"])
        for each in CONTENDERS
        if each.name in models
    }


def measured(contender: Contender, given: argparse.Namespace, split: loo.LeaveOneOut, masked: int) -> dict[str, Any]:
    """All points of a curve, with the facts of the last training. Raises Failed."""
    terms = Terms(
        given.data_set, given.budget_seconds, given.every_seconds or given.budget_seconds / POINTS, given.seed
    )
    interpreter = Path(sys.executable) if contender.ours else needed(given.peers, "--peers")
    checkout = ("--checkout", str(needed(given.pmixer, "--pmixer").resolve())) if contender.checkout else ()
    points: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    for run in contender.runs:
        with tempfile.TemporaryDirectory() as folder:
            to_program = (interpreter, HERE / contender.program, (*run, *checkout))
            facts = train(*to_program, terms, handed(split, masked), Path(folder))
            for path in sorted(Path(folder).glob("point-*.npz")):
                points.append(vars(judged(path, split, masked)))
                told = ", ".join(f"{name} {value:.6g}" for name, value in points[-1].items())
                print(f"{contender.name}: {told}", file=sys.stderr, flush=True)
    if contender.ours:
        facts["source"] = source_hash()
    return {"points": points, "budget_seconds": given.budget_seconds, **facts}


def needed(path: Path | None, option: str) -> Path:
    if path is None:
        raise Failed(f"{option} is needed.")
    return path


if __name__ == "__main__":
    main()
