"""The endpoint over real HTTP, with a stand-in for the engine: what any client may send, and a bounded queue."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest
import requests

from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from endpoint_served import BODY, Served, serving, until
from ocr_endpoint.apps import App, Bounds
from ocr_endpoint.settings import WAITING, WORKERS, EndpointSettings


@pytest.fixture
def served() -> Iterator[Served]:
    """The endpoint with its usual bounds."""
    with serving() as endpoint:
        yield endpoint


def head(served: Served, length: int = 1000, body: bytes | None = None, **more: str) -> bytes:
    """The head of a signed call, with a body of so many bytes to come."""
    headers = {"Host": "x", "Content-Length": str(length), **signed_headers(body or b"x" * length), **more}
    return "".join([f"POST {OCR_PATH} HTTP/1.1\r\n", *(f"{k}: {v}\r\n" for k, v in headers.items()), "\r\n"]).encode()


def test_a_signed_call_is_answered(served: Served) -> None:
    """A client that signs as the protocol says gets JSON in UTF-8 with the text."""
    reply = served.post()
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.json()["data"]["textDetections"][0]["detectedText"] == "合同"


def test_a_refusal_looks_like_the_vendors(served: Served) -> None:
    """A 401 carries no Content-Type, as the vendor's does not, and tells how long it took."""
    reply = requests.post(served.url("/nowhere"), timeout=20)
    assert (reply.status_code, reply.json()) == (401, {"success": False, "code": 401, "message": "无效的应用"})
    assert "Content-Type" not in reply.headers
    assert reply.headers["x-tsign-elapse-time"].isdigit()


def test_health_needs_no_signature(served: Served) -> None:
    """GET /health answers as soon as the endpoint is up."""
    assert requests.get(served.url("/health"), timeout=20).json() == {"status": "ok"}


@pytest.mark.parametrize("size", [4_000_000, 20_000_000])
def test_a_body_far_too_large_is_refused(served: Served, size: int) -> None:
    """A body that can hold no allowed image is answered 413 with the vendor's code, before anything is checked."""
    reply = requests.post(served.url(), data=bytes(size), timeout=20)
    assert (reply.status_code, reply.json()["code"]) == (413, 30500101)
    assert served.begun == 0


def test_a_full_queue_asks_to_come_again(served: Served) -> None:
    """Two images are read, eight wait, whoever else comes gets 429 with Retry-After; the ten are answered."""
    served.gate.clear()
    with ThreadPoolExecutor(WORKERS + WAITING + 3) as callers:
        calls = [callers.submit(served.post) for _ in range(WORKERS + WAITING + 3)]
        until(lambda: sum(call.done() for call in calls) == 3)
        refused = [call.result() for call in calls if call.done()]
        served.gate.set()
        answered = [call.result() for call in calls]
    assert [(reply.status_code, reply.json()["code"]) for reply in refused] == [(429, 429)] * 3
    assert all(reply.headers["Retry-After"].isdigit() for reply in refused)
    assert sum(reply.status_code == 200 for reply in answered) == served.begun == WORKERS + WAITING
    assert served.post().status_code == 200


def test_a_full_queue_takes_no_body_and_uses_nothing_up(served: Served) -> None:
    """429 comes before the body does; whoever sent one meanwhile may send the very same call again."""
    body = b'{"image":"QUFB","requestId":"7"}'
    start = head(served, len(body), body, Connection="close")
    served.gate.clear()
    with (
        ThreadPoolExecutor(WORKERS + WAITING) as callers,
        socket.create_connection(("127.0.0.1", served.port), timeout=10) as early,
        socket.create_connection(("127.0.0.1", served.port), timeout=10) as late,
    ):
        early.sendall(head(served, len(body), body, Expect="100-continue", Connection="close"))
        assert early.recv(100).startswith(b"HTTP/1.1 100")
        calls = [callers.submit(served.post) for _ in range(WORKERS + WAITING)]
        until(lambda: served.metric("ocr_endpoint_waiting") == WAITING)
        late.sendall(start)
        assert late.recv(100).startswith(b"HTTP/1.1 429")
        early.sendall(body)
        assert early.recv(100).startswith(b"HTTP/1.1 429")
        served.gate.set()
        assert {call.result().status_code for call in calls} == {200}
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as again:
        again.sendall(start + body)
        assert b'"code":0' in again.makefile("rb").read()


