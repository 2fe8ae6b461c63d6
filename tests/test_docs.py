"""The documentation is held against the code: nothing a customer can name lacks its line, and no link leads nowhere."""

import re
from pathlib import Path

import pytest
import typer

from penchant.cli import app
from penchant.contract import model
from penchant.operations import api  # noqa: F401 (it registers the operations)
from penchant.operations.registry import OPERATIONS
from penchant.recipes.catalog import RECIPES
from penchant.resources.kinds import KINDS
from penchant.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])


def page(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name):
    assert f"\n| `PENCHANT_{name.upper()}` |" in page("docs/settings.md")


def test_no_setting_is_told_that_does_not_exist():
    told = {name for path in DOCS for name in re.findall(r"PENCHANT_([A-Z0-9_]+)", path.read_text())}
    assert told <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("command", [name for name, found in typer.main.get_command(app).commands.items()])
def test_every_command_has_its_heading_and_its_options(command):
    section = re.search(rf"^## penchant {command}\n(.*?)(?=^## |\Z)", page("docs/commands.md"), re.M | re.S)
    assert section, f"docs/commands.md has no heading 'penchant {command}'"
    for option in typer.main.get_command(app).commands[command].params:
        if not option.hidden and option.name != "help":
            assert option.opts[0] in section[1]


@pytest.mark.parametrize("name", model.operations())
def test_every_operation_has_its_row(name):
    state = "built" if name in OPERATIONS else "not yet"
    assert f"\n| {name} | {state} |" in page("docs/operations.md")


@pytest.mark.parametrize("path", ["README.md", "docs/operations.md", "CHANGELOG.md"])
def test_the_number_of_built_operations_is_right(path):
    built, all_ = re.search(r"(\d+) of (?:AWS's |the )?(\d+)(?: operations|\.)", page(path)).groups()
    assert (int(built), int(all_)) == (len(OPERATIONS), len(model.operations()))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_its_heading_and_hyperparameters(name):
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page("docs/recipes.md"), re.M | re.S)
    assert section, f"docs/recipes.md has no heading '{name}'"
    for parameter, default in RECIPES[name].default_hyperparameters().items():
        assert f"\n| `{parameter}` | `{default}` |" in section[1]
    assert RECIPES[name].recipe_type in section[1]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_named_among_the_lives(name):
    assert f"`{name}`" in page("docs/jobs.md")


def test_every_room_is_on_the_page_of_the_architecture():
    rooms = re.search(r"layers =\n(.*?)\nexhaustive", page(".importlinter"), re.S)[1]
    told = re.search(r"## Rooms and floors.*?```\n(.*?)```", page("docs/architecture.md"), re.S)[1]
    told_rooms = {room for line in told.splitlines() for room in line.split("  ")[0].split(" | ")}
    assert {room.strip() for line in rooms.splitlines() for room in line.split("|")} - {"__main__"} == told_rooms


def test_the_commands_of_the_docs_exist_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.M))
    told = {name for path in DOCS for name in re.findall(r"(?:`|^)make ([a-z]+)", path.read_text(), re.M)}
    assert {"demo", "test", "serve"} <= told <= targets
    assert page(".ci/run").rstrip().endswith("make test")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_says_something_and_its_links_lead_somewhere(path):
    text = path.read_text()
    assert re.match(r"# \S", text), "a page begins with its title"
    assert len(text.split()) > 50
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text):
        if target.startswith("http"):
            continue
        linked = (path.parent / target) if target else path
        assert linked.is_file(), f"{path.name} links to {target}, which is not there"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.M)
            assert anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_decisions_are_numbered_and_have_the_same_parts():
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    for number, path in enumerate(decisions, 1):
        assert path.name.startswith(f"{number:04}-")
        parts = re.findall(r"^## (.*)$", path.read_text(), re.M)
        assert parts[:3] == ["What we saw", "What we chose", "What we gave up"]
