"""One sealed folder: `arrays.safetensors` and `manifest.json`. It is complete if and only if its manifest exists.

Opening maps the arrays into memory, so that ten campaigns on one model cost one and a large model opens at once.
"""

import json
import mmap
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

ARRAYS, MANIFEST = "arrays.safetensors", "manifest.json"
UPDATES = "updates"
"""Folder, in that of a model as it was trained, of the models that it was updated to since."""
FORMAT = 3
"""1 and 2 had fewer arrays in a model."""
POPULATE_READ = 22
"""Linux's MADV_POPULATE_READ: map the whole file now, which takes microseconds for a megabyte."""

DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "U64": np.uint64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
"""safetensors' names; the format is little-endian, as every machine that runs this is."""


@dataclass(frozen=True)
class Artifact:
    manifest: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    """Read-only memory maps."""


def seal(folder: Path, arrays: Mapping[str, np.ndarray], manifest: Mapping[str, Any]) -> None:
    """Write an artifact. What an attempt that died left in the folder is replaced; a sealed one is kept as it is."""
    if (folder / MANIFEST).exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, folder / ARRAYS)
    synced(folder / ARRAYS)
    draft = folder / f"{MANIFEST}.draft"
    draft.write_text(json.dumps({**manifest, "format": FORMAT}, indent=1))
    synced(draft)
    os.replace(draft, folder / MANIFEST)
    synced(folder)


class OtherRelease(ValueError):
    """What was sealed has the format of another release."""


def open_sealed(folder: Path) -> Artifact:
    """Raises FileNotFoundError where nothing is sealed, and OtherRelease."""
    return Artifact(read_manifest(folder), mapped(folder / ARRAYS))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Without the arrays. Raises as `open_sealed` does."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    if manifest["format"] != FORMAT:
        raise OtherRelease(
            f"{folder.name} was sealed by another release of Penchant, with artifact format {manifest['format']}; this "
            f"one reads format {FORMAT}. Train it again: create a new solution version."
        )
    return manifest


def mapped(path: Path) -> dict[str, np.ndarray]:
    """Every array of a safetensors file, as read-only views of one memory map.

    (The safetensors library itself copies each array when it opens for NumPy.) File format: 8 bytes with the length of
    a JSON header, the header, the data. https://huggingface.co/docs/safetensors
    """
    whole = np.memmap(path, mode="r")
    with suppress(OSError, ValueError):  # where the kernel is too old for it, pages come one by one as they are touched
        if isinstance(whole.base, mmap.mmap):
            whole.base.madvise(POPULATE_READ)
    length = int(whole[:8].view("<u8")[0])
    header = json.loads(whole[8 : 8 + length].tobytes())
    data = whole[8 + length :]
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            dtype = np.dtype(DTYPES[entry["dtype"]])
            arrays[name] = data[start:end].view(np.ndarray).view(dtype).reshape(entry["shape"])
    return arrays


def synced(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