def test_health_answers_while_the_engine_is_busy(served: Served) -> None:
    """Work of the engine does not hold up anybody who asks for something else."""
    served.gate.clear()
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(served.post)
        until(lambda: served.begun)
        assert requests.get(served.url("/health"), timeout=5).ok
        served.gate.set()
        assert call.result().status_code == 200


def test_a_client_that_goes_away_harms_nobody(served: Served) -> None:
    """A connection that ends in the middle of its body leaves the next caller served."""
    with socket.create_connection(("127.0.0.1", served.port)) as half:
        half.sendall(head(served) + b"{")
    assert served.post().status_code == 200
    assert served.begun == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_told_so(served: Served, method: str) -> None:
    """Any method but POST is 405 for a caller who is let in, and 401 for others, in the API's own shape."""
    headers = signed_headers(b"", method=method)
    known = requests.request(method, served.url(), headers=headers, timeout=20)
    unknown = requests.request(method, served.url(), timeout=20)
    assert (known.status_code, known.headers["Allow"], unknown.status_code) == (405, "POST", 401)
    if method != "HEAD":
        assert (known.json()["code"], unknown.json()["message"]) == (405, "TOKEN_CANT_BE_NULL")


def test_a_body_is_taken_only_from_who_may_send_one(served: Served) -> None:
    """Who is not known has the answer before the body; nothing of it is waited for or kept."""
    start = f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(start)
        assert caller.recv(100).startswith(b"HTTP/1.1 401")


def test_a_body_too_large_is_refused_before_it_comes(served: Served) -> None:
    """A Content-Length beyond the limit is answered at once, and so is a body that passes it without having said so."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(head(served, 20_000_000))
        assert caller.recv(100).startswith(b"HTTP/1.1 413")
    chunks = (b"x" * 100_000 for _ in range(200))
    headers = {**signed_headers(b"x"), "Transfer-Encoding": "chunked"}
    reply = requests.post(served.url(), data=chunks, headers=headers, timeout=20)
    assert (reply.status_code, reply.json()["code"]) == (413, 30500101)


@pytest.mark.parametrize(
    "sent", [b"\x00\x01\x02\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"a" * 100_000]
)
def test_what_is_no_http_is_400_in_the_apis_shape(served: Served, sent: bytes) -> None:
    """Garbage, no Host, another version, a head without end: an answer, and the end of the connection."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(sent)
        head, _, content = caller.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(content) == {"code": 400, "message": "请求不是合法的HTTP", "data": None}


