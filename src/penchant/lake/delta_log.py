"""The Delta log of a table: how it is kept, what a commit told, and the removal of what nobody reads any more."""

import json
import re
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import obstore
from deltalake import PostCommitHookProperties
from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore

PROPERTIES = {"delta.checkpointInterval": "20", "delta.enableExpiredLogCleanup": "false"}
"""Of every table. Delta's own cleaning would after 30 days take away versions that a model names; see `trim`."""
HOOKS = PostCommitHookProperties(cleanup_expired_logs=False)
"""Of every commit, because a table that was made by an earlier release lacks the properties."""
LOG_DAYS = 7.0
"""How long what a job said at its commit is remembered, in case it runs again."""
_STEP = 100
"""Commits are removed this many at a time: each time costs a checkpoint."""
_CHECKPOINTS = 5
"""So many of the newest stay. A reader may have begun with one that has just ceased to be the newest."""
_FOLDER = "_delta_log"
_NAME = re.compile(rf"{_FOLDER}/(\d{{20}})\.(json|checkpoint\..*)")


def commit_info(store: ObjectStore, version: int) -> dict[str, Any]:
    """What the commit of a version told about itself; empty where there is no such commit, or none any more."""
    try:
        content = bytes(obstore.get(store, f"{_FOLDER}/{version:020}.json").bytes())
    except (NotFoundError, FileNotFoundError):
        return {}
    actions = (json.loads(line) for line in content.splitlines())
    return next((action["commitInfo"] for action in actions if "commitInfo" in action), {})


def trim(
    store: ObjectStore, make_checkpoint: Callable[[int], None], keep: Collection[int], days: float = LOG_DAYS
) -> int:
    """Remove commits that are older than so many days, and checkpoints that nothing needs; gives the number of files.

    Versions to `keep` can be read as before, and so can all from the first commit that stays. `make_checkpoint` writes
    the checkpoint of a version. May run beside commits and readers of these versions.
    """
    commits: dict[int, datetime] = {}
    checkpoints: dict[int, list[str]] = {}
    paths: dict[int, str] = {}
    for meta in (meta for batch in obstore.list(store, f"{_FOLDER}/") for meta in batch):
        if match := _NAME.fullmatch(meta["path"]):
            version = int(match[1])
            if match[2] == "json":
                commits[version], paths[version] = meta["last_modified"], meta["path"]
            else:
                checkpoints.setdefault(version, []).append(meta["path"])
    if not commits:
        return 0
    first, before = min(commits), datetime.now(UTC) - timedelta(days=days)
    if first:
        # Before it nothing can be read but versions with a checkpoint of their own. Commits may be left of a trimming
        # that was broken off.
        first = min((version for version in checkpoints if version >= first), default=first)
    old = list(takewhile(lambda version: commits[version] < before, sorted(commits)))
    floor = old[-1] if old and old[-1] - first >= _STEP else first
    for version in sorted({floor, *keep}):
        # Those before the first commit have theirs already, and those from the new first one on need none.
        if first <= version <= floor and floor > first and version in commits and version not in checkpoints:
            make_checkpoint(version)
    needed = {floor, *keep, *sorted(version for version in checkpoints if version > floor)[-_CHECKPOINTS:]}
    gone = [path for version, path in paths.items() if version < floor]
    gone += [path for version, found in checkpoints.items() if version not in needed for path in found]
    if gone:
        with suppress(NotFoundError, FileNotFoundError):  # another machine removes them too
            obstore.delete(store, gone)
    return len(gone)
