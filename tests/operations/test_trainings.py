"""GET /penchant/v1/trainings, and trainings that are killed and gone on with."""

from pathlib import Path

import numpy as np
import pytest

from penchant.artifacts.sealed import mapped, read_manifest
from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from penchant.jobs import ledger
from penchant.jobs.runner import Runner
from penchant.operations.trainings import trained
from penchant.recipes.parts import sequence_fit
from penchant.recipes.parts.resumable import Resumable
from penchant.resources import trainings
from penchant.work import checkpoints, train
from penchant.work.all import follower, perform
from penchant.work.run import Run
from penchant.work.trials.lists import ListTrial
from penchant.work.upkeep import Upkeep
from tests import samples
from tests.operations.test_recommenders import recommender, shop  # noqa: F401
from tests.recipes.keeping import Killed, dying

V1, V2, SIMILAR = "aws-user-personalization", "aws-user-personalization-v2", "aws-similar-items"
RECIPE = "arn:aws:personalize:::recipe/"
ROWS = samples.walks()


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"checkpoint_seconds": 1e-9})


@pytest.fixture
def at_every_step(monkeypatch):
    """A checkpoint, whatever writing one takes."""
    monkeypatch.setattr(checkpoints, "WORTH", 0.0)


@pytest.fixture
def begin(call, group, load):
    load(samples.csv(ROWS))
    names = iter(f"begun{number}" for number in range(100))

    def begin(recipe: str, **more) -> str:
        solution = call("CreateSolution", name=next(names), datasetGroupArn=group, recipeArn=RECIPE + recipe, **more)
        version = call("CreateSolutionVersion", solutionArn=solution["solutionArn"])
        return version["solutionVersionArn"]

    return begin


@pytest.fixture
def describe(call, run_jobs, group, settings):
    """Import a kind, as told, a text and a price for every item."""
    fields = (
        samples.text("ITEM_ID"),
        samples.text("KIND", categorical=True),
        samples.text("ABOUT", textual=True, type=["string", "null"]),
        {"name": "PRICE", "type": "float"},
    )
    names, made = iter(f"items{number}" for number in range(100)), []

    def describe(kind) -> None:
        if not made:
            schema = call("CreateSchema", name="items", schema=samples.schema("Items", *fields))["schemaArn"]
            asked = {"datasetGroupArn": group, "schemaArn": schema, "datasetType": "Items"}
            made.append(call("CreateDataset", name="items", **asked)["datasetArn"])
            run_jobs()
        rows = [
            (item, kind(item), f"a thing of {kind(item)}", float(item[-1])) for item in sorted({row[1] for row in ROWS})
        ]
        location = samples.put(settings.data_dir, "items.csv", samples.csv(rows, "ITEM_ID,KIND,ABOUT,PRICE"))
        call("CreateDatasetImportJob", jobName=next(names), datasetArn=made[0], dataSource={"dataLocation": location})
        run_jobs()

    return describe


@pytest.fixture
def attempt(house):
    """Attempt the newest job of a resource, as a worker that starts does."""

    def attempt(arn: str) -> None:
        with house.reading() as connection:
            job = ledger.newest(connection, arn).id
        Runner(house.database, follower(house), lambda job: perform(job, house)).run(job)

    return attempt


def status(call, version: str) -> str:
    return call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]["status"]


def model(house, version: str) -> dict[str, np.ndarray]:
    return mapped(house.artifact_folder(version) / "arrays.safetensors")


def assert_same(one, other) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.tobytes() == other[name].tobytes(), name


def files(house, arn: str) -> list[Path]:
    folder = house.training_folder(arn)
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


