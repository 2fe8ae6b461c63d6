"""A dataset group with data in it, and a trained solution, for the operations that need them."""

import pytest

from tests import samples


@pytest.fixture
def dataset(call, run_jobs) -> str:
    """An Interactions dataset, still empty, in the group 'g'."""
    group = call("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    arn = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    run_jobs()
    return arn["datasetArn"]


@pytest.fixture
def load(call, run_jobs, dataset, settings):
    """Import a CSV text into the dataset; answers with the job's description."""
    jobs = iter(f"job{number}" for number in range(1000))

    def load(content: str | bytes, mode: str = "FULL", location: str | None = None) -> dict:
        location = location or samples.put(settings.data_dir, "interactions.csv", content)
        job = call(
            "CreateDatasetImportJob",
            jobName=next(jobs),
            datasetArn=dataset,
            dataSource={"dataLocation": location},
            importMode=mode,
        )["datasetImportJobArn"]
        run_jobs()
        return call("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]

    return load


@pytest.fixture
def group(dataset) -> str:
    return dataset.replace(":dataset/g/INTERACTIONS", ":dataset-group/g")


@pytest.fixture
def train(call, run_jobs, group):
    """Make a solution and train it; answers with the version's description."""
    names = iter(f"solution{number}" for number in range(1000))

    def train(recipe: str = "aws-popularity-count", **more) -> dict:
        arn = f"arn:aws:personalize:::recipe/{recipe}"
        solution = call("CreateSolution", name=next(names), datasetGroupArn=group, recipeArn=arn, **more)["solutionArn"]
        version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
        run_jobs()
        return call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]

    return train
