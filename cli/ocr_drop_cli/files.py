"""Files of this machine and the keys that they are put under; and which of them the bucket holds already."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

PART = 8 * 1024 * 1024
"""Bytes from which a file goes up in parts of that size: the ETag of such an object depends on it."""

_TRANSFER = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)


@dataclass(frozen=True)
class File:
    """A file and its key."""

    path: Path
    key: str


def found(paths: Iterable[Path], prefix: str) -> list[File]:
    """Each file under its name, those of a folder under their way from it, hidden ones left out.

    Raises `click.UsageError` when two would have the same key: nobody guesses which one was meant.
    """
    files: dict[str, File] = {}
    for path in paths:
        for file in _of_folder(path, prefix) if path.is_dir() else [File(path, prefix + _text(path.name))]:
            if files.setdefault(file.key, file) != file:
                raise click.UsageError(f"{files[file.key].path} and {file.path} would both be put under {file.key}")
    if not files:
        raise click.UsageError("there is no file to put")
    return sorted(files.values(), key=lambda file: file.key)


def _of_folder(folder: Path, prefix: str) -> Iterator[File]:
    for path in folder.rglob("*"):
        way = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in way.parts):
            yield File(path, prefix + _text(way.as_posix()))


def _text(name: str) -> str:
    """A name that is no text, which file systems allow and S3 does not, loses what is none."""
    return name.encode("utf-8", "replace").decode()


def put(s3: Any, bucket: str, file: File) -> tuple[str, bool]:
    """Put a file, unless its key holds the same bytes; gives its ETag, and whether it was put."""
    size, there = file.path.stat().st_size, _there(s3, bucket, file.key)
    if there and there["ContentLength"] == size and there["ETag"].strip('"') == e_tag(file.path):
        return there["ETag"].strip('"'), False
    kind = mimetypes.guess_type(file.key)[0] or "application/octet-stream"
    s3.upload_file(str(file.path), bucket, file.key, ExtraArgs={"ContentType": kind}, Config=_TRANSFER)
    now = _there(s3, bucket, file.key)
    return (now["ETag"].strip('"') if now else ""), True


def _there(s3: Any, bucket: str, key: str) -> Any:
    try:
        return s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise


def e_tag(path: Path) -> str:
    """The ETag that S3 gives these bytes when `put` uploads them: MD5, of the parts' digests where there are parts."""
    digests = []
    with path.open("rb") as file:
        while part := file.read(PART):
            digests.append(hashlib.md5(part, usedforsecurity=False).digest())
    if path.stat().st_size < PART:
        return (b"".join(digests) or hashlib.md5(usedforsecurity=False).digest()).hex()
    return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"
