"""How long control-plane calls take with a full book, beside a bare insert and select of the same database.

    python bench/control_plane.py [--resources 10000] [--database-url postgresql://…] [--json FILE]

Fills the book with schemas, then times each operation in turn with the bare statements, in this process and over HTTP
with boto3. Medians in milliseconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import boto3
import sqlalchemy as sa

from penchant.contract.arns import Place
from penchant.house import House
from penchant.main import build_house
from penchant.operations.api import Api
from penchant.resources import book
from penchant.resources.kinds import KINDS
from penchant.settings import Settings
from penchant.store.tables import resources

PLACE = Place("000000000000", "us-east-1")
PORT = 8198
TURNS = 200
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Users",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": "int"}],
        "version": "1.0",
    }
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--resources", type=int, default=10_000)
    options.add_argument("--database-url")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plenty = dict.fromkeys(KINDS, 10**6)
        settings = Settings(data_dir=Path(folder), database_url=given.database_url, quotas=plenty)
        house = build_house(settings)
        fill(house, given.resources)
        rows = measure(house, in_process(house), "in process")
        with subprocess.Popen(serve(settings), stdout=subprocess.PIPE, text=True, env=environment(settings)) as server:
            try:
                assert server.stdout is not None
                print(server.stdout.readline().strip())
                rows |= measure(house, over_http(), "boto3 over HTTP")
            finally:
                server.terminate()
        house.close()
    for name, row in rows.items():
        print(f"{name:42}" + "".join(f"  {key} {value:8.3f}" for key, value in row.items()))
    if given.json:
        given.json.write_text(json.dumps({"resources": given.resources, **rows}, indent=1))


def serve(settings: Settings) -> list[str]:
    return [sys.executable, "-m", "penchant", "serve", "--port", str(PORT), "--data-dir", str(settings.data_dir)]


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, **settings.environment(), "PENCHANT_PORT": str(PORT)}


def fill(house: House, number: int) -> None:
    """Straight into the book: what is timed is a full one, not the filling."""
    with house.writing() as connection:
        for each in range(number):
            name = f"filler{each}"
            arn = PLACE.arn("schema", name)
            book.enter(connection, KINDS["schema"], {"name": name, "schema": SCHEMA, "schemaArn": arn})


Call = Callable[..., object]


def in_process(house: House) -> Call:
    api = Api(house)
    return lambda operation, **request: api.call(operation, request, PLACE)


def over_http() -> Call:
    client = boto3.client(
        "personalize",
        endpoint_url=f"http://127.0.0.1:{PORT}",
        region_name=PLACE.region,
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    names = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    return lambda operation, **request: getattr(client, names[operation])(**request)


def measure(house: House, call: Call, where: str) -> dict[str, dict[str, float]]:
    """Medians of each operation, taking turns with the bare statements."""
    seconds: dict[str, list[float]] = {}

    def timed(name: str, run: Callable[[], object]) -> None:
        began = time.perf_counter()
        run()
        seconds.setdefault(name, []).append(time.perf_counter() - began)

    mark = where.replace(" ", "-")
    for turn in range(TURNS):
        arn = PLACE.arn("schema", f"{mark}{turn}")
        group = PLACE.arn("dataset-group", f"{mark}{turn}")
        timed("bare insert", lambda turn=turn: insert(house, f"{mark}-bare{turn}"))
        timed("bare select", lambda: select(house, PLACE.arn("schema", "filler77")))
        timed("CreateSchema", lambda turn=turn: call("CreateSchema", name=f"{mark}{turn}", schema=SCHEMA))
        timed("DescribeSchema", lambda arn=arn: call("DescribeSchema", schemaArn=arn))
        timed("CreateDatasetGroup", lambda turn=turn: call("CreateDatasetGroup", name=f"{mark}{turn}"))
        timed("DescribeDatasetGroup", lambda group=group: call("DescribeDatasetGroup", datasetGroupArn=group))
        timed("ListSchemas, 100 of them", lambda: call("ListSchemas"))
        timed("ListDatasets of a group", lambda group=group: call("ListDatasets", datasetGroupArn=group))
        timed("DeleteSchema", lambda arn=arn: call("DeleteSchema", schemaArn=arn))
    medians = {name: statistics.median(values) * 1e3 for name, values in seconds.items()}
    bare = {"insert": medians.pop("bare insert"), "select": medians.pop("bare select")}
    writes = ("Create", "Delete")
    return {
        f"{name} ({where})": {
            "ms": value,
            "bare ms": bare["insert" if name.startswith(writes) else "select"],
            "ratio": value / bare["insert" if name.startswith(writes) else "select"],
        }
        for name, value in medians.items()
    }


def insert(house: House, name: str) -> None:
    row = {"arn": name, "kind": "bare", "account": "", "region": "", "document": SCHEMA, "created": 0.0}
    with house.database.write() as connection:
        connection.execute(sa.insert(resources).values(row))


def select(house: House, arn: str) -> None:
    with house.database.read() as connection:
        connection.execute(sa.select(resources.c.document).where(resources.c.arn == arn)).one()


if __name__ == "__main__":
    main()
