"""The parts of bench/peers.py that need no peer: what is handed over, how it is judged, and what curves say."""

import ast
import json
import sys

import numpy as np
import pytest
from peers.curves import INTERRUPTED, Curve, Point, fell_behind, lines, markdown
from peers.handing import BUDGET, ENOUGH, PAST_BEST, Ended, Recorder, Split
from peers.judging import handed, judged, ranks_by, ranks_in
from peers.running import HERE, Failed, Terms, train

from penchant.lake.training_set import TrainingSet
from penchant.measure import leave_one_out as loo

OURS = "ours"
TERMS = Terms("made-up", budget_seconds=60, every_seconds=30, seed=3)


def curve(*points: tuple[float, float], ended: str = "all epochs") -> Curve:
    return Curve([Point(seconds, 1.0, ndcg, 0.0) for seconds, ndcg in points], ended)


@pytest.fixture
def split() -> loo.LeaveOneOut:
    """Forty people who took seven of thirty items each; the last five items never."""
    rng = np.random.default_rng(0)
    users, items = [f"{user:02}" for user in range(40)], [f"{item:02}" for item in range(30)]
    item = np.concatenate([rng.permutation(25)[:7] for _ in users]).astype(np.int32)
    times = np.tile(np.arange(7), len(users))
    return loo.leave_one_out(
        TrainingSet(users, items, np.arange(0, len(item) + 1, 7), item, times, np.ones(len(item), np.float32))
    )


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_what_is_handed_over_comes_back_as_it_was(split, tmp_path):
    given = handed(split, masked=50)
    given.save(tmp_path / "split.npz")
    found = Split.load(tmp_path / "split.npz")
    assert (found.items, found.masked) == (30, 50)
    for name, value in vars(given).items():
        assert np.array_equal(getattr(found, name), value)


def test_a_peer_is_handed_the_histories_and_no_target(split):
    given = handed(split, masked=50)
    for query, (user, target) in enumerate(zip(split.users, split.targets, strict=True)):
        assert given.taken(user).tolist() == split.training.history(user).tolist()
        assert given.history(query).tolist() == split.histories[query].tolist()
        assert target not in given.taken(user)
        assert target not in given.history(query)
    assert given.user.tolist() == split.training.user.tolist()


def test_the_newest_items_lie_right_or_left_in_the_codes_of_the_peer():
    asked = np.array([4, 1, 2, 3, 0], np.int32)
    nothing = np.empty(0, np.int64)
    given = Split(np.array([0]), nothing, nothing, np.array([0, 4, 5]), asked, np.array([0, 1]), items=5, masked=1)
    code = np.array([0, 11, 12, 13, 14])  # the peer does not know item 0
    assert given.newest(3, code).tolist() == [[11, 12, 13], [0, 0, 0]]
    assert given.newest(5, code).tolist() == [[0, 14, 11, 12, 13], [0] * 5]
    assert given.newest(5, code, right=False).tolist() == [[14, 11, 12, 13, 0], [0] * 5]


def test_the_clock_stands_still_while_a_model_is_handed_over(clock, tmp_path):
    recorder = Recorder(tmp_path, budget=100, every=10, clock=clock)

    def vectors():
        clock.now += 1_000
        return np.zeros((1, 2)), np.zeros((3, 2))

    clock.now += 9
    recorder.step(0.5, vectors)
    assert not list(tmp_path.iterdir())
    clock.now += 2
    recorder.step(1.0, vectors)
    assert recorder.spent() == 11
    clock.now += 5
    recorder.step(1.5, vectors)  # ten seconds after the last, not after the first ten
    clock.now += 5
    recorder.step(2.0, vectors)
    found = [np.load(path) for path in sorted(tmp_path.glob("point-*.npz"))]
    assert [(float(point["cpu_seconds"]), float(point["epochs"])) for point in found] == [(11, 1.0), (21, 2.0)]


def test_the_end_of_the_budget_is_handed_over_before_it_ends_the_training(clock, tmp_path):
    recorder = Recorder(tmp_path, budget=20, every=1_000, clock=clock)
    clock.now += 25
    with pytest.raises(Ended, match=BUDGET):
        recorder.step(3.0, lambda: (np.zeros((1, 2)), np.zeros((3, 2))))
    assert float(np.load(tmp_path / "point-0000.npz")["cpu_seconds"]) == 25


