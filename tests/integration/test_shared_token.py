"""AuthMode=token: one token for all environments, fetched by one at a time, against the endpoint's two-token rule."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import requests
import uvicorn

from caller import APP_ID, SECRET
from ocr_drop.errors import CredentialsRefused
from ocr_drop.services import Services
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.page import Line, Page
from ocr_endpoint.server import application
from ocr_endpoint.tokens import Tokens
from world import Clock, World, picture

ENVIRONMENTS = 20
QUAD = ((1.0, 1.0), (9.0, 1.0), (9.0, 5.0), (1.0, 5.0))


@dataclass
class Door:
    """The endpoint's gateway, which counts the tokens that it gives out and the calls that it lets in."""

    clock: Clock
    url: str = ""
    fetches: int = 0
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def recognize(self, _: bytes) -> Page:
        with self.lock:
            self.calls += 1
        return Page(120, 90, 0.0, (Line("甲", QUAD),))  # type: ignore[arg-type]


@pytest.fixture
def door(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The real endpoint with a quick engine, on the world's clock."""
    door = Door(world.clock)
    issue = Tokens._issue

    def counted(self: Tokens, app_id: str, secret: str) -> object:
        with door.lock:
            door.fetches += 1
        return issue(self, app_id, secret)

    monkeypatch.setattr(Tokens, "_issue", counted)
    api = OcrApi(Gateway({APP_ID: App((SECRET,))}, world.clock), door.recognize)
    app = application(api, waiting=2 * ENVIRONMENTS)  # its own ceiling is not the subject
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        door.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            threading.Event().wait(0.01)
        yield door
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def environments(world: World, door: Door) -> list[Services]:
    """Twenty of them, each as a cold start makes it; waiting for another is real time here."""
    world.put_credentials(APP_ID, SECRET)
    made = [world.services(auth_mode="token", ocr_endpoint=door.url) for _ in range(ENVIRONMENTS)]
    for services in made:
        services.access.sleep = threading.Event().wait  # type: ignore[attr-defined,assignment]
    return made


def _call(services: Services) -> int:
    """One call at the OCR API; gives its HTTP status."""
    reply = services.ocr.send(picture(), "id", services.access.auth())
    return reply.status


def test_twenty_environments_at_once_fetch_one_token_each_life(
    world: World, door: Door, environments: list[Services]
) -> None:
    """All are let in with it, through three lives; each new one is fetched before the one before has ended."""
    for life in range(1, 4):
        with ThreadPoolExecutor(ENVIRONMENTS) as pool:
            assert set(pool.map(_call, environments)) == {200}
        assert door.fetches == life
        world.clock.pass_by(3000)
        with ThreadPoolExecutor(ENVIRONMENTS) as pool:
            assert set(pool.map(_call, environments)) == {200}
        assert door.fetches == life
        world.clock.pass_by(3700)


def test_a_token_that_was_thrown_out_is_replaced_once_for_all(
    world: World, door: Door, environments: list[Services]
) -> None:
    """Somebody else fetched two: every environment is refused once, one fetches, and all uploads are recognized."""
    assert {_call(services) for services in environments} == {200}
    for _ in range(2):
        query = {"appId": APP_ID, "secret": SECRET, "grantType": "client_credentials"}
        assert requests.get(f"{door.url}/v1/oauth2/access_token", params=query, timeout=10).json()["code"] == 0
    before = door.fetches
    messages = [world.message(world.drop(f"{number}.png", picture(number))) for number in range(5)]
    for services, message in zip(environments, messages, strict=False):
        assert world.handle(message, services=services) == []
    assert door.fetches == before + 1
    assert [row["outcome"] for row in world.ledger()].count("answered") == 5


def test_a_wrong_secret_is_the_operators_and_leaves_no_lock(
    world: World, door: Door, environments: list[Services]
) -> None:
    """No token, no call; mended, the next one goes through at once."""
    world.put_credentials(APP_ID, "wrong")
    with pytest.raises(CredentialsRefused):
        _call(environments[0])
    world.put_credentials(APP_ID, SECRET)
    assert _call(world.services(auth_mode="token", ocr_endpoint=door.url)) == 200
    assert door.calls == 1


def test_neither_records_nor_logs_hold_the_token(
    world: World, door: Door, environments: list[Services], logged
) -> None:
    """It stands in its own item of the table and nowhere else."""
    world.handle(world.message(world.drop("a.png", picture())), services=environments[0])
    items = world.session.resource("dynamodb").Table(world.table).scan()["Items"]
    (token,) = [item["token"] for item in items if item["sk"] == "token"]
    assert [item["pk"] for item in items if token in str(item)] == [f"token#{door.url[7:]}/{APP_ID}"]
    assert token not in logged()
    assert SECRET not in logged()
