"""Who has work that has still to end: told by every verb of a life but the last."""

import pytest

from penchant.resources.at_work import at_work
from penchant.resources.kinds import KINDS


@pytest.mark.parametrize(
    ("kind", "document", "expected"),
    [
        ("dataset", {"status": "ACTIVE"}, False),
        ("dataset", {"status": "CREATE PENDING"}, True),
        ("dataset", {"status": "DELETE PENDING"}, False),
        ("solutionVersion", {"status": "CREATE STOPPING"}, True),
        ("solutionVersion", {"status": "CREATE STOPPED"}, False),
        ("dataDeletionJob", {"status": "IN_PROGRESS"}, True),
        ("dataDeletionJob", {"status": "COMPLETED"}, False),
        ("campaign", {"status": "ACTIVE", "latestCampaignUpdate": {"status": "CREATE IN_PROGRESS"}}, True),
        ("campaign", {"status": "ACTIVE", "latestCampaignUpdate": {"status": "ACTIVE"}}, False),
        ("recommender", {"status": "START PENDING"}, True),
        ("schema", {}, False),
    ],
)
def test_who_is_at_work(kind, document, expected):
    assert at_work(KINDS[kind], document) is expected
