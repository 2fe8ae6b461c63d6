import pytest

from penchant.contract import model
from penchant.resources.kinds import HEAVY, KINDS, QUICK


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_its_operations_in_amazons_model(kind):
    operations = model.operations()
    assert kind.arn_key in operations[kind.describe].input_shape.members
    assert kind.name in operations[kind.describe].output_shape.members
    assert kind.plural in operations[kind.list].output_shape.members
    if kind.parent:
        assert kind.parent in operations[kind.list].input_shape.members


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_can_be_deleted_has_a_way_to_be(kind):
    deletable = kind.delete in model.operations()
    assert deletable == ("delete" in kind.life or not kind.life)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_a_kind_names_exists(kind):
    for name in (*kind.blocked_by, *kind.busy_with, *kind.owns):
        assert name in KINDS
    for phase in kind.life.values():
        assert phase.queue in (QUICK, HEAVY)


def test_every_kind_that_describe_knows_is_here():
    described = {name.removeprefix("Describe") for name in model.operations() if name.startswith("Describe")}
    ours = {kind.title for kind in KINDS.values()}
    assert described - ours == {"Recipe", "Algorithm", "FeatureTransformation"}


def test_the_sentence_for_what_is_not_there_is_amazons():
    assert KINDS["datasetGroup"].absent("arn:x") == "The given dataset group does not exist: arn:x"
    assert KINDS["schema"].absent("arn:x") == "Resource Arn arn:x does not exist."