def test_a_training_ends_when_it_is_told_that_it_is_enough(clock, tmp_path):
    recorder = Recorder(tmp_path, budget=20, every=1_000, clock=clock)
    recorder.step(1.0, lambda: pytest.fail("It is not time."))
    (tmp_path / ENOUGH).touch()
    with pytest.raises(Ended, match=PAST_BEST):
        recorder.step(2.0, lambda: pytest.fail("What is past its best is not handed over."))


def test_vectors_and_lists_of_the_same_model_are_judged_alike(split, clock, tmp_path):
    rng = np.random.default_rng(1)
    queries, vectors = rng.normal(size=(40, 4)).astype(np.float32), rng.normal(size=(30, 4)).astype(np.float32)
    scores = queries @ vectors.T
    for row, history in zip(scores, split.histories, strict=True):
        row[history] = -np.inf
    lists = np.argsort(-scores, axis=1)[:, :10]
    recorder = Recorder(tmp_path, budget=100, every=10, clock=clock)
    recorder.vectors(1, lambda: (queries, vectors))
    recorder.lists(2, lambda: lists)
    first, second = (judged(tmp_path / f"point-000{place}.npz", split, masked=50) for place in (0, 1))
    assert 0 < first.ndcg < first.recall
    assert (first.ndcg, first.recall) == (second.ndcg, second.recall)
    ranks = ranks_by(queries, vectors, split, masked=50)
    assert np.array_equal(np.where(ranks <= 10, ranks, np.inf), ranks_in(lists, split.targets))


def test_an_item_that_a_peer_does_not_know_comes_last(split):
    queries, vectors = np.full((40, 1), -1, np.float32), np.ones((30, 1), np.float32)
    unknown = split.targets[0]
    vectors[unknown] = np.nan
    ranks = ranks_by(queries, vectors, split, masked=50)
    for rank, target, history in zip(ranks, split.targets, split.histories, strict=True):
        left = 30 - len(history)
        equals = left - (unknown not in history)
        assert rank == (left if target == unknown else (1 + equals) / 2)


def test_masked_items_are_out_of_the_ranking(split):
    vectors = np.arange(30, dtype=np.float32)[:, None]
    ranks = ranks_by(np.ones((40, 1), np.float32), vectors, split, masked=50)
    for rank, target, history in zip(ranks, split.targets, split.histories, strict=True):
        assert rank == 30 - target - (history > target).sum()


def test_the_seconds_to_a_level_are_those_of_the_first_point_that_has_it():
    found = curve((30, 0.05), (10, 0.02), (20, 0.06))
    assert found.reached(0.02) == 10
    assert found.reached(0.03) == 20
    assert found.reached(0.061) is None


def test_the_best_point_is_the_earliest_of_equals():
    assert curve((30, 0.05), (20, 0.05), (10, 0.04)).best.cpu_seconds == 20


@pytest.mark.parametrize(
    ("points", "ended", "cut_off"),
    [
        (((10, 0.1), (20, 0.2)), BUDGET, True),
        (((10, 0.1), (90, 0.21), (100, 0.2)), BUDGET, True),
        (((10, 0.1), (20, 0.2)), INTERRUPTED, True),
        (((10, 0.2), (20, 0.1)), BUDGET, False),
        (((10, 0.1), (20, 0.2)), PAST_BEST, False),
        (((10, 0.1), (20, 0.2)), "all epochs", False),
    ],
)
def test_a_training_was_cut_off_if_the_budget_ended_it_near_its_best(points, ended, cut_off):
    assert curve(*points, ended=ended).cut_off is cut_off


def test_a_peer_is_held_against_the_seconds_in_which_ours_was_as_good():
    curves = {
        OURS: {"0": curve((10, 0.05), (40, 0.07))},
        "slow": {"0": curve((100, 0.03), (300, 0.06), ended=BUDGET)},
        "quick": {"0": curve((2, 0.04))},
        "better": {"0": curve((900, 0.08))},
    }
    ours, slow, quick, better = lines(curves, OURS, levels=(0.05, 0.07))
    assert "times ours" not in ours
    assert (ours["to 0.05"], ours["to 0.07"]) == ("10", "40")
    assert (slow["times ours"], slow["to 0.05"], slow["to 0.07"]) == ("7.5", "300", "-")
    assert slow["best NDCG@10"] == "0.0600, may still rise"
    assert quick["times ours"] == "0.2"
    assert better["times ours"] == "not reached by ours"


