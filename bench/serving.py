"""How fast GetRecommendations answers: requests a second over HTTP on one core, and what the answer costs in process
beside the bare matrix-vector product and top-k that no server can do without.

    python bench/serving.py [--items 4000] [--users 6000] [--seconds 10] [--connections 16] [--json FILE]

Makes its own data, imports it, trains aws-user-personalization-v2 and deploys it, all through the API. The server runs
on core 0, the clients on core 1 (where there are two).
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from penchant.contract.arns import Place
from penchant.jobs import ledger
from penchant.jobs.runner import Runner
from penchant.main import build_house
from penchant.operations.api import Api
from penchant.settings import Settings
from penchant.work.all import follower, perform

PLACE = Place("000000000000", "us-east-1")
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Interactions",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "TIMESTAMP", "type": "long"},
        ],
        "version": "1.0",
    }
)
SCOPE = "x/20260101/us-east-1/personalize/aws4_request"
AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, default=4000)
    options.add_argument("--users", type=int, default=6000)
    options.add_argument("--events", type=int, default=40, help="events of each user")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        campaign = prepare(settings, given)
        inside = in_process(settings, campaign, given)
        outside = over_http(settings, campaign, given)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "data": f"{given.items} items, {given.users} users of {given.events} events, made by this program",
        **inside,
        **outside,
    }
    width = max(map(len, result))
    for name, value in result.items():
        print(f"{name:{width}}  {value:.4g}" if isinstance(value, float) else f"{name:{width}}  {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=1))


def prepare(settings: Settings, given: argparse.Namespace) -> str:
    """A trained and deployed campaign; answers with its ARN."""
    house = build_house(settings)
    api = Api(house)
    runner = Runner(house.database, follower(house), lambda job: perform(job, house))

    def call(operation: str, **request) -> dict:
        answer = api.call(operation, request, PLACE)
        while waiting := ledger.waiting(house.database):
            for job_id in waiting:
                runner.run(job_id)
        return answer

    location = settings.data_dir / "buckets" / "bench" / "interactions.csv"
    location.parent.mkdir(parents=True)
    location.write_text(events(given))
    group = call("CreateDatasetGroup", name="bench")["datasetGroupArn"]
    schema = call("CreateSchema", name="bench", schema=SCHEMA)["schemaArn"]
    dataset = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    source = {"dataLocation": "s3://bench/interactions.csv"}
    call("CreateDatasetImportJob", jobName="j", datasetArn=dataset["datasetArn"], dataSource=source)
    recipe = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    trained = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    if trained["status"] != "ACTIVE":
        raise SystemExit(trained["failureReason"])
    campaign = call("CreateCampaign", name="c", solutionVersionArn=version)["campaignArn"]
    house.close()
    return campaign


def events(given: argparse.Namespace) -> str:
    """People who wander between neighbouring items; every item occurs."""
    rng = np.random.default_rng(0)
    steps = rng.integers(-5, 6, (given.users, given.events)).cumsum(axis=1)
    items = (rng.integers(0, given.items, (given.users, 1)) + steps) % given.items
    lines = ["USER_ID,ITEM_ID,TIMESTAMP"]
    for user, row in enumerate(items.tolist()):
        lines += [f"u{user},i{item},{1_700_000_000 + 3600 * at}" for at, item in enumerate(row)]
    return "\n".join(lines) + "\n"


def in_process(settings: Settings, campaign: str, given: argparse.Namespace) -> dict[str, float]:
    """Medians in microseconds, alternating, in this process on one core."""
    pin(0)
    house = build_house(settings)
    api = Api(house)
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((given.items, 64)).astype(np.float32)
    vector = rng.standard_normal(64).astype(np.float32)
    answers, bare, newcomers = [], [], []
    for turn in range(3000):
        request = {"campaignArn": campaign, "userId": f"u{int(rng.integers(given.users))}"}
        answers.append(timed(lambda request=request: api.call("GetRecommendations", request, PLACE)))
        bare.append(timed(lambda: top(matrix @ vector, 25)))
        request = {"campaignArn": campaign, "userId": f"nobody{turn}"}
        newcomers.append(timed(lambda request=request: api.call("GetRecommendations", request, PLACE)))
    house.close()
    answer, product = statistics.median(answers) * 1e6, statistics.median(bare) * 1e6
    return {
        "in process, median µs": answer,
        "in process, newcomer, median µs": statistics.median(newcomers) * 1e6,
        "bare product and top-25, median µs": product,
        "in process / bare": answer / product,
    }


def top(scores: np.ndarray, count: int) -> np.ndarray:
    best = np.argpartition(scores, -count)[-count:]
    return best[np.argsort(-scores[best])]


def timed(run) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def over_http(settings: Settings, campaign: str, given: argparse.Namespace) -> dict[str, float]:
    port = 8197
    command = [sys.executable, "-m", "penchant", "serve", "--port", str(port), "--data-dir", str(settings.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: pin(0)) as server:
        try:
            assert server.stdout is not None
            print(server.stdout.readline().strip())
            pin(1)
            latencies, seconds = asyncio.run(load(port, campaign, given))
        finally:
            server.terminate()
    milliseconds = np.array(latencies) * 1e3
    return {
        "HTTP requests/s": len(latencies) / seconds,
        "HTTP median ms": float(np.median(milliseconds)),
        "HTTP p99 ms": float(np.percentile(milliseconds, 99)),
    }


async def load(port: int, campaign: str, given: argparse.Namespace) -> tuple[list[float], float]:
    """Latencies in seconds of every request that all connections made in the given time, and that time."""
    latencies: list[float] = []
    begin, warm = time.perf_counter(), 1.0
    end = begin + warm + given.seconds

    async def one(number: int) -> None:
        rng = np.random.default_rng(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (now := time.perf_counter()) < end:
            body = json.dumps({"campaignArn": campaign, "userId": f"u{int(rng.integers(given.users))}"}).encode()
            writer.write(
                b"POST /recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
                + AUTHORIZATION.encode()
                + b"\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            if now > begin + warm:
                latencies.append(time.perf_counter() - now)
        writer.close()

    await asyncio.gather(*(one(number) for number in range(given.connections)))
    return latencies, given.seconds


def pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > core or (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})


if __name__ == "__main__":
    main()
