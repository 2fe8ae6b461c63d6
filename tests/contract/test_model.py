from penchant.contract import model
from penchant.contract.errors import ApiError


def test_the_three_services_have_79_operations():
    counts = {name: len(model.service(name).operation_names) for name in model.SERVICES}
    assert counts == {"personalize": 71, "personalize-runtime": 3, "personalize-events": 5}
    assert len(model.operations()) == 79


def test_a_status_belongs_to_the_service_not_to_the_error():
    operations = model.operations()
    assert model.status_of(operations["DescribeCampaign"], "ResourceNotFoundException") == 400
    assert model.status_of(operations["GetRecommendations"], "ResourceNotFoundException") == 404
    assert model.status_of(operations["PutItems"], "ResourceInUseException") == 409


def test_every_error_of_ours_that_aws_models_is_spelt_as_aws_spells_it():
    modelled = {shape.name for name in model.SERVICES for shape in model.service(name).error_shapes}
    ours = {error.__name__ for error in ApiError.__subclasses__() if error.status is None}
    assert ours == modelled


def test_a_summary_is_a_projection_of_its_resource():
    shape = model.operations()["ListDatasetGroups"].output_shape.members["datasetGroups"].member
    document = {"name": "shop", "status": "ACTIVE", "roleArn": "arn:…", "failureReason": None}
    assert model.project(document, shape) == {"name": "shop", "status": "ACTIVE"}


def test_nested_values_are_projected_too():
    shape = model.operations()["DescribeSolution"].output_shape.members["solution"]
    document = {"solutionConfig": {"algorithmHyperParameters": {"a": "1"}, "eventValueThreshold": None, "inner": 1}}
    assert model.project(document, shape) == {"solutionConfig": {"algorithmHyperParameters": {"a": "1"}}}
