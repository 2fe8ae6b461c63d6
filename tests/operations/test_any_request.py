"""Whatever is sent to whatever is built, the answer fits the model or is an error that the model knows, never a 500."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant import main
from penchant.contract import model
from penchant.contract.errors import ApiError
from penchant.operations.api import Api
from penchant.operations.registry import OPERATIONS
from penchant.settings import Settings
from tests import samples
from tests.conftest import REGION, caller, job_runner
from tests.operations.requests import requests

QUIETLY = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A house with one resource of most kinds, so that some requests find what they name."""
    folder = tmp_path_factory.mktemp("furnished") / "data"
    house = main.build_house(Settings(data_dir=folder, strict=True, region=REGION))
    call, run_jobs = caller(house), job_runner(house)
    group = call("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    dataset = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    run_jobs()
    location = samples.put(folder, "interactions.csv", samples.csv(samples.walks()))
    call("CreateDatasetImportJob", jobName="j", datasetArn=dataset["datasetArn"], dataSource={"dataLocation": location})
    run_jobs()
    recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    call("CreateCampaign", name="c", solutionVersionArn=version)
    run_jobs()
    yield house
    house.close()


@pytest.mark.parametrize("name", sorted(model.operations()))
def test_every_answer_is_modelled(furnished, name):
    op = model.operations()[name]
    # InvalidInputException is what a broken shape is, also where the model forgets to declare it (ListSchemas).
    modelled = {shape.name for shape in op.error_shapes} | {"InvalidInputException", "NotBuiltException"}
    if name not in OPERATIONS:
        modelled = {"NotBuiltException"}
    api = Api(furnished, strict=True)

    @settings(max_examples=60, deadline=None, suppress_health_check=QUIETLY, derandomize=True, database=None)
    @given(request=requests(op.input_shape))
    def ask(request):
        try:
            api.call(name, request, furnished.place)
        except ApiError as error:
            assert error.code in modelled, error
            assert str(error)

    ask()


@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=QUIETLY)
@given(text=st.text() | st.recursive(st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(lambda value: __import__("json").dumps(value)))  # fmt: skip
def test_a_schema_of_any_text_is_taken_or_refused_with_a_sentence(furnished, text):
    if not 1 <= len(text) <= 20_000:
        return
    try:
        Api(furnished, strict=True).call("CreateSchema", {"name": "any", "schema": text}, furnished.place)
    except ApiError as error:
        assert error.code in ("InvalidInputException", "ResourceAlreadyExistsException")