def test_of_several_seeds_there_is_the_mean_and_each_is_held_against_ours_of_the_same_seed():
    curves = {
        OURS: {"0": curve((10, 0.05)), "1": curve((20, 0.06))},
        "peer": {"0": curve((100, 0.04)), "1": curve((300, 0.06), ended=BUDGET), "2": curve((200, 0.05))},
    }
    ours, peer = lines(curves, OURS, levels=(0.045, 0.1))
    assert ours["best NDCG@10"] == "0.0550 (0.0500 to 0.0600)"
    assert ours["to 0.045"] == "15 (10 to 20)"
    assert peer["best NDCG@10"] == "0.0500 (0.0400 to 0.0600), may still rise"
    assert peer["to 0.045"] == "- (but 2 of 3)"
    assert peer["to 0.1"] == "-"
    assert peer["times ours"] == "12.5 (10.0 to 15.0)"


def test_a_curve_fell_behind_when_all_of_its_newest_points_are_below_its_best():
    points = curve((1, 0.1), (2, 0.3), (3, 0.2), (4, 0.25)).points
    assert fell_behind(points, 2)
    assert not fell_behind(points, 3)  # the best is among them
    assert not fell_behind(points, 4)
    assert not fell_behind(points, None)


def test_a_table_has_a_dash_for_what_is_not_told():
    assert markdown([{"model": "a", "x": "1"}, {"model": "b", "y": "2"}]).splitlines()[2:] == [
        "| a | 1 | - |",
        "| b | - | 2 |",
    ]


POPULAR = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import numpy as np
from handing import Recorder, Split, options
given = options().parse_args()
split = Split.load(given.split)
recorder = Recorder(given.out, given.budget_seconds, given.every_seconds)
counts = np.bincount(split.item, minlength=split.items).astype(float)
recorder.vectors(1, lambda: (np.ones((len(split.asked_user), 1)), counts[:, None]))
recorder.done({{"seed": given.seed, "of": given.data_set}}, ("numpy",), "all epochs")
"""


def noting(seen, wanted=None):
    """Keeps the paths of points; says that it is enough once it has as many as wanted."""

    def see(path):
        seen.append(path)
        return len(seen) != wanted

    return see


def test_a_program_is_run_on_one_thread_and_leaves_its_points(split, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    program = tmp_path / "popular.py"
    program.write_text(POPULAR + "import os\nassert os.environ['OMP_NUM_THREADS'] == '1'\n")
    seen = []
    facts = train(sys.executable, program, (), TERMS, handed(split, masked=50), tmp_path, noting(seen))
    assert seen == [tmp_path / "point-0000.npz"]
    assert facts["settings"] == {"seed": 3, "of": "made-up"}
    assert facts["versions"] == {"numpy": np.__version__}
    assert json.loads((tmp_path / "done.json").read_text())["ended"] == "all epochs"
    counts = np.bincount(split.training.item, minlength=30).astype(np.float32)
    ranks = ranks_by(np.ones((40, 1), np.float32), counts[:, None], split, masked=50)
    assert judged(tmp_path / "point-0000.npz", split, masked=50).ndcg == round(loo.ndcg(ranks, 10), 5)


def test_a_program_that_fails_says_why(split, tmp_path):
    program = tmp_path / "broken.py"
    program.write_text(POPULAR + "raise RuntimeError('out of patience')\n")
    with pytest.raises(Failed, match="out of patience"):
        train(sys.executable, program, (), TERMS, handed(split, masked=50), tmp_path, noting([]))


ENDLESS = (
    POPULAR[: POPULAR.index("recorder.vectors")]
    + """
from handing import Ended
try:
    for step in range(10**9):
        recorder.due = 0
        recorder.step(step, lambda: (np.ones((len(split.asked_user), 1)), np.ones((split.items, 1))))
except Ended as end:
    recorder.done({}, ("numpy",), str(end))
"""
)


def test_a_training_ends_after_the_point_that_is_said_to_be_enough(split, tmp_path):
    program = tmp_path / "endless.py"
    program.write_text(ENDLESS)
    seen = []
    facts = train(sys.executable, program, (), TERMS, handed(split, masked=50), tmp_path, noting(seen, wanted=2))
    assert facts["ended"] == PAST_BEST
    assert len(seen) >= 2


@pytest.mark.parametrize("name", ["handing", "implicit_als", "pmixer_sasrec", "recbole_sasrec", "rectools_sasrec"])
def test_what_runs_beside_a_peer_needs_nothing_of_penchant(name):
    tree = ast.parse((HERE / f"{name}.py").read_text())
    imported = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    imported |= {alias.name for each in ast.walk(tree) if isinstance(each, ast.Import) for alias in each.names}
    assert imported
    assert not [module for module in imported if module and module.startswith("penchant")]