@pytest.mark.parametrize("recipe", [V2, V1, SIMILAR])
def test_what_is_told_of_a_training(house, call, begin, run_jobs, recipe):
    version = begin(recipe)
    told = trained(house, version, "")
    assert (told["status"], told["state"], told["fraction"]) == ("CREATE PENDING", "waiting", 0)
    assert "epochs" not in told
    run_jobs()
    told = trained(house, version, "")
    assert (told["status"], told["state"], told["fraction"]) == ("ACTIVE", "done", 1)
    assert (told["recipe"], told["seed"]) == (recipe, 20240101)
    assert told["tableVersions"]["interactions"] == 0 and told["columns"].get("INTERACTIONS") != []
    part = "two towers" if recipe == SIMILAR else "transformer"
    assert [(epoch["part"], epoch["epoch"]) for epoch in told["epochs"]] == [
        (part, number + 1) for number in range(len(told["epochs"]))
    ]
    first, last = told["epochs"][0], told["epochs"][-1]
    assert first["loss"] > last["loss"] > 0 and last["seconds"] > 0
    if recipe != SIMILAR:
        assert 0 <= first["heldOutNdcgAt25"] < last["heldOutNdcgAt25"] <= 1
    [attempt] = told["attempts"]
    assert attempt["attempt"] == 1 and attempt["resumedFrom"] == []
    assert set(attempt["seconds"]) == {"reading", "fitting", "measuring", "sealing"}
    assert told["coreSeconds"] == attempt["coreSeconds"] > 0
    assert told["peakMemoryBytes"] == attempt["peakMemoryBytes"] > 50_000_000
    assert "secondsLeft" not in told
    manifest = read_manifest(house.artifact_folder(version))
    assert manifest["peakMemoryBytes"] > 50_000_000 and manifest["coreSeconds"] > 0
    assert manifest["seed"] == 20240101 and manifest["tableVersions"] == told["tableVersions"]


def test_hyperparameters_are_told_as_they_were_trained_with(house, begin, run_jobs):
    given = {"hidden_dimension": "32", "bptt": "2", "recency_mask": "false"}
    features = {"max_user_history_length_percentile": "0.9"}
    version = begin(V1, solutionConfig={"algorithmHyperParameters": given, "featureTransformationParameters": features})
    run_jobs()
    told = trained(house, version, "")
    assert told["hyperParameters"] == given
    assert told["featureTransformationParameters"]["max_user_history_length_percentile"] == "0.9"


def test_a_recipe_that_learns_nothing_by_steps_is_told_of_as_well(house, begin, run_jobs):
    version = begin("aws-popularity-count")
    run_jobs()
    told = trained(house, version, "")
    assert told["epochs"] == [] and "seed" not in told and told["status"] == "ACTIVE"
    assert files(house, version) == []


def test_recommenders_are_told_of(house, recommender):  # noqa: F811
    told = trained(house, "", recommender)
    assert told["status"] == "ACTIVE" and told["recipe"].startswith("aws-")
    assert told["tableVersions"]["interactions"] >= 0 and told["attempts"][0]["seconds"]


def test_what_cannot_be_told(house, call):
    for one, other in (("", ""), ("a", "b")):
        with pytest.raises(InvalidInputException, match="either solutionVersionArn or recommenderArn"):
            trained(house, one, other)
    with pytest.raises(ResourceNotFoundException):
        trained(house, house.place.arn("solution", "none/00000000"), "")


@pytest.mark.usefixtures("at_every_step")
@pytest.mark.parametrize(("recipe", "described"), [(V2, False), (SIMILAR, False), (SIMILAR, True)])
def test_a_training_that_was_killed_goes_on_and_makes_the_same_model(
    house, call, begin, run_jobs, attempt, load, describe, recipe, described
):
    if described:
        describe(lambda item: f"ring{item[1]}")
    whole = begin(recipe)
    run_jobs()
    version = begin(recipe)
    with dying(30), pytest.raises(Killed):
        run_jobs()
    before = trained(house, version, "")
    assert before["status"] == "CREATE IN_PROGRESS" and before["epochs"] and before["checkpoint"]
    assert len(files(house, version)) == 1
    # The data changes meanwhile, and what nobody needs any more is cleared away.
    load(samples.csv(samples.walks(users=200, seed=9)))
    if described:
        describe(lambda item: f"place{item[-1]}")
    Upkeep(house, 30, 600, 30).tend()
    with dying(10**9) as steps:
        attempt(version)
    assert status(call, version) == "ACTIVE"
    told = trained(house, version, "")
    assert steps[0] == 31, "it lost more than the step after the newest checkpoint"
    assert told["tableVersions"] == before["tableVersions"] == trained(house, whole, "")["tableVersions"]
    assert [each["attempt"] for each in told["attempts"]] == [1, 2]
    [place] = told["attempts"][1]["resumedFrom"]
    assert place["part"] == told["epochs"][0]["part"]
    losses = [[epoch["loss"] for epoch in trained(house, arn, "")["epochs"]] for arn in (whole, version)]
    assert losses[0] == losses[1]
    assert told["coreSeconds"] > told["attempts"][1]["coreSeconds"]
    assert_same(model(house, whole), model(house, version))
    assert files(house, version) == []
    if described:  # and what was said of the items was learnt from
        assert told["columns"]["ITEMS"] == ["KIND", "ABOUT", "PRICE"]


