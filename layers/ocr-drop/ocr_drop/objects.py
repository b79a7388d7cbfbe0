"""S3: fetch an upload, keep a paid answer, store what was made of it.

In the results bucket `<source key>.json`, `.txt` and `.raw.json` belong to the newest upload of the key;
`.ocr-drop/answers/...` holds each raw answer once, by content, before anything else is done with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from urllib3.exceptions import HTTPError

from ocr_drop import aws
from ocr_drop.errors import BadInput, Gone, OcrDropError, Superseded, TryLater, Unreadable
from ocr_drop.model import Content, Listed, Source, Upload

KEPT = ".ocr-drop/"
"""Where kept answers are: no source key may begin so, or its results would overwrite them."""

LONGEST_KEY = 1024 - len(".raw.json")
"""S3 keys hold 1,024 bytes: a longer source key leaves no room for its results' keys."""


_CONTENT_TYPES = {
    ".raw.json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
}
_NOTHING_THERE = {"IfNoneMatch": "*"}


class Objects:
    """Uploads come in, results go out. `most_bytes` bounds the files that are fetched at all."""

    def __init__(self, client: Any, results_bucket: str, *, most_bytes: int) -> None:
        self._client = client
        self.results_bucket = results_bucket
        self._most_bytes = most_bytes

    def fetch(self, upload: Upload) -> Source:
        """The bytes of that very version of an upload.

        Raises `Gone` when it was deleted, `Superseded` when it was overwritten, `Unreadable` for empty
        and oversized files.
        """
        if why := _no_room(upload.key):
            raise why
        try:
            answer = self._client.get_object(**_that_very_object(upload))
            self._check_size(answer["ContentLength"])
            data = answer["Body"].read()
            if upload.version_id:  # a version stays readable after its key was deleted: that shows here as a 404
                self._client.head_object(Bucket=upload.bucket, Key=upload.key)
        except (ClientError, BotoCoreError) as error:
            raise _fetch_failure(error) from None
        except (HTTPError, OSError) as error:
            raise TryLater("aws_unavailable", f"the upload broke off in transfer ({type(error).__name__})") from None
        return Source(
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            e_tag=answer["ETag"].strip('"'),
            version_id=answer.get("VersionId", upload.version_id),
            content_type=answer.get("ContentType"),
        )

    def current(self, upload: Upload) -> Upload:
        """The upload with the version that its key holds now; for those of which no event told a sequencer.

        Raises `Gone` when the key is empty by now and `Superseded` when it holds other bytes.
        """
        try:
            there = self._client.head_object(Bucket=upload.bucket, Key=upload.key)
        except (ClientError, BotoCoreError) as error:
            raise _fetch_failure(error) from None
        if upload.e_tag and there["ETag"].strip('"') != upload.e_tag:
            raise Superseded
        version_id = there.get("VersionId")
        return replace(upload, version_id=None if version_id == "null" else version_id, size=there["ContentLength"])

    def listed(self, bucket: str, after: str | None, prefix: str = "") -> list[Listed]:
        """Up to 1,000 of a bucket's current objects in the order of their keys, those behind the key `after`."""
        with aws.errors("list the uploads"):
            start = {"StartAfter": after} if after else {}
            page = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, **start)
        return [_as_listed(bucket, entry) for entry in page.get("Contents", [])]

    def _check_size(self, size: int) -> None:
        if size == 0:
            raise Unreadable("empty", "the file is empty")
        if size > self._most_bytes:
            limit = self._most_bytes // 1_000_000
            raise Unreadable("too_large", f"the file has {size} bytes; at most {limit} MB are fetched")

    def keep(self, content: Content, request_id: str, raw: bytes) -> None:
        """Keep a raw answer, verbatim: from now on nothing that was paid for can be lost."""
        with aws.errors("keep the answer"):
            self._client.put_object(
                Bucket=self.results_bucket,
                Key=_answer_key(content, request_id),
                Body=raw,
                ContentType="application/json",
            )

    def kept(self, content: Content, request_id: str) -> bytes | None:
        """The raw answer that a call brought, None if it brought none."""
        found = self._read(_answer_key(content, request_id))
        return found and found[1]

    def store(self, upload: Upload, document: dict[str, Any], text: str, raw: bytes | None) -> None:
        """Write an upload's `.raw.json`, `.txt` and `.json`, the last one last: whoever sees it sees all.

        Each object remembers its upload's place in the order of the key, so a slow older upload never
        overwrites a newer one's results: it raises `Superseded`. Nor does a failure overwrite a success.
        """
        mark = {"order": upload.order, "status": document["status"], "etag": upload.e_tag or ""}
        failed = document["status"] == "failed"
        if _no_room(upload.key):
            return
        answer = raw if raw is not None else b"{}"
        self._put(upload, ".raw.json", answer, mark, only_over=raw is None)
        self._put(upload, ".txt", text.encode(), mark, only_over=failed)
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self._put(upload, ".json", body, mark)

    def stored_success(self, upload: Upload) -> dict[str, Any] | None:
        """The document of this very upload if it was recognized and stored before; None otherwise."""
        if _no_room(upload.key):
            return None
        found = self._read(upload.key + ".json")
        if found is None or not _is_success_of(found[0], upload.order, upload.e_tag or ""):
            return None
        return dict(json.loads(found[1]))

    def result(self, key: str, ending: str) -> bytes | None:
        """What lies beside an upload of that key under `.json`, `.txt` or `.raw.json`; None if nothing does."""
        found = self._read(key + ending)
        return found and found[1]

    def _read(self, key: str) -> tuple[Mapping[str, str], bytes] | None:
        """Metadata and bytes of a result, None if it is not there."""
        try:
            answer = self._client.get_object(Bucket=self.results_bucket, Key=key)
            return answer["Metadata"], bytes(answer["Body"].read())
        except ClientError as error:
            if aws.status_of(error) == 404:
                return None
            raise aws.meaning(error, "read a result") from None
        except (BotoCoreError, HTTPError, OSError) as error:
            raise TryLater("aws_unavailable", f"a result could not be read ({type(error).__name__})") from None

    def _put(self, upload: Upload, ending: str, body: bytes, mark: dict[str, str], *, only_over: bool = False) -> None:
        """Put a result unless a newer one is there; `only_over` replaces an older upload's but makes none."""
        key, content_type = upload.key + ending, _CONTENT_TYPES[ending]
        with aws.errors("store the result"):
            match: dict[str, str] | None = self._match_older(upload, key, mark) if only_over else _NOTHING_THERE
            for _ in range(8):
                if only_over and match in (None, _NOTHING_THERE):
                    return
                if match is None:
                    break
                try:
                    self._client.put_object(
                        Bucket=self.results_bucket, Key=key, Body=body, ContentType=content_type, Metadata=mark, **match
                    )
                    return
                except ClientError as error:
                    if aws.status_of(error) not in (404, 409, 412):
                        raise
                match = self._match_older(upload, key, mark)
        raise TryLater("contended", "the result is being written by others at the same time")

    def _match_older(self, upload: Upload, key: str, mark: dict[str, str]) -> dict[str, str] | None:
        """The condition that lets a put replace exactly what is there now, which must not be newer.

        None where a success of the same upload is there, which no failure may replace.
        """
        try:
            there = self._client.head_object(Bucket=self.results_bucket, Key=key)
        except ClientError as error:
            if aws.status_of(error) == 404:
                return _NOTHING_THERE
            raise
        order, e_tag = there["Metadata"].get("order", ""), there["Metadata"].get("etag", "")
        if mark["order"] and order > mark["order"]:
            raise Superseded
        if not (mark["order"] and order) and e_tag != mark["etag"]:
            with suppress(Gone):
                self.current(upload)  # only the bucket knows which of the two is the newer
        if mark["status"] == "failed" and _is_success_of(there["Metadata"], mark["order"], mark["etag"]):
            return None
        return {"IfMatch": there["ETag"]}


