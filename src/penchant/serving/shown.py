"""The memory of what was shown: each answered list is found again by its recommendationId, in any process.

Lists are appended to segment files in one folder that all processes of an installation share. An id says by itself
where its list lies (segment, offset) and has bits that stand beside the list too, so there is no index, and an id that
is wrong, forged, old or of another service finds nothing.
"""

import logging
import os
import secrets
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

log = logging.getLogger(__name__)

PREFIX = "RID-"
"""Of ids in Amazon's look: 40 characters with the 36 of a UUID, which is as long as PutEvents takes."""
OFFSET_BITS, CHECK_BITS = 32, 58
"""Behind the 32 bits of the segment's number: together the 122 bits that a UUID of version 8 leaves free (RFC 9562)."""
SEGMENT_BYTES = 64 * 1024 * 1024
"""A segment with so much is full, and the process begins another."""
SEGMENT_SECONDS = 3600
"""So does it when its segment is so old. One that nobody wrote to for so long is therefore written to no more."""
WRITE_SECONDS = 0.05
"""Pause between two writes: how long a list is known to the process that showed it only."""
HEADER = struct.Struct("<QII")
"""Before a list: its check bits, its bytes, their CRC-32."""
DRAWN = 512
"""Numbers that the system is asked for at a time."""
FIRST_READ = 4096
"""Bytes read at first, in which a list of 25 items fits."""
HOUR = 3600

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[float, str, str, list[str], bytes | None]).decode


class ShownList(msgspec.Struct, frozen=True):
    """What was answered to whom."""

    moment: float
    """Seconds since the epoch."""
    source: str
    """ARN of the campaign or recommender."""
    user_id: str
    items: list[str]
    """Ids, in the order shown."""
    propensities: bytes | None = None
    """(n,) float16 (see `packed`): the probability of each item to be in the list. None: all 1, nothing was left to
    chance."""

    @property
    def probabilities(self) -> np.ndarray:
        """(n,) float32."""
        if self.propensities is None:
            return np.ones(len(self.items), np.float32)
        return np.frombuffer(self.propensities, np.float16).astype(np.float32)


def packed(probabilities: np.ndarray | None) -> bytes | None:
    """Propensities as a list keeps them: to three digits, in two bytes each."""
    return None if probabilities is None else probabilities.astype(np.float16).tobytes()


