"""Where customers' files lie: s3://, gs://, az:// and file:// locations, opened through obstore.

Without an S3 configured, `s3://BUCKET/KEY` is the file `BUCKET/KEY` in a folder of this installation, so that a first
import needs no object store at all. Nothing here reads the environment: the constructor is handed everything.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, from_url

_CREDENTIAL_SERVICE = "169.254.169.254"
READ_AHEAD = 8 * 2**20
"""Bytes fetched at once from a remote store."""


class LocationError(ValueError):
    """There is nothing to read or no way to write at a location. The message is for the customer."""


class AccessDenied(LocationError):
    """The store knows the location and refuses us."""


@dataclass(frozen=True)
class Source:
    """One file to read."""

    name: str
    """Its full location, for messages."""
    size: int
    """Bytes."""
    open: Callable[[], BinaryIO]
    """A fresh binary stream from the start of the file. The caller closes it."""


class Objects:
    """Reads and writes locations.

    `buckets` is the folder that stands in for S3. `s3_endpoint` (an http or https URL) or `s3_from_aws` replaces it by
    the real thing. `options` are obstore's store settings, for example `aws_access_key_id`; what they lack, obstore
    looks up as AWS, Google and Azure document it. `allow_files` opens
    file:// to whoever may name a location. `retry_seconds` is how long a store that does not answer is tried.
    """

    def __init__(
        self,
        buckets: Path,
        s3_endpoint: str | None = None,
        s3_from_aws: bool = False,
        allow_files: bool = True,
        options: Mapping[str, str] | None = None,
        retry_seconds: float = 30.0,
    ) -> None:
        self._buckets = buckets
        self._s3_endpoint = s3_endpoint
        self._s3_is_local = not (s3_endpoint or s3_from_aws)
        self._allow_files = allow_files
        self._options = dict(options or {})
        self._retry = {"max_retries": 5, "retry_timeout": timedelta(seconds=retry_seconds)}

    def sources(self, location: str, *, recursive: bool = False) -> list[Source]:
        """The file at `location`; for a folder (it ends with "/") the files of its first level, by name; with
        `recursive`, of every level.

        Zero-byte objects and names starting with "_" or "." in a folder are markers, not data. Raises `LocationError`
        when nothing is there, `AccessDenied` when the store refuses.
        """
        store, path = self._open(location)
        folder = path == "" or location.endswith("/")
        try:
            if folder:
                listed = (
                    [meta for batch in obstore.list(store, path or None) for meta in batch]
                    if recursive
                    else obstore.list_with_delimiter(store, path or None)["objects"]
                )
                metas = sorted((meta for meta in listed if _is_data(meta)), key=lambda meta: meta["path"])
            else:
                metas = [obstore.head(store, path)]
        except (NotFoundError, FileNotFoundError):
            metas = []
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            raise _denied(location, error) from error
        except Exception as error:
            raise _unreachable(location, error) from error
        if not metas:
            hint = "" if folder else " A folder must end with a slash."
            raise LocationError(
                f"Invalid Data location. There is no {'file in' if folder else 'file'} {location}.{hint}"
            )
        scheme, bucket, _ = _parts(location)
        if isinstance(store, LocalStore):
            for meta in metas:
                _stay_within(Path(str(store.prefix or "/")), meta["path"], location)
        return [Source(f"{scheme}://{bucket}/{m['path']}", m["size"], _opener(store, m["path"])) for m in metas]

    def put(self, location: str, content: bytes | Iterable[bytes]) -> None:
        """Write one object whole, over whatever is there; pieces are sent on as they come, and count when all have."""
        store, path = self._open(location, create=True)
        if not path or location.endswith("/"):
            raise LocationError(f"Invalid Data location. {location} names a folder, not a file to write.")
        try:
            if isinstance(content, bytes):
                obstore.put(store, path, content)
            else:
                # Not put() with an iterator: it calls the iterator from inside its own event loop, where one that
                # reads another object cannot.
                with obstore.open_writer(store, path) as writer:
                    for piece in content:
                        writer.write(piece)
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            raise _denied(location, error) from error
        except (BaseError, OSError) as error:  # what the pieces themselves raise is not the store's doing
            raise _unreachable(location, error) from error

    def remove(self, location: str) -> None:
        """Remove one object. An absent one stays so."""
        store, path = self._open(location)
        try:
            obstore.delete(store, path)
        except (NotFoundError, FileNotFoundError):
            return
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            raise _denied(location, error) from error
        except Exception as error:
            raise _unreachable(location, error) from error

    def delete_prefix(self, location: str) -> int:
        """Remove every object under a folder, at any depth; gives their number. An absent folder has none."""
        store, path = self._open(location)
        if not path:
            raise LocationError(f"Invalid Data location. {location} is a whole bucket, which is not deleted.")
        try:
            paths = [meta["path"] for batch in obstore.list(store, path) for meta in batch]
            if paths:
                obstore.delete(store, paths)
        except (NotFoundError, FileNotFoundError):
            return 0
        except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
            raise _denied(location, error) from error
        return len(paths)

    def _open(self, location: str, create: bool = False) -> tuple[ObjectStore, str]:
        """The store that holds a location and the path in it, without a slash at either end."""
        scheme, bucket, path = _parts(location)
        if scheme == "file":
            if not self._allow_files:
                raise LocationError(f"Invalid Data location. This installation does not read file:// ({location}).")
            return LocalStore("/"), path
        if scheme == "s3" and self._s3_is_local:
            root = self._buckets / bucket
            if create:
                root.mkdir(parents=True, exist_ok=True)
            if not root.is_dir():
                raise LocationError(
                    f"Invalid Data location. There is no bucket {bucket}: no S3 is configured, "
                    f"so {location} is looked for in the folder {root}."
                )
            _stay_within(root, path, location)
            return LocalStore(root), path
        config = dict(self._options)
        if scheme == "s3" and self._s3_endpoint:
            # Servers other than AWS seldom have a host name per bucket, and often speak plain http.
            plain = str(self._s3_endpoint.startswith("http://"))
            config |= {"endpoint": self._s3_endpoint, "virtual_hosted_style_request": "false", "allow_http": plain}
        try:
            store = open_store(f"{scheme}://{bucket}", config, self._retry)
        except Exception as error:
            raise _unreachable(location, error) from error
        return store, path


def _parts(location: str) -> tuple[str, str, str]:
    scheme, _, rest = location.partition("://")
    if scheme == "file":
        bucket, path = "", rest
    else:
        bucket, path = urlsplit(f"//{rest}").netloc, rest.partition("/")[2]
    if scheme not in ("s3", "gs", "az", "file") or not (bucket or scheme == "file") or not rest:
        raise LocationError(
            f"Invalid Data location. {location!r} must look like s3://bucket/file.csv or s3://bucket/folder/ "
            "(gs://, az:// and file:// likewise)."
        )
    names = path.strip("/").split("/")
    if bucket in (".", "..") or any(name in (".", "..") for name in names) or "\\" in bucket or "\0" in location:
        raise LocationError(f"Invalid Data location. {location!r} must not hold '.' or '..' as a name.")
    return scheme, bucket, path.strip("/")


def _stay_within(root: Path, path: str, location: str) -> None:
    # A link in the bucket could still lead out of it.
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise LocationError(f"Invalid Data location. {location} leads out of its bucket.")


def _is_data(meta: Any) -> bool:
    name = meta["path"].rpartition("/")[2]
    return meta["size"] > 0 and not name.startswith(("_", "."))


def _opener(store: ObjectStore, path: str) -> Callable[[], BinaryIO]:
    if isinstance(store, LocalStore):
        file = Path(str(store.prefix or "/")) / path
        return lambda: file.open("rb")
    return lambda: cast(BinaryIO, io.BufferedReader(_Remote(store, path), READ_AHEAD))


class _Remote(io.RawIOBase):
    """An object as a file of plain bytes; obstore's own reader gives a type of its own."""

    def __init__(self, store: ObjectStore, path: str) -> None:
        self._file = obstore.open_reader(store, path, buffer_size=READ_AHEAD)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.read(len(buffer))
        buffer[: len(read)] = memoryview(read)
        return len(read)


def open_store(url: str, options: Mapping[str, str], retry: Mapping[str, Any] | None = None) -> ObjectStore:
    """The object store at a URL, with settings as deltalake takes them (`AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, ...)."""
    config = {name.lower(): value for name, value in options.items()}
    allow_http = str(config.pop("aws_allow_http", config.pop("allow_http", ""))).lower() in ("true", "1")
    return cast(
        ObjectStore,
        from_url(
            url,
            config=cast(Any, config),
            client_options={"allow_http": allow_http},
            retry_config=cast(Any, dict(retry) if retry else None),
        ),
    )


def _denied(location: str, error: Exception) -> AccessDenied:
    return AccessDenied(f"Insufficient privileges for accessing data in Amazon S3. {location}: {_brief(error)}")


def _unreachable(location: str, error: Exception) -> LocationError:
    brief = _brief(error)
    if "NoSuchBucket" in str(error):
        brief = "there is no such bucket."
    if _CREDENTIAL_SERVICE in brief:
        # Asking that address is the last thing obstore tries; its answer would only mislead.
        brief = "no credentials are configured for it (for example AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)."
    return LocationError(f"Invalid Data location. {location} cannot be reached: {brief}")


def _brief(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
