"""How long a training goes on after StopSolutionVersionCreation, at moments from its very beginning to its sealing.

    python bench/stopping.py [--stops 30] [--users 4000] [--between 0 1] [--search] [--json FILE]

A real server with a worker trains aws-user-personalization-v2 on people who walk around rings of items (with `--search`
aws-user-personalization with performHPO), once to its end and then again and again, each time until it is stopped at a
moment drawn evenly from the length of the first, or of a part of it: of its last tenth with `--between .9 1`. Told of
each: the moment, what the training was at, and the seconds from the call to CREATE STOPPED. Nothing of a stopped
training may be left: no process, no checkpoint. One that takes the stop and is not stopped by it is a fault.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests import samples
from tests.chaos import children
from tests.conftest import REGION, Served, settled

GOAL = 5.0
PATIENCE = 600
LIMITS = {"maxNumberOfTrainingJobs": "8", "maxParallelTrainingJobs": "2"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stops", type=int, default=30)
    options.add_argument("--users", type=int, default=4_000)
    options.add_argument("--between", type=float, nargs=2, default=(0.0, 1.0), metavar=("LOW", "HIGH"))
    options.add_argument("--search", action="store_true")
    options.add_argument("--json", type=Path)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder) / "served", {"PENCHANT_CHECKPOINT_SECONDS": "1"}).start()
        try:
            chance = random.Random(given.seed)
            rows = measure(served, given.stops, given.users, given.search, chance, tuple(given.between))
        finally:
            served.stop()
    took = sorted(row["seconds"] for row in rows if row["status"] == "CREATE STOPPED")
    print(f"{len(took)} stopped, {len(rows) - len(took)} were at their end")
    print(f"median {took[len(took) // 2]:.2f} s, slowest {took[-1]:.2f} s; the goal is {GOAL:g} s")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))
    ignored = any(row["taken"] and row["status"] != "CREATE STOPPED" for row in rows)
    if took[-1] > GOAL or ignored or any(row["left"] for row in rows):
        sys.exit(1)


def measure(
    served: Served, stops: int, users: int, search: bool, chance: random.Random, between: tuple[float, float]
) -> list[dict[str, Any]]:
    client = served.client()
    solution = prepare(served, client, users, search)

    def described(version: str) -> dict[str, Any]:
        return client.describe_solution_version(solutionVersionArn=version)["solutionVersion"]

    def begin() -> str:
        version: str = client.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        return version

    began, whole = time.monotonic(), begin()
    assert settled(lambda: described(whole), PATIENCE)["status"] == "ACTIVE"
    length = time.monotonic() - began
    print(f"a training takes {length:.1f} s")
    rows = []
    for _ in range(stops):
        version, moment, taken = begin(), length * chance.uniform(*between), True
        time.sleep(moment)
        at = progress(served, version)
        asked = time.monotonic()
        try:
            client.stop_solution_version_creation(solutionVersionArn=version)
        except client.exceptions.ResourceInUseException:  # it was at its end
            taken = False
        status = settled(lambda version=version: described(version), PATIENCE)["status"]
        seconds = time.monotonic() - asked
        left = len(children(served.worker())) + len(list((served.data_dir / "trainings").rglob("*.safetensors")))
        rows.append({"moment": moment, "at": at, "taken": taken, "status": status, "seconds": seconds, "left": left})
        print(f"{moment:6.2f} s  {seconds:5.2f} s  {status:15} {at[:70]}", flush=True)
    return rows


def prepare(served: Served, client: Any, users: int, search: bool) -> str:
    """The ARN of a solution with data to train on."""
    schema = client.create_schema(name="s", schema=samples.INTERACTIONS)["schemaArn"]
    group = client.create_dataset_group(name="g")["datasetGroupArn"]
    settled(lambda: client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"])
    made = client.create_dataset(name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    dataset = made["datasetArn"]
    settled(lambda: client.describe_dataset(datasetArn=dataset)["dataset"])
    location = samples.put(served.data_dir, "interactions.csv", samples.csv(samples.walks(users=users)))
    job = client.create_dataset_import_job(jobName="j", datasetArn=dataset, dataSource={"dataLocation": location})
    arn = job["datasetImportJobArn"]
    settled(lambda: client.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"], PATIENCE)
    more: dict[str, Any] = {}
    recipe = "aws-user-personalization-v2"
    if search:
        recipe = "aws-user-personalization"
        more = {"performHPO": True, "solutionConfig": {"hpoConfig": {"hpoResourceConfig": LIMITS}}}
    created = client.create_solution(
        name="s", datasetGroupArn=group, recipeArn=f"arn:aws:personalize:::recipe/{recipe}", **more
    )
    solution: str = created["solutionArn"]
    return solution


def progress(served: Served, version: str) -> str:
    query = urllib.parse.urlencode({"solutionVersionArn": version})
    scope = f"AWS4-HMAC-SHA256 Credential=anybody/20260101/{REGION}/personalize/aws4_request"
    request = urllib.request.Request(f"{served.url}/penchant/v1/trainings?{query}", headers={"Authorization": scope})
    with urllib.request.urlopen(request, timeout=30) as answer:
        told = json.loads(answer.read())
    return str(told.get("sentence", told["status"]))


if __name__ == "__main__":
    main()
