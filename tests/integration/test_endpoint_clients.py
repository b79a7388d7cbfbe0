"""Clients written from the protocol's words alone, in other languages, against the endpoint."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caller import APP_ID, SECRET
from endpoint_served import Served, serving

CLIENTS = Path(__file__).parents[1] / "clients"
BODY = '{"requestId": "业务-01", "image": "cGl4ZWxz"}'
WAYS = {
    "shell, signature": ["sh", "signed.sh"],
    "shell, token": ["sh", "token.sh"],
    "Node, signature": ["node", "client.mjs", "signed"],
    "Node, token": ["node", "client.mjs", "token"],
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The endpoint."""
    with serving() as endpoint:
        yield endpoint


def answer(way: str, served: Served, folder: Path, secret: str = SECRET) -> Any:
    """What a client prints; it is run in a folder that holds its body."""
    program, script, *more = WAYS[way]
    needs = {"sh": ("openssl", "curl", "sed"), "node": ("node",)}[program]
    if missing := [name for name in needs if not shutil.which(name)]:
        pytest.skip(f"needs {' and '.join(missing)}")
    (folder / "body.json").write_text(BODY, "utf-8")
    command = [program, str(CLIENTS / script), *more, served.url("").rstrip("/"), APP_ID, secret, "body.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90)
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("way", WAYS)
def test_a_client_of_any_language_is_served(way: str, served: Served, tmp_path: Path) -> None:
    """Signature or token, in a shell or in Node: the text comes back."""
    said = answer(way, served, tmp_path)
    assert (said["code"], said["message"]) == (0, "成功")
    assert said["data"]["textDetections"][0]["detectedText"] == "合同"


@pytest.mark.parametrize("way", [way for way in WAYS if "signature" in way])
def test_a_client_with_a_wrong_secret_is_told_so(way: str, served: Served, tmp_path: Path) -> None:
    """The answer is the gateway's, word for word."""
    said = answer(way, served, tmp_path, secret="wrong")
    assert said == {"success": False, "code": 401, "message": "INVALID_SIGNATURE"}