@pytest.mark.usefixtures("at_every_step")
def test_a_training_that_was_killed_when_it_was_fitted_is_only_measured(
    house, call, begin, run_jobs, attempt, monkeypatch
):
    whole = begin(V2)
    run_jobs()
    version = begin(V2)

    def killed(*given) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("penchant.work.train.seal_answering", killed)
        run_jobs()
    with dying(1):  # not one step
        attempt(version)
    assert status(call, version) == "ACTIVE"
    assert [place["part"] for place in trained(house, version, "")["attempts"][1]["resumedFrom"]] == ["model"]
    assert_same(model(house, whole), model(house, version))


def test_a_version_can_be_made_again_from_what_is_told_of_it(house, call, begin, run_jobs, load):
    """With the data, the hyperparameters and the seed as they were, though there is newer data."""
    from penchant.work.repeat import differences

    first = begin(V1, solutionConfig={"algorithmHyperParameters": {"hidden_dimension": "32"}})
    run_jobs()
    load(samples.csv(samples.walks(users=150, seed=3)))
    Upkeep(house, 30, 600, 30).tend()
    assert differences(house, first, lambda done, sentence: None) == []
    second = begin(V1, solutionConfig={"algorithmHyperParameters": {"hidden_dimension": "32"}})
    run_jobs()
    with house.reading() as connection:
        again = trainings.of(connection, second)
    assert again.versions["interactions"] > trained(house, first, "")["tableVersions"]["interactions"]


@pytest.mark.usefixtures("at_every_step")
@pytest.mark.parametrize("end", ["failed", "stopped"])
def test_nothing_is_kept_of_a_training_that_came_to_nothing(house, call, begin, run_jobs, monkeypatch, end):
    version, seen = begin(V2), []
    stepped = Resumable.stepped

    def ends(loop, *given) -> None:
        stepped(loop, *given)
        if loop.steps == 20:
            seen.extend(files(house, version))
            if end == "failed":
                raise RuntimeError("a bug of ours")
            call("StopSolutionVersionCreation", solutionVersionArn=version)

    monkeypatch.setattr(Resumable, "stepped", ends)
    run_jobs()
    assert status(call, version) == f"CREATE {end.upper()}"
    assert seen and files(house, version) == []
    told = trained(house, version, "")
    assert told["state"] == end and told["epochs"]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (train, "fold"),
        (train, "read"),
        (sequence_fit.Weighing, "decide"),
        (Run, "fitted"),
        (ListTrial, "metrics"),
        (ListTrial, "finished"),
        (train, "exposure"),
        (train, "seal_answering"),
    ],
)
def test_a_stop_is_one_whatever_a_training_is_at(house, call, begin, run_jobs, monkeypatch, where, name):
    """Reading, weighing, measuring, sealing; after the last word too."""
    version, real, asked = begin(V2), getattr(where, name), []

    def then_stop(*given, **named):
        found = real(*given, **named)
        if not asked:
            asked.append(call("StopSolutionVersionCreation", solutionVersionArn=version))
        return found

    monkeypatch.setattr(where, name, then_stop)
    run_jobs()
    assert asked and status(call, version) == "CREATE STOPPED"
    assert files(house, version) == [] and not house.artifact_folder(version).exists()
    with pytest.raises(ResourceInUseException):
        call("StopSolutionVersionCreation", solutionVersionArn=version)