def test_garbage_in_a_body_ends_it(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A known caller who breaks the protocol in the middle of a body is told so, once, and the next one is served."""
    start = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(BODY).items())
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{start}\r\n".encode())
        until(lambda: served.metric("ocr_endpoint_receiving") == 1)
        caller.sendall(b"no chunk\r\n")
        assert caller.makefile("rb").read().count(b"HTTP/1.1 400") == 1
    until(lambda: served.metric("ocr_endpoint_receiving") == 0)
    assert served.post().status_code == 200
    assert caplog.text == ""


def test_garbage_after_an_answer_is_hung_up_on_in_silence(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Who was refused and then breaks the protocol gets no second answer, and leaves no trace in the log."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"}"):
            answer += caller.recv(1000)
        assert answer.startswith(b"HTTP/1.1 401")
        caller.sendall(b"no chunk\r\n")
        assert ends(caller)
    assert caplog.text == ""


def ends(caller: socket.socket) -> bool:
    """Whether the connection has ended; waits for that or for a byte."""
    try:
        return caller.recv(1) == b""
    except ConnectionResetError:
        return True


def test_who_expects_to_be_asked_is_not_asked_for_a_body_in_vain(served: Served) -> None:
    """With `Expect: 100-continue` an oversize body is refused instead of being asked for, a good one is asked for."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(head(served, 20_000_000, Expect="100-continue"))
        assert caller.recv(100).startswith(b"HTTP/1.1 413")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as caller:
        caller.sendall(head(served, Expect="100-continue", Connection="close"))
        assert caller.recv(100).startswith(b"HTTP/1.1 100")
        caller.sendall(b"x" * 1000)
        assert b"30500101" in caller.makefile("rb").read()


def test_the_next_call_on_a_connection_is_served_after_a_refusal(served: Served) -> None:
    """A refused body does not cost the connection: what is left of it is thrown away, and the next call is read."""
    with requests.Session() as session:
        refused = session.post(served.url(), data=bytes(500_000), timeout=20)
        served_next = session.post(served.url(), data=BODY, headers=signed_headers(BODY), timeout=20)
    assert (refused.status_code, served_next.json()["code"]) == (401, 0)


def test_a_caller_who_goes_away_gives_up_the_turn(served: Served) -> None:
    """An image that waits is not read any more once its caller has hung up."""
    served.gate.clear()
    with ThreadPoolExecutor(WORKERS) as callers:
        calls = [callers.submit(served.post) for _ in range(WORKERS)]
        until(lambda: served.begun == WORKERS)
        body = b'{"image":"QUFB"}'
        with socket.create_connection(("127.0.0.1", served.port)) as caller:
            start = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(body).items())
            caller.sendall(f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n{start}\r\n".encode() + body)
            until(lambda: served.metric("ocr_endpoint_waiting") == 1)
        until(lambda: served.metric("ocr_endpoint_waiting") == 0)
        served.gate.set()
        assert [call.result().status_code for call in calls] == [200] * WORKERS
    assert served.begun == WORKERS


def test_a_defect_is_an_answer_and_tells_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server trips over is HTTP 500 and code 30500000; the log names its kind and no more."""

    def trip(_: bytes) -> None:
        raise LookupError("合同")

    monkeypatch.setattr("ocr_endpoint.app.read_order", trip)
    reply = served.post()
    assert (reply.status_code, reply.json()["code"], reply.json()["data"]) == (500, 30500000, None)
    assert "合同" not in reply.text


def test_metrics_count_answers_and_tell_nothing_else(served: Served) -> None:
    """Prometheus finds answers by status and code, seconds as a histogram, and neither app, text nor secret."""
    served.post()
    requests.post(served.url(), timeout=20)
    page = requests.get(served.url("/metrics"), timeout=20)
    assert page.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert served.metric('ocr_endpoint_answers_total{status="200",code="0"}') == 1
    assert served.metric('ocr_endpoint_answers_total{status="401",code="401"}') == 1
    assert served.metric("ocr_endpoint_recognition_seconds_count") == 1
    assert not any(word in page.text for word in (APP_ID, SECRET, "合同"))


def test_stopped_it_finishes_what_it_has() -> None:
    """Told to stop, it takes nobody new, and answers whoever is inside, also those whose turn has not come."""
    with serving() as served, ThreadPoolExecutor(5) as callers:
        served.gate.clear()
        calls = [callers.submit(served.post) for _ in range(5)]
        until(lambda: served.metric("ocr_endpoint_waiting") == 5 - WORKERS)
        assert served.server is not None
        served.server.should_exit = True
        until(lambda: not served.server or not any(one.is_serving() for one in served.server.servers))
        with pytest.raises(requests.ConnectionError):
            requests.get(served.url("/health"), timeout=5)
        served.gate.set()
        assert [call.result().json()["code"] for call in calls] == [0] * 5


def test_an_app_is_held_to_its_bounds() -> None:
    """Balance, rate and allow-list of an app are answered as the vendor does, so that a client can be tried on them."""
    settings = EndpointSettings.from_toml("""
        [apps.poor]
        secrets = ["dummysecret"]
        quota = 1
        [apps.slow]
        secrets = ["dummysecret"]
        rate = 0.01
        [apps.elsewhere]
        secrets = ["dummysecret"]
        allow = ["192.0.2.0/24"]
    """)
    with serving(apps=settings.apps) as served:
        poor = [served.post(app_id="poor") for _ in range(2)]
        slow = [served.post(app_id="slow") for _ in range(2)]
        elsewhere = served.post(app_id="elsewhere")
    assert [(reply.status_code, reply.json()["code"]) for reply in poor] == [(200, 0), (200, 30503107)]
    assert [(reply.status_code, reply.json()["code"]) for reply in slow] == [(200, 0), (429, 429)]
    assert 90 <= int(slow[1].headers["Retry-After"]) <= 100
    assert elsewhere.json() == {"success": False, "code": 403, "message": "IP白名单不匹配"}


def test_the_callers_address_is_the_one_that_a_proxy_here_tells() -> None:
    """Behind a proxy of this machine the allow-list judges the client that the proxy names."""
    bounds = Bounds(allow=(ip_network("192.0.2.0/24"),))
    with serving(apps={APP_ID: App((SECRET,), bounds)}) as served:
        headers = {**signed_headers(BODY), "X-Forwarded-For": "192.0.2.7"}
        told = [requests.post(served.url(), data=BODY, headers=headers, timeout=20), served.post()]
    assert [reply.json()["code"] for reply in told] == [0, 403]