class Shown:
    """`hours` is how long a list is found; `bytes_` is what all segments may have together (see `tidy`).

    Nothing is synced to the disk. A process that dies loses the lists of its last `WRITE_SECONDS`, a power cut those of
    about half a minute. A list that is lost is not found, and that is all.
    """

    def __init__(self, folder: Path, hours: float, bytes_: int):
        self.folder, self.hours, self.bytes = folder, hours, bytes_
        self._lock = threading.Lock()
        self._chance = Chance()
        self._segment: Segment | None = None
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._writing: dict[tuple[int, int], bytes] = {}
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def note(self, shown: ShownList) -> str:
        """Remember a list, and give the recommendationId by which `find` finds it. A few microseconds; never raises.

        Where no segment can be begun (the disk is full) the id is one that finds nothing.
        """
        told = (shown.moment, shown.source, shown.user_id, shown.items, shown.propensities)
        body = _encode(told)
        crc = zlib.crc32(body)
        with self._lock:
            check = self._chance.bits()
            record = HEADER.pack(check, len(body), crc) + body
            try:
                segment = self._room()
            except OSError:
                log.exception("no file can be made in %s; what is shown is not remembered", self.folder)
                return f"{PREFIX}{uuid.uuid4()}"
            offset = segment.size
            segment.size += len(record)
            idle = not self._waiting
            self._waiting[segment.number, offset] = record
        if idle:
            self._wake.set()
        return text_of(segment.number, offset, check)

    def find(self, recommendation_id: str) -> ShownList | None:
        """The list that was answered with an id, in this process or another. None for every other text."""
        place = place_of(recommendation_id)
        if place is None:
            return None
        number, offset, check = place
        record = self._at_hand(number, offset) or self._stored(number, offset)
        body = body_of(record, check)
        if body is None:
            return None
        shown = ShownList(*_decode(body))
        return shown if shown.moment >= time.time() - self.hours * HOUR else None

    def tidy(self) -> None:
        """Delete segments whose lists are all too old, then the oldest until the rest is within `bytes`.

        Spared are those that a process may still write to: one for each, and less than full.
        """
        now = time.time()
        segments = sorted(self._segments())  # the oldest first
        total = sum(size for _, size, _ in segments)
        for written, size, path in segments:
            over = total > self.bytes and (size >= SEGMENT_BYTES or written < now - SEGMENT_SECONDS)
            if over or written < now - max(self.hours * HOUR, SEGMENT_SECONDS):
                with suppress(FileNotFoundError):  # another worker was quicker
                    path.unlink()
                total -= size

    def close(self) -> None:
        """Write what waits. Nothing may be noted afterwards."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _room(self) -> "Segment":
        """The segment that the next list goes into."""
        segment = self._segment
        if segment is None or segment.size >= SEGMENT_BYTES or time.monotonic() > segment.ends:
            segment = self._segment = Segment.begin(self.folder)
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_on, name="shown lists", daemon=True)
            self._thread.start()
        return segment

    def _at_hand(self, number: int, offset: int) -> bytes | None:
        with self._lock:
            return self._waiting.get((number, offset)) or self._writing.get((number, offset))

    def _stored(self, number: int, offset: int) -> bytes:
        """The record as the file has it, or as much as there is. A segment that is gone is empty."""
        try:
            with (self.folder / name_of(number)).open("rb", buffering=0) as file:
                record = os.pread(file.fileno(), FIRST_READ, offset)
                if len(record) == FIRST_READ:
                    whole = HEADER.size + HEADER.unpack_from(record)[1]
                    # A wrong offset reads any number here.
                    if FIRST_READ < whole <= os.fstat(file.fileno()).st_size - offset:
                        record += os.pread(file.fileno(), whole - FIRST_READ, offset + FIRST_READ)
                return record
        except OSError:
            return b""

    def _write_on(self) -> None:
        """What the thread does."""
        while not self._ended.is_set():
            self._wake.wait()
            self._wake.clear()
            self._write()
            self._ended.wait(WRITE_SECONDS)
        self._write()

    def _write(self) -> None:
        with self._lock:
            self._writing, self._waiting = self._waiting, {}
        for number, records in grouped(self._writing).items():
            try:
                with (self.folder / name_of(number)).open("r+b") as file:
                    file.seek(records[0][0])
                    file.write(b"".join(record for _, record in records))
            except OSError:
                log.exception("lists that were shown could not be written into %s, and are forgotten", self.folder)
                self._abandon(number)
        with self._lock:
            self._writing = {}

    def _abandon(self, number: int) -> None:
        """Begin another segment with the next list, if this is the present one: somebody may have deleted its file."""
        with self._lock:
            if self._segment is not None and self._segment.number == number:
                self._segment = None

    def _segments(self) -> list[tuple[float, int, Path]]:
        """(last written, bytes, path)."""
        found = []
        with suppress(FileNotFoundError):
            for entry in os.scandir(self.folder):
                with suppress(FileNotFoundError):
                    state = entry.stat()
                    found.append((state.st_mtime, state.st_size, Path(entry.path)))
        return found


@dataclass(slots=True)
class Segment:
    number: int
    size: int
    """Bytes of the lists that were given a place in it."""
    ends: float
    """On the monotonic clock: when it is too old for another list."""

    @classmethod
    def begin(cls, folder: Path) -> "Segment":
        """A new one, whose file no other process has. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            number = secrets.randbits(32)
            try:
                (folder / name_of(number)).touch(exist_ok=False)
            except FileExistsError:
                continue
            return cls(number, 0, time.monotonic() + SEGMENT_SECONDS)


class Chance:
    """Check bits that nobody can guess. The system is asked for many at a time: a call of it costs more than the rest
    of a note."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = iter(())

    def bits(self) -> int:
        """CHECK_BITS of them. One thread at a time."""
        number = next(self._numbers, None)
        if number is None:
            self._numbers = iter(struct.unpack(f"{DRAWN}Q", os.urandom(8 * DRAWN)))
            number = next(self._numbers)
        return number >> 64 - CHECK_BITS


def name_of(number: int) -> str:
    return f"{number:08x}"


def grouped(waiting: dict[tuple[int, int], bytes]) -> dict[int, list[tuple[int, bytes]]]:
    """By segment: records one behind the other, each with its offset."""
    segments: dict[int, list[tuple[int, bytes]]] = {}
    for (number, offset), record in waiting.items():
        segments.setdefault(number, []).append((offset, record))
    return segments


def text_of(number: int, offset: int, check: int) -> str:
    free = (number << OFFSET_BITS | offset) << CHECK_BITS | check
    high, middle, low = free >> 74, free >> 62 & 0xFFF, free & (1 << 62) - 1
    digits = f"{high << 80 | 8 << 76 | middle << 64 | 2 << 62 | low:032x}"
    return f"{PREFIX}{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def place_of(recommendation_id: str) -> tuple[int, int, int] | None:
    """Segment, offset and check bits; None for a text that no `text_of` gave."""
    try:
        number = int(recommendation_id.removeprefix(PREFIX).replace("-", ""), 16)
    except ValueError:
        return None
    free = (number >> 80) << 74 | (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1
    place = free >> CHECK_BITS + OFFSET_BITS, free >> CHECK_BITS & (1 << OFFSET_BITS) - 1, free & (1 << CHECK_BITS) - 1
    # Python reads more than we write: signs, spaces, capitals, digits of other scripts.
    return place if 0 <= number < 1 << 128 and text_of(*place) == recommendation_id else None


def body_of(record: bytes, check: int) -> bytes | None:
    """What a record holds, if it is whole and has these check bits."""
    if len(record) < HEADER.size:
        return None
    found, length, crc = HEADER.unpack_from(record)
    body = record[HEADER.size : HEADER.size + length]
    return body if found == check and len(body) == length and zlib.crc32(body) == crc else None