@pytest.mark.usefixtures("at_every_step")
def test_trials_that_were_killed_go_on(house, call, begin, run_jobs, attempt):
    widths = {"integerHyperParameterRanges": [{"name": "hidden_dimension", "minValue": 32, "maxValue": 34}]}
    limits = {"maxNumberOfTrainingJobs": "2", "maxParallelTrainingJobs": "1"}
    config = {"hpoResourceConfig": limits, "algorithmHyperParameterRanges": widths}
    version = begin(V1, performHPO=True, solutionConfig={"hpoConfig": config})
    with dying(40), pytest.raises(Killed):
        run_jobs()
    with dying(10**9) as steps:
        attempt(version)
    assert steps[0] == 41
    assert status(call, version) == "ACTIVE"
    told = trained(house, version, "")
    assert told["hyperParameters"].keys() >= {"hidden_dimension", "bptt"}
    numbers = [epoch["epoch"] for epoch in told["epochs"]]
    assert numbers == list(range(1, len(numbers) + 1)), "epochs of trials were told as those of the training"


@pytest.mark.usefixtures("at_every_step")
def test_a_checkpoint_that_cannot_be_read_or_written_stops_nothing(house, call, begin, run_jobs, attempt):
    version = begin(V2)
    with dying(10), pytest.raises(Killed):
        run_jobs()
    [checkpoint] = files(house, version)
    checkpoint.write_bytes(b"torn" * 100)
    folder = checkpoint.parent
    with dying(10**9) as steps:
        attempt(version)
    assert steps[0] == 1
    assert status(call, version) == "ACTIVE"
    version = begin(V2)
    house.training_folder(version).parent.mkdir(parents=True, exist_ok=True)
    house.training_folder(version).write_text("in the way")
    run_jobs()
    assert status(call, version) == "ACTIVE"
    assert folder.parent != house.training_folder(version)


def test_a_training_without_checkpoints_begins_anew(house, call, begin, run_jobs, attempt, monkeypatch):
    version = begin(V2)
    monkeypatch.setattr(checkpoints.Checkpoints, "__init__", unkept(checkpoints.Checkpoints.__init__))
    with dying(10), pytest.raises(Killed):
        run_jobs()
    assert files(house, version) == []
    with dying(10**9) as steps:
        attempt(version)
    assert steps[0] == 1 and status(call, version) == "ACTIVE"


def unkept(usual):
    """With PENCHANT_CHECKPOINT_SECONDS=0."""

    def init(self, folder, identity, seconds, *more) -> None:
        usual(self, folder, identity, 0.0, *more)

    return init


def test_while_it_is_trained_the_sentence_tells_loss_and_time(house, call, begin, run_jobs, monkeypatch):
    from penchant.work import run

    monkeypatch.setattr(run, "WRITE_SECONDS", 0.0)
    monkeypatch.setattr(sequence_fit, "REPORT_SECONDS", 0.0)
    version, told = begin(V2), []
    stepped = Resumable.stepped

    def looked(loop, *given) -> None:
        stepped(loop, *given)
        if loop.steps % 20 == 0:
            told.append(trained(house, version, ""))

    monkeypatch.setattr(Resumable, "stepped", looked)
    run_jobs()
    late = told[-1]
    assert (late["status"], late["state"]) == ("CREATE IN_PROGRESS", "running")
    assert "Training the transformer, epoch" in late["sentence"]
    assert "(loss " in late["sentence"] and "NDCG@25 of held-out events" in late["sentence"]
    assert " left)" in late["sentence"]
    assert late["secondsLeft"] >= 0 and late["ends"] > late["began"]
    fractions = [each["fraction"] for each in told]
    assert fractions == sorted(fractions) and 0 < fractions[0] < fractions[-1] < 1
    assert [len(each["epochs"]) for each in told] == sorted(len(each["epochs"]) for each in told)
