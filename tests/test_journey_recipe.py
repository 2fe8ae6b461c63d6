"""A recipe of one's own: the example is installed as a package, and a customer trains with it and gets answers."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import samples
from tests.conftest import Served, settled

EXAMPLE = Path(__file__).parent.parent / "examples" / "ease"
RECIPE = "arn:aws:personalize:::recipe/penchant-ease"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with the example in it as pip installs it, with nothing fetched from anywhere."""
    source, target = tmp_path / "source", tmp_path / "installed"
    source.mkdir()  # a build leaves files beside what it builds
    for path in EXAMPLE.iterdir():
        if path.is_file():
            (source / path.name).write_bytes(path.read_bytes())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run([*command, *options], check=True, timeout=120)
    return target


def test_a_package_brings_a_recipe(installed: Path, tmp_path: Path) -> None:
    server = Served(tmp_path / "served", {"PYTHONPATH": str(installed)}).start()
    try:
        personalize, runtime = server.client(), server.client("personalize-runtime")
        assert RECIPE in [recipe["recipeArn"] for recipe in personalize.list_recipes()["recipes"]]
        described = personalize.describe_recipe(recipeArn=RECIPE)["recipe"]
        assert described["recipeType"] == "USER_PERSONALIZATION"
        algorithm = personalize.describe_algorithm(algorithmArn=described["algorithmArn"])["algorithm"]
        assert algorithm["defaultHyperParameters"] == {"regularisation": "300.0", "most_items": "5000"}

        group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
        settled(lambda: personalize.describe_dataset_group(datasetGroupArn=group)["datasetGroup"])
        schema = personalize.create_schema(name="s", schema=samples.INTERACTIONS)["schemaArn"]
        dataset = personalize.create_dataset(
            name="d", schemaArn=schema, datasetGroupArn=group, datasetType="Interactions"
        )["datasetArn"]
        settled(lambda: personalize.describe_dataset(datasetArn=dataset)["dataset"])
        location = samples.put(server.data_dir, "interactions.csv", samples.csv(samples.walks()))
        source = {"dataLocation": location}
        job = personalize.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource=source)
        job_arn = job["datasetImportJobArn"]
        told = settled(lambda: personalize.describe_dataset_import_job(datasetImportJobArn=job_arn)["datasetImportJob"])
        assert told["status"] == "ACTIVE", told

        with pytest.raises(personalize.exceptions.InvalidInputException, match="most_items"):
            config = {"algorithmHyperParameters": {"most_items": "5"}}
            personalize.create_solution(name="no", datasetGroupArn=group, recipeArn=RECIPE, solutionConfig=config)
        config = {"algorithmHyperParameters": {"regularisation": "20"}}
        solution = personalize.create_solution(
            name="ease", datasetGroupArn=group, recipeArn=RECIPE, solutionConfig=config
        )["solutionArn"]
        version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        trained = settled(lambda: personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"])
        assert trained["status"] == "ACTIVE", trained
        metrics = personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
        assert metrics["precision_at_25"] > 0.01

        campaign = personalize.create_campaign(name="c", solutionVersionArn=version)["campaignArn"]
        settled(lambda: personalize.describe_campaign(campaignArn=campaign)["campaign"])
        items = runtime.get_recommendations(campaignArn=campaign, userId="u0000", numResults=10)["itemList"]
        # User 0 walked around ring 0, whose items go together and with no others.
        assert {item["itemId"][:2] for item in items} == {"r0"}
        assert not any("score" in item for item in items)
    finally:
        server.stop()
