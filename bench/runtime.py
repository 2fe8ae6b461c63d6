"""How fast answers are: a real server on one core, a load generator in another process, catalogues of several sizes.

    python bench/runtime.py [--items 4000 100000 1000000] [--connections 1 16 64] [--seconds 5] [--json FILE]

For each size it makes a catalogue with metadata, a transformer model (aws-user-personalization-v2: vectors in clusters,
counted successors, people with histories) and a list for everyone (aws-popularity-count), deploys both, and asks for 25
items with and without a filter of three clauses and 100 excluded items, in turn. Beside each row stands the bare
arithmetic of an answer, measured in the same run on the same arrays on the same core: one product of all vectors with
one person's and a top-25 by NumPy. Where an index answers, `recall@25` is that of exact search. The server has core 0,
the generator core 1, and the first seconds of a server are not measured. The models are not trained: how fast an answer
is does not depend on how good it is.

A shared machine is slow by itself now and then. `steady` is the p99 of the requests in none of whose time a fixed piece
of arithmetic, timed all the while on the generator's core, took more than one and a half times its median; `slow` is
the share of the others. Where that is more than a few hundredths, p99 says more of the machine than of the server.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from generator import ask
from steadiness import Steadiness

from penchant.contract.arns import Place
from penchant.jobs import ledger
from penchant.jobs.runner import Runner
from penchant.lake.training_set import TrainingSet
from penchant.main import build_house
from penchant.operations.api import Api
from penchant.recipes.catalog import RECIPES
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.popularity_count import PopularityModel
from penchant.serving.answering import open_answering, seal_answering
from penchant.settings import Settings
from penchant.work.all import follower, perform

PLACE = Place("000000000000", "us-east-1")
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/personalize/aws4_request, SignedHeaders=host, Signature=0"
)
V2, POPULAR = "aws-user-personalization-v2", "aws-popularity-count"
SIZE, USERS, EVENTS, SUCCESSORS, CLUSTERS = 64, 2_000, 40, 64, 400
GENRES = 12
FILTER = "INCLUDE ItemID WHERE Items.GENRE IN ($G) AND Items.PRICE < $P AND Items.YEAR >= 1990"
SERVER, GENERATOR = 0, 1
"""Their cores."""
WARM_SECONDS = 0.2
FIRST_SECONDS = 6.0
"""Of each kind of request that a new server is asked before any is measured: it opens models, loads compiled code,
prepares what explores, and reads the catalogue for the first filter, which takes some seconds once, and more for more
items."""
TURNS = 5
MOST_A_SECOND = 10_000
"""Different requests, of all connections together."""
NAMESPACE = "com.amazonaws.personalize.schema"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, nargs="+", default=[4_000, 100_000, 1_000_000])
    options.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    rows: list[dict[str, Any]] = []
    for items in given.items:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(
                data_dir=Path(folder), extended_filters=True, minimum_interactions=1, managed_exploration=True
            )
            asked = prepare(settings, items)
            facts = alone(asked)
            print(f"{items:,} items: opening takes {facts['open_ms']:.0f} ms, recall@25 {facts['recall']:.4f}")
            rows += over_http(settings, asked, facts, given)
    show(rows)
    told = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "data": f"{USERS} people of {EVENTS} events, {SIZE} dimensions, {SUCCESSORS} successors, made by this program",
        "rows": rows,
    }
    if given.json:
        given.json.write_text(json.dumps(told, indent=1))


def schema(name: str, *fields: dict[str, Any]) -> str:
    return json.dumps({"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields, "version": "1.0"})


def prepare(settings: Settings, items: int) -> dict[str, Any]:
    """Everything deployed; answers with ARNs and the folder of the transformer's model."""
    house = build_house(settings)
    api = Api(house)
    runner = Runner(house.database, follower(house), lambda job: perform(job, house))

    def call(operation: str, **request: Any) -> dict[str, Any]:
        answer = api.call(operation, request, PLACE)
        while waiting := ledger.waiting(house.database):
            for job_id in waiting:
                runner.run(job_id)
        return answer

    group = call("CreateDatasetGroup", name="bench")["datasetGroupArn"]
    text = {"type": "string"}
    schemas = {
        "Interactions": schema(
            "Interactions",
            {"name": "USER_ID", **text},
            {"name": "ITEM_ID", **text},
            {"name": "TIMESTAMP", "type": "long"},
        ),
        "Items": schema(
            "Items",
            {"name": "ITEM_ID", **text},
            {"name": "GENRE", **text, "categorical": True},
            {"name": "PRICE", "type": "float"},
            {"name": "YEAR", "type": "int"},
        ),
    }
    rng = np.random.default_rng(0)
    genres = rng.integers(0, GENRES, (items, 2)).tolist()
    prices, years = rng.uniform(0, 100, items).tolist(), rng.integers(1950, 2026, items).tolist()
    ids = item_ids(items)
    contents = {
        "Interactions": ["USER_ID,ITEM_ID,TIMESTAMP"]
        + [f"t{number % 50},{ids[number * 7 % items]},{1_700_000_000 + number}" for number in range(1_500)],
        "Items": ["ITEM_ID,GENRE,PRICE,YEAR"]
        + [f"{ids[at]},g{genres[at][0]}|g{genres[at][1]},{prices[at]:.2f},{years[at]}" for at in range(items)],
    }
    for name, lines in contents.items():
        location = settings.data_dir / "buckets" / "bench" / f"{name}.csv"
        location.parent.mkdir(parents=True, exist_ok=True)
        location.write_text("\n".join(lines) + "\n")
        made = call("CreateSchema", name=name, schema=schemas[name])["schemaArn"]
        dataset = call("CreateDataset", name=name, datasetGroupArn=group, schemaArn=made, datasetType=name)
        source = {"dataLocation": f"s3://bench/{name}.csv"}
        call("CreateDatasetImportJob", jobName=name, datasetArn=dataset["datasetArn"], dataSource=source)
    asked: dict[str, Any] = {"items": items}
    data = people(items, rng)
    for recipe in (POPULAR, V2):
        # A version of the popularity recipe is trained in no time; what it points at is then put in its place.
        arn = f"arn:aws:personalize:::recipe/{recipe}"
        solution = call("CreateSolution", name=recipe, datasetGroupArn=group, recipeArn=arn)["solutionArn"]
        version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
        folder = house.at(PLACE).artifact_folder(version)
        model = open_answering(folder).model
        shutil.rmtree(folder)
        seal_answering(folder, RECIPES[recipe](), synthetic(model, data, rng), data, {"metrics": {}})
        asked[recipe] = call("CreateCampaign", name=recipe, solutionVersionArn=version)["campaignArn"]
        asked[f"{recipe} folder"] = folder
    asked["filter"] = call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=FILTER)["filterArn"]
    house.close()
    return asked


