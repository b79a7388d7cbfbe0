"""S3: all versions of objects, to be deleted for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ocr_drop import aws
from ocr_drop.errors import NeedsOperator

_TOGETHER = 1000


class Versions:
    """The versions and delete markers of a versioned bucket."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def of(self, bucket: str, prefix: str, *, exact: bool) -> Iterator[tuple[str, str]]:
        """Key and version id of all versions and delete markers under a prefix, or of exactly that key."""
        markers: dict[str, str] = {}
        while True:
            with aws.errors(f"list the versions in {bucket} (s3:ListBucketVersions)"):
                page = self._client.list_object_versions(Bucket=bucket, Prefix=prefix, **markers)
            for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                if not exact or entry["Key"] == prefix:
                    yield entry["Key"], entry["VersionId"]
            if not page.get("IsTruncated"):
                return
            markers = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def delete(self, bucket: str, versions: Iterable[tuple[str, str]]) -> int:
        """Delete versions for good; gives how many. What could not be deleted is still known, and told again."""
        named = [{"Key": key, "VersionId": version} for key, version in versions]
        for start in range(0, len(named), _TOGETHER):
            chunk = {"Objects": named[start : start + _TOGETHER], "Quiet": True}
            with aws.errors(f"delete versions in {bucket} (s3:DeleteObjectVersion)"):
                failed = self._client.delete_objects(Bucket=bucket, Delete=chunk).get("Errors", [])
            if failed:
                left = f"{len(failed)} versions in {bucket} could not be deleted ({failed[0].get('Code', 'unknown')})"
                raise NeedsOperator("not_deleted", f"{left}: s3:DeleteObjectVersion is needed, then forget it again")
        return len(named)
