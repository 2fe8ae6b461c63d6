import pytest

from penchant.contract.errors import LimitExceededException, ResourceAlreadyExistsException
from penchant.resources.kinds import KINDS
from penchant.resources.quotas import DEFAULTS, PENDING, Quotas
from penchant.settings import Settings
from tests.conftest import REGION, caller, job_runner, opened


@pytest.fixture
def strict_house(tmp_path):
    yield from opened(Settings(data_dir=tmp_path / "data", region=REGION))


def test_amazons_numbers_hold_where_none_were_set(strict_house):
    call = caller(strict_house)
    for number in range(5):
        call("CreateDatasetGroup", name=f"g{number}")
    with pytest.raises(LimitExceededException, match="More than 5 resources in ACTIVE state"):
        call("CreateDatasetGroup", name="g5")
    with pytest.raises(ResourceAlreadyExistsException):  # a name that is taken is told first
        call("CreateDatasetGroup", name="g4")
    job_runner(strict_house)()
    call("DeleteDatasetGroup", datasetGroupArn=call("ListDatasetGroups")["datasetGroups"][0]["datasetGroupArn"])
    job_runner(strict_house)()
    call("CreateDatasetGroup", name="g5")


def test_every_quota_is_of_a_kind_whose_scope_it_can_count():
    for quota in DEFAULTS:
        kind = KINDS[quota.kind]
        assert quota.counted != PENDING or "create" in kind.life


def test_an_installation_may_set_its_own(tmp_path):
    assert Quotas(Settings(quotas={"datasetGroup": 7}).quotas).limits == {"datasetGroup": 7}