def item_ids(items: int) -> list[str]:
    return [f"i{number:07}" for number in range(items)]


def people(items: int, rng: np.random.Generator) -> TrainingSet:
    """Histories within a cluster of items and those beside it."""
    clusters = min(CLUSTERS, items // 10)
    centre = rng.integers(0, clusters, (USERS, 1))
    steps = rng.integers(-2, 3, (USERS, EVENTS))
    chosen = (centre + steps) % clusters + clusters * rng.integers(0, items // clusters, (USERS, EVENTS))
    return TrainingSet(
        [f"u{number:05}" for number in range(USERS)],
        item_ids(items),
        np.arange(USERS + 1, dtype=np.int64) * EVENTS,
        chosen.ravel().astype(np.int32),
        np.tile(1_700_000_000 + np.arange(EVENTS), USERS).astype(np.int64),
        np.ones(USERS * EVENTS, np.float32),
    )


def synthetic(model: Any, data: TrainingSet, rng: np.random.Generator) -> Any:
    """A model of the same form as a trained one, over all items."""
    items = len(data.items)
    if isinstance(model, PopularityModel):
        ranking = np.empty(items, np.float32)
        ranking[rng.permutation(items)] = -np.arange(items, dtype=np.float32)
        return PopularityModel(ranking)
    clusters = min(CLUSTERS, items // 10)
    size = model.item_vectors.shape[1]
    centres = rng.standard_normal((clusters, size)).astype(np.float32)
    vectors = centres[np.arange(items) % clusters] + 0.6 * rng.standard_normal((items, size), np.float32)
    vectors *= np.float32(2 / np.sqrt(size))
    users = vectors[data.item.reshape(USERS, EVENTS)].mean(axis=1) * 4
    beside = (np.arange(items)[:, None] + clusters * rng.integers(0, items // clusters, (items, SUCCESSORS))) % items
    return replace(
        model,
        item_vectors=vectors,
        item_bias=(0.3 * rng.standard_normal(items)).astype(np.float32),
        user_vectors=users.astype(np.float32),
        neighbours=Neighbours(beside.astype(np.int32), rng.random((items, SUCCESSORS), np.float32), 0.8),
        neighbour_weight=0.8,
        own_weight=-2.0,
        fresh_weight=-2.0,
        start=rng.standard_normal(items).astype(np.float32),
    )


def alone(asked: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of the bare arithmetic and of opening the model, and the recall of its index, on core 0."""
    pin(SERVER)
    opening = timed(lambda: open_answering(asked[f"{V2} folder"]))
    answering = open_answering(asked[f"{V2} folder"])
    model: Any = answering.model
    matrix, vectors = np.array(model.item_vectors), np.array(model.user_vectors)
    products = [timed(lambda user=user: top(matrix @ vectors[user], 25)) for user in range(60)]
    ranking = np.array(open_answering(asked[f"{POPULAR} folder"]).model.ranking)  # type: ignore[attr-defined]
    lists = [timed(lambda: top(ranking, 25)) for _ in range(20)]
    found = []
    if answering.index is not None:
        for user in range(0, 200):
            row = answering.asked(f"u{user:05}")
            exact = set(top(model.scores(row.history, row.user), 25).tolist())
            found.append(len(exact & set(answering.score([row])[0].best(25).tolist())) / 25)
    return {
        V2: statistics.median(products) * 1e3,
        POPULAR: statistics.median(lists) * 1e3,
        "open_ms": opening * 1e3,
        "recall": float(np.mean(found)) if found else 1.0,
        "index": answering.index is not None,
    }


def top(scores: np.ndarray, count: int) -> np.ndarray:
    best = np.argpartition(scores, -count)[-count:]
    return best[np.argsort(-scores[best])]


def timed(run: Any) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def over_http(settings: Settings, asked: dict[str, Any], facts: dict[str, Any], given: Any) -> list[dict[str, Any]]:
    port = 8196
    command = [sys.executable, "-m", "penchant", "serve", "--port", str(port), "--data-dir", str(settings.data_dir)]
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "PENCHANT_EXTENDED_FILTERS": "true",
        "PENCHANT_FOLD_SECONDS": "3600",
    }
    rows = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=lambda: pin(SERVER)
    ) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            pin(GENERATOR)
            for recipe in (V2, POPULAR):
                for filtered in (False, True):
                    load(port, asked, recipe, 16, FIRST_SECONDS + asked["items"] / 200_000, filtered)
            for recipe in (V2, POPULAR):
                for connections in given.connections:
                    found = measured(port, asked, recipe, connections, given.seconds)
                    row = {
                        "items": asked["items"],
                        "recipe": recipe,
                        "connections": connections,
                        **found,
                        "bare_ms": facts[recipe],
                        "server_ms_over_bare": 1e3 / found["per_second"] / facts[recipe],
                        "recall": facts["recall"] if recipe == V2 else 1.0,
                        "index": facts["index"] and recipe == V2,
                        "open_ms": facts["open_ms"],
                    }
                    rows.append(row)
                    print(line(row), flush=True)
        finally:
            server.terminate()
    return rows


def measured(port: int, asked: dict[str, Any], recipe: str, connections: int, seconds: float) -> dict[str, Any]:
    """Without and with a filter in turn, so that a machine that grows slower does it to both."""
    turns: dict[bool, list[np.ndarray]] = {False: [], True: []}
    with Steadiness(GENERATOR) as machine:
        for turn in range(TURNS):
            for filtered, before in turns.items():
                before.append(np.array(load(port, asked, recipe, connections, seconds / TURNS, filtered, turn)))
    rates = np.array([[len(times) * TURNS / seconds for times in turns[filtered]] for filtered in (False, True)])
    row: dict[str, Any] = {"filter_adds": float(np.median(rates[0] / rates[1])) - 1}
    for filtered, name in ((False, ""), (True, "filtered_")):
        times = np.concatenate(turns[filtered])
        latencies, slow = (times[:, 1] - times[:, 0]) * 1e3, machine.slow(times[:, 0], times[:, 1])
        row |= {
            f"{name}per_second": float(rates[int(filtered)].mean()),
            f"{name}median_ms": float(np.median(latencies)),
            f"{name}p99_ms": float(np.percentile(latencies, 99)),
            f"{name}steady_p99_ms": float(np.percentile(latencies[~slow], 99)) if not slow.all() else float("nan"),
            f"{name}slow": float(slow.mean()),
        }
    return row


def load(
    port: int, asked: dict[str, Any], recipe: str, connections: int, seconds: float, filtered: bool, turn: int = 0
) -> list[tuple[float, float]]:
    """When every request of all connections was sent and answered, in seconds of time.perf_counter, after a warm-up."""
    each = int(MOST_A_SECOND * seconds / connections) + 1
    requests = [requests_of(asked, recipe, filtered, (turn, number), each) for number in range(connections)]
    return ask(port, requests, WARM_SECONDS, seconds)


def requests_of(asked: dict[str, Any], recipe: str, filtered: bool, seed: Sequence[int], count: int) -> list[bytes]:
    """Of one connection."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        request: dict[str, Any] = {"campaignArn": asked[recipe], "userId": f"u{int(rng.integers(USERS)):05}"}
        if filtered:
            genre = int(rng.integers(GENRES - 4))
            excluded = ",".join(f"i{each:07}" for each in rng.integers(0, asked["items"], 100).tolist())
            request["filterArn"] = asked["filter"]
            request["filterValues"] = {
                "G": ",".join(f'"g{genre + step}"' for step in range(4)),
                "P": "80",
                "EXCLUDE_ITEM_IDS": excluded,
            }
        body = json.dumps(request).encode()
        made.append(
            b"POST /recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
            + AUTHORIZATION.encode()
            + b"\r\nContent-Length: "
            + str(len(body)).encode()
            + b"\r\n\r\n"
            + body
        )
    return made


HEADER = (
    "    items recipe                       conn  req/s   p50 ms   p99 ms   steady slow | filtered req/s  p50 ms   "
    "p99 ms   steady slow  adds | bare ms  x bare"
)


def line(row: dict[str, Any]) -> str:
    return (
        f"{row['items']:9,} {row['recipe']:28} {row['connections']:4} {row['per_second']:6.0f} "
        f"{row['median_ms']:8.2f} {row['p99_ms']:8.2f} {row['steady_p99_ms']:8.2f} {row['slow']:4.0%} | "
        f"{row['filtered_per_second']:14.0f} {row['filtered_median_ms']:7.2f} {row['filtered_p99_ms']:8.2f} "
        f"{row['filtered_steady_p99_ms']:8.2f} {row['filtered_slow']:4.0%} {row['filter_adds']:5.0%} | "
        f"{row['bare_ms']:7.3f} {row['server_ms_over_bare']:7.2f}"
    )


def show(rows: list[dict[str, Any]]) -> None:
    print("\n" + HEADER)
    for row in rows:
        print(line(row))


def pin(core: int) -> None:
    if (os.cpu_count() or 1) > core and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


if __name__ == "__main__":
    main()
