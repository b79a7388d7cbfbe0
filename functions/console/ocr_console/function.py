"""The console in a Lambda function behind a Function URL: who may come in, and where the index of texts is kept."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from mangum import Mangum
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ocr_console.app import application
from ocr_console.following import find
from ocr_console.shelf import Shelf, browsing
from ocr_console.texts import Texts
from ocr_drop.services import Services

_REALM = 'Basic realm="ocr-drop", charset="UTF-8"'


class PasswordRequired:
    """Lets in who knows the user and the password (HTTP Basic, which every browser asks for by itself)."""

    def __init__(self, app: ASGIApp, user: str, password: str) -> None:
        self._app = app
        self._expected = f"{user}:{password}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or ask who it is."""
        given = dict(scope.get("headers", [])).get(b"authorization", b"")
        if self._knows(given):
            await self._app(scope, receive, send)
            return
        refused = PlainTextResponse("a user and a password are needed", 401, {"WWW-Authenticate": _REALM})
        await refused(scope, receive, send)

    def _knows(self, given: bytes) -> bool:
        scheme, _, content = given.partition(b" ")
        try:
            found = base64.b64decode(content, validate=True)
        except ValueError:
            return False
        return scheme.lower() == b"basic" and secrets.compare_digest(found, self._expected)


def console() -> Mangum:
    """The function's handler. The user and the password stand in the secret that CONSOLE_SECRET_ID names."""
    session = boto3.Session()
    local = bool(os.environ.get("AWS_ENDPOINT_URL"))
    uploads = Shelf(Services.from_environment(), session.client("s3", config=browsing(local=local)))
    found = session.client("secretsmanager").get_secret_value(SecretId=os.environ["CONSOLE_SECRET_ID"])
    who: dict[str, Any] = json.loads(found["SecretString"])
    door = Middleware(PasswordRequired, user=who["user"], password=who["password"])
    texts = Texts(Path(tempfile.gettempdir(), "texts.sqlite"))
    return Mangum(application(uploads, [door], partial(find, texts, uploads)), lifespan="off")
