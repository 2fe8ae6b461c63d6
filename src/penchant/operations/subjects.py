"""Whom an extension is asked about: a solution version or a recommender."""

from ..contract.errors import InvalidInputException
from ..resources.kinds import KINDS, Kind


def subject(version_arn: str, recommender_arn: str) -> tuple[Kind, str]:
    """The kind and the ARN of the one that is given, the other being empty. Raises InvalidInputException."""
    if bool(version_arn) == bool(recommender_arn):
        raise InvalidInputException("Give either solutionVersionArn or recommenderArn.")
    return KINDS["solutionVersion" if version_arn else "recommender"], version_arn or recommender_arn
