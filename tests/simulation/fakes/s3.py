"""Versioned buckets in memory: put, get, head, delete and list, with their conditions."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulation.fakes.refusals import refusal


@dataclass(frozen=True)
class Version:
    """One version of an object; `data` is None for a delete marker."""

    version_id: str
    data: bytes | None = field(repr=False)
    content_type: str = "binary/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    at: float = 0.0

    @property
    def e_tag(self) -> str:
        return f'"{hashlib.md5(self.data or b"", usedforsecurity=False).hexdigest()}"'


class S3:
    """The client of a few buckets, each of them versioned. `clock` tells when an object was put, `told` hears of it."""

    def __init__(self, *buckets: str, clock: Any = lambda: 0.0, told: Any = lambda *_: None) -> None:
        self._told = told
        self.buckets: dict[str, dict[str, list[Version]]] = {bucket: {} for bucket in buckets}
        self._clock = clock
        self._count = 0

    def put_object(self, *, Bucket: str, Key: str, Body: bytes = b"", **asked: Any) -> dict[str, Any]:
        there = self._latest("PutObject", Bucket, Key)
        if asked.get("IfNoneMatch") == "*" and there:
            raise refusal("PutObject", "PreconditionFailed")
        if "IfMatch" in asked and not there:
            raise refusal("PutObject", "NoSuchKey")
        if "IfMatch" in asked and there and there.e_tag != asked["IfMatch"]:
            raise refusal("PutObject", "PreconditionFailed")
        content_type = asked.get("ContentType", "binary/octet-stream")
        version = self._add(Bucket, Key, Body, content_type, asked.get("Metadata", {}))
        return {"ETag": version.e_tag, "VersionId": version.version_id}

    def get_object(self, *, Bucket: str, Key: str, **asked: Any) -> dict[str, Any]:
        version = self._found("GetObject", Bucket, Key, asked)
        return {**_head(version), "Body": io.BytesIO(version.data or b"")}

    def head_object(self, *, Bucket: str, Key: str, **asked: Any) -> dict[str, Any]:
        return _head(self._found("HeadObject", Bucket, Key, asked))

    def delete_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:
        self._versions("DeleteObject", Bucket)
        return {"DeleteMarker": True, "VersionId": self._add(Bucket, Key, None, "", {}).version_id}

    def list_objects_v2(self, *, Bucket: str, Prefix: str = "", MaxKeys: int = 1000, **asked: Any) -> dict[str, Any]:
        latest = {key: versions[-1] for key, versions in self._versions("ListObjectsV2", Bucket).items()}
        after = asked.get("ContinuationToken") or asked.get("StartAfter") or ""
        keys = sorted(
            (key for key, version in latest.items() if version.data is not None and key.startswith(Prefix)),
            key=str.encode,
        )
        keys = [key for key in keys if key.encode() > after.encode()]
        page = keys[:MaxKeys]
        contents = [_listed(key, latest[key]) for key in page]
        more = len(keys) > len(page)
        answer = {"IsTruncated": more, "KeyCount": len(page), **({"Contents": contents} if contents else {})}
        return {**answer, "NextContinuationToken": page[-1]} if more and page else answer

    def _versions(self, operation: str, bucket: str) -> dict[str, list[Version]]:
        if bucket not in self.buckets:
            raise refusal(operation, "NoSuchBucket")
        return self.buckets[bucket]

    def _latest(self, operation: str, bucket: str, key: str) -> Version | None:
        versions = self._versions(operation, bucket).get(key)
        return versions[-1] if versions and versions[-1].data is not None else None

    def _add(self, bucket: str, key: str, data: bytes | None, content_type: str, metadata: Any) -> Version:
        self._count += 1
        version = Version(f"v{self._count:06}", data, content_type, dict(metadata), self._clock())
        self.buckets[bucket].setdefault(key, []).append(version)
        self._told(bucket, key, version)
        return version

    def _found(self, operation: str, bucket: str, key: str, asked: Mapping[str, Any]) -> Version:
        """The version that is asked for. HeadObject's refusals have no body, so their code is the bare status."""
        head = operation == "HeadObject"
        if "VersionId" in asked:
            versions = self._versions(operation, bucket).get(key, [])
            version = next((one for one in versions if one.version_id == asked["VersionId"]), None)
            if version is None:
                raise refusal(operation, "404" if head else "NoSuchVersion")
            if version.data is None:
                raise refusal(operation, "MethodNotAllowed")
        else:
            version = self._latest(operation, bucket, key)
            if version is None:
                raise refusal(operation, "404" if head else "NoSuchKey")
        if "IfMatch" in asked and version.e_tag != asked["IfMatch"]:
            raise refusal(operation, "PreconditionFailed")
        return version


def _head(version: Version) -> dict[str, Any]:
    return {
        "ETag": version.e_tag,
        "VersionId": version.version_id,
        "ContentLength": len(version.data or b""),
        "ContentType": version.content_type,
        "Metadata": dict(version.metadata),
        "LastModified": datetime.fromtimestamp(version.at, UTC),
    }


def _listed(key: str, version: Version) -> dict[str, Any]:
    head = _head(version)
    return {"Key": key, "ETag": head["ETag"], "Size": head["ContentLength"], "LastModified": head["LastModified"]}