def _as_listed(bucket: str, entry: Mapping[str, Any]) -> Listed:
    upload = Upload(bucket, entry["Key"], e_tag=entry["ETag"].strip('"'), size=entry["Size"])
    return Listed(upload, entry["LastModified"].timestamp())


def _is_success_of(metadata: Mapping[str, str], order: str, e_tag: str) -> bool:
    return (metadata.get("order", ""), metadata.get("etag", ""), metadata.get("status")) == (order, e_tag, "recognized")


def _no_room(key: str) -> Unreadable | None:
    """Why there is no room for results beside this key: nothing is paid for then, and nothing stored."""
    if len(key.encode()) > LONGEST_KEY:
        return Unreadable("key_too_long", f"the key has more than {LONGEST_KEY} bytes: no room is left for its results")
    if key.startswith(KEPT):
        return Unreadable("key_reserved", f"keys that begin with {KEPT} are kept for paid answers: choose another name")
    return None


def _that_very_object(upload: Upload) -> dict[str, str]:
    where = {"Bucket": upload.bucket, "Key": upload.key}
    if upload.version_id:
        return {**where, "VersionId": upload.version_id}
    return {**where, "IfMatch": f'"{upload.e_tag}"'} if upload.e_tag else where


def _fetch_failure(error: ClientError | BotoCoreError) -> OcrDropError | Superseded:
    if isinstance(error, ParamValidationError):
        return BadInput("not_fetchable", "the event names a bucket, key or version that S3 does not allow")
    if isinstance(error, ClientError):
        code, status = aws.code_of(error), aws.status_of(error)
        if code == "NoSuchBucket":
            return Gone("the bucket was deleted before the upload could be processed")
        if status in (404, 405):  # 405: the version named is a delete marker
            return Gone()
        if status == 412:
            return Superseded()
        if code in ("InvalidArgument", "InvalidBucketName", "KeyTooLongError"):
            return BadInput("not_fetchable", f"S3 does not allow what the event names ({code})")
        if code == "InvalidObjectState":
            return BadInput("archived", "the object is archived: restore it first, then upload it again")
    return aws.meaning(error, "fetch the upload")


def _answer_key(content: Content, request_id: str) -> str:
    return f"{KEPT}answers/{content.path}/{request_id}.json"
