"""The main job in boto3, as any program of a customer does it. Nothing here is peculiar to Penchant but the URL."""

from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

from .data import INTERACTIONS_SCHEMA, ITEMS_SCHEMA
from .watch import Waited

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "anything", "aws_secret_access_key": "anything"}
"""While an installation has no keys, whatever is given is taken."""
ROLE = "arn:aws:iam::000000000000:role/anything"
"""The API asks for a role; without AWS behind it, nobody looks at it."""
SCHEMAS = {"INTERACTIONS": INTERACTIONS_SCHEMA, "ITEMS": ITEMS_SCHEMA}
GROUP = "supermarket"


@dataclass
class Job:
    """The calls of the main job, in the order of its methods."""

    url: str
    personalize: Any = field(init=False)
    runtime: Any = field(init=False)
    group: str = field(init=False)

    def __post_init__(self) -> None:
        self.personalize = client("personalize", self.url)
        self.runtime = client("personalize-runtime", self.url)

    def create_group(self) -> Waited:
        self.group = self.personalize.create_dataset_group(name=GROUP)["datasetGroupArn"]
        return self.waited("Dataset group", "dataset_group", "datasetGroup", self.group)

    def create_datasets(self) -> dict[str, Waited]:
        """By dataset type."""
        made = {}
        for dataset_type, schema in SCHEMAS.items():
            name = f"{GROUP}-{dataset_type.lower()}"
            schema_arn = self.personalize.create_schema(name=name, schema=schema)["schemaArn"]
            arn = self.personalize.create_dataset(
                name=name, schemaArn=schema_arn, datasetGroupArn=self.group, datasetType=dataset_type
            )["datasetArn"]
            made[dataset_type] = self.waited(f"Dataset {dataset_type}", "dataset", "dataset", arn)
        return made

    def import_data(self, dataset_type: str, dataset_arn: str, location: str) -> Waited:
        arn = self.personalize.create_dataset_import_job(
            jobName=f"{GROUP}-{dataset_type.lower()}",
            datasetArn=dataset_arn,
            dataSource={"dataLocation": location},
            roleArn=ROLE,
        )["datasetImportJobArn"]
        return self.waited(f"Import {dataset_type}", "dataset_import_job", "datasetImportJob", arn)

    def train(self, recipe: str) -> Waited:
        solution = self.personalize.create_solution(
            name=recipe, datasetGroupArn=self.group, recipeArn=f"arn:aws:personalize:::recipe/{recipe}"
        )["solutionArn"]
        arn = self.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        return self.waited(f"Train {recipe}", "solution_version", "solutionVersion", arn)

    def metrics(self, version: str) -> dict[str, float]:
        return self.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]

    def deploy(self, recipe: str, version: str) -> Waited:
        arn = self.personalize.create_campaign(name=recipe, solutionVersionArn=version)["campaignArn"]
        return self.waited(f"Deploy {recipe}", "campaign", "campaign", arn)

    def recommend(self, campaign: str, user: str, number: int) -> list[str]:
        answer = self.runtime.get_recommendations(campaignArn=campaign, userId=user, numResults=number)
        return [item["itemId"] for item in answer["itemList"]]

    def waited(self, label: str, verb: str, kind: str, arn: str) -> Waited:
        describe = getattr(self.personalize, f"describe_{verb}")
        return Waited(label, arn, lambda: describe(**{f"{kind}Arn": arn})[kind])


def client(service: str, url: str) -> Any:
    import boto3  # here, so that the demo can say in its own words that it is missing

    return boto3.client(
        service, endpoint_url=url, region_name=REGION, config=Config(retries={"total_max_attempts": 1}), **CREDENTIALS
    )
