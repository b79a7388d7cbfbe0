"""The console as a Lambda function behind a Function URL: who may come in, and what comes out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ocr_console.function import console
from ocr_drop import aws
from world import Context, World, picture, success

Ask = Callable[..., dict[str, Any]]
PASSWORD = "中文 and spaces: too"


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Hands the function an event of its URL, with the right password unless told otherwise."""
    secret = world.secrets.create_secret(
        Name=f"console-{world.table}", SecretString=json.dumps({"user": "ocr-drop", "password": PASSWORD})
    )
    for name in ("uploads_bucket", "results_bucket", "index_table", "event_bus", "uploads_queue_url"):
        monkeypatch.setenv(name.upper(), getattr(world.settings, name))
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", world.settings.dead_letter_queue_url)
    monkeypatch.setenv("OCR_SECRET_ID", world.settings.ocr_secret_id)
    monkeypatch.setenv("OCR_ENDPOINT", world.settings.ocr_endpoint)
    monkeypatch.setenv("CONSOLE_SECRET_ID", secret["ARN"])
    handler = console()

    def asking(path: str, query: str = "", *, given: str | None = f"ocr-drop:{PASSWORD}") -> dict[str, Any]:
        headers = {"host": "abc.lambda-url.eu-west-1.on.aws", "accept": "text/html"}
        if given is not None:
            headers["authorization"] = "Basic " + base64.b64encode(given.encode()).decode()
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "http": {
                    "method": "GET",
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "x",
                },
                "domainName": headers["host"],
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }
        return dict(handler(event, Context()))

    return asking


@pytest.mark.parametrize("given", [None, "", "ocr-drop:", "ocr-drop:wrong", f"other:{PASSWORD}", PASSWORD])
def test_nobody_comes_in_without_the_password(ask: Ask, given: str | None) -> None:
    """A browser is asked for it; nothing of the stack is told, whatever the address."""
    for path in ("/", "/latest", "/form", "/search", "/view/a.png", "/static/theme.css", "/static/console.css"):
        answer = ask(path, given=given)
        assert answer["statusCode"] == 401
        assert answer["headers"]["www-authenticate"].startswith("Basic ")
        assert "ocr-drop-" not in answer["body"]


def test_who_knows_it_sees_the_latest_uploads(ask: Ask, world: World) -> None:
    """And leaves with headers that keep other sites out."""
    world.handle(world.message(world.drop("收据 1.png", picture())))
    answer = ask("/")
    assert answer["statusCode"] == 200
    assert "收据 1.png" in answer["body"]
    assert "default-src 'none'" in answer["headers"]["content-security-policy"]
    assert answer["headers"]["cache-control"] == "no-store"


def test_a_form_lets_one_file_of_one_name_in(ask: Ask, world: World) -> None:
    """Signed for the uploads bucket and this key, for a quarter of an hour."""
    form = json.loads(ask("/form", "key=%E6%94%B6%E6%8D%AE.png")["body"])
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert world.uploads in form["url"]
    assert {"key": "收据.png"} in policy["conditions"]
    assert {"bucket": world.uploads} in policy["conditions"]
    assert ["content-length-range", 0, 200 * 1024 * 1024] in policy["conditions"]


@pytest.mark.parametrize("query", ["", "key=", "key=folder%2F", "key=" + "x" * 1001])
def test_a_name_that_is_none_is_refused(ask: Ask, query: str) -> None:
    """With a sentence for people."""
    answer = ask("/form", query)
    assert answer["statusCode"] == 400
    assert "needs a name" in answer["body"]


def test_a_result_is_shown_and_its_text_is_found(ask: Ask, world: World) -> None:
    """The whole page fits into what a function may answer."""
    world.ocr.replies = [success("一张发票")]
    world.handle(world.message(world.drop("a/收据 1.png", picture())))
    shown = ask("/view/a/收据 1.png")
    assert shown["statusCode"] == 200
    assert "一张发票" in shown["body"]
    assert len(shown["body"]) < 6_000_000
    assert "一张发票" in ask("/search", "q=%E5%8F%91%E7%A5%A8")["body"]
    assert ask("/view/none.png")["statusCode"] == 404


def test_what_aws_refuses_is_a_sentence(ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right that is missing does not pass for a result that is missing."""
    world.handle(world.message(world.drop("a.png", picture())))
    monkeypatch.setattr("ocr_drop.objects.Objects.result", _denied)
    answer = ask("/view/a.png")
    assert answer["statusCode"] == 502
    assert "AccessDenied" in answer["body"]


def _denied(*_: Any) -> None:
    raise aws.meaning(ClientError({"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {}}, "GetObject"), "read it")
