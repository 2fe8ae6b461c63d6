"""The commands: `penchant demo`, `penchant serve`, `penchant worker`, `penchant repeat`, `penchant version`."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from . import __version__, main
from .jobs import cores
from .settings import Settings
from .store.database import away

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Penchant: Amazon Personalize that anyone can run. Every setting is also an environment variable PENCHANT_….",
)

DataDir = Annotated[Path | None, typer.Option(help="Folder of this installation.", show_default="./penchant-data")]
DatabaseUrl = Annotated[str | None, typer.Option(help="postgresql://… for many processes.", show_default="SQLite")]


def settings_from(**given: object) -> Settings:
    """Settings of the environment, with what the command line gives on top."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port of all three APIs.", show_default="8100")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Start the server, and a worker beside it. Ctrl-C ends both."""
    settings = settings_from(host=host, port=port, data_dir=data_dir, database_url=database_url)
    try:
        main.serve(settings, lambda: print(listening(settings), flush=True))
    except (ValueError, RuntimeError) as error:
        fail(error)


def listening(settings: Settings) -> str:
    return f"Penchant {__version__} listens on http://{settings.host}:{settings.port} (data in {settings.data_dir})"


@app.command()
def worker(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    name: Annotated[str | None, typer.Option(help="Name of this worker.", show_default="local")] = None,
    tethered: Annotated[bool, typer.Option(hidden=True, help="End when standard input ends.")] = False,
) -> None:
    """Start a worker alone, for an installation whose server runs elsewhere."""
    settings = settings_from(data_dir=data_dir, database_url=database_url, worker=name)
    try:
        main.run_worker(settings, tethered)
    except (ValueError, RuntimeError) as error:
        fail(error)
    except Exception as error:
        if not away(error):
            raise
        print(f"penchant: the worker cannot begin while its database or its disk is away: {error}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(os.EX_TEMPFAIL)  # whoever started it tries again; threads that were begun would hold a gentler end up


@app.command()
def demo(
    data_dir: Annotated[Path, typer.Option(help="Folder of the demo; one of an earlier demo is replaced.")] = Path(
        "demo-data"
    ),
    households: Annotated[
        int | None, typer.Option(min=1, help="Take only so many households: quicker, and the numbers say less.")
    ] = None,
) -> None:
    """Run the main job on real supermarket purchases, with a server of its own that is stopped at the end."""
    from rich.console import Console

    from .demo import tour

    try:
        tour.run(data_dir, households, Console())
    except tour.DemoFailed as error:
        fail(error)


@app.command()
def repeat(
    solution_version_arn: Annotated[str, typer.Argument(help="The version to train again.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Train a solution version again from what is recorded of it, and compare the models bit for bit."""
    from .contract.errors import ApiError

    settings = settings_from(data_dir=data_dir, database_url=database_url)
    # Sums are rounded by the number of threads that make them, which libraries read when they are imported.
    threads = cores.environment(cores.share(settings.heavy_jobs))
    if not threads.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, "-m", "penchant", *sys.argv[1:]], os.environ | threads)
    try:
        found = main.repeat(settings, solution_version_arn, lambda done, sentence: None)
    except ApiError as error:
        fail(error)
    else:
        if found:
            fail(ValueError(f"The model came out otherwise: {', '.join(found)} are not the same."))
        print("The same model, bit for bit.")


def fail(error: Exception) -> None:
    print(f"penchant: {error}", file=sys.stderr)
    raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


if __name__ == "__main__":
    app()
