"""A built function as Lambda runs it: the runtime's own client (awslambdaric) against a stand-in of the Runtime API.

One process is one execution environment. It is frozen between invocations and killed at the function's timeout or
memory size, as Lambda does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class FunctionError(Exception):
    """The invocation ended with an error; the text is what Lambda would answer."""


@dataclass(frozen=True)
class Function:
    """What the template says of a function, and where its build lies."""

    task: Path
    layers: list[Path]
    handler: str
    python: str
    environment: Mapping[str, str]
    timeout: float = 90
    memory: int = 1769
    name: str = "recognize"


@dataclass
class Invocation:
    """One event on its way through an environment."""

    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    answer: bytes = b""
    error: bytes | None = None

    def end(self, *, answer: bytes = b"", error: bytes | None = None) -> None:
        """Only the first end counts."""
        if not self.done.is_set():
            self.answer, self.error = answer, error
            self.done.set()


class Environment:
    """One execution environment of a function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.output: list[str] = []
        self._next: queue.Queue[Invocation | None] = queue.Queue()
        self._current: Invocation | None = None
        self._asked = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._api())
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a killed runtime drops its connection
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.process = subprocess.Popen(
            [function.python, "-m", "awslambdaric", function.handler],
            cwd=function.task,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        threading.Thread(target=self._watch_memory, daemon=True).start()

    def invoke(self, event: Any) -> Any:
        """The function's answer to an event; raises `FunctionError` for an error, a timeout or a death."""
        function = self.function
        if not self._asked.wait(20):
            self.close()
            raise FunctionError("the runtime did not ask for work: " + "".join(self.output)[-2000:])
        invocation = Invocation(json.dumps(event).encode(), time.time() + function.timeout)
        self._current = invocation
        self._next.put(invocation)
        if not invocation.done.wait(function.timeout):
            self._signal(signal.SIGKILL)
            raise FunctionError(f"Task timed out after {function.timeout:.2f} seconds")
        if invocation.error is not None:
            raise FunctionError(invocation.error.decode())
        return json.loads(invocation.answer)

    def close(self) -> None:
        """Kill the process and end the stand-in."""
        self._next.put(None)
        self._signal(signal.SIGKILL)
        self.process.wait()
        self._listener.join(5)
        if self.process.stdout:
            self.process.stdout.close()
        self._server.shutdown()
        self._server.server_close()

    def _variables(self) -> dict[str, str]:
        function = self.function
        site = str(Path(function.python).parent.parent)
        return {
            "PATH": os.environ["PATH"],
            "VIRTUAL_ENV": site,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": os.pathsep.join(str(layer / "python") for layer in function.layers),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
            "_HANDLER": function.handler,
            "LAMBDA_TASK_ROOT": str(function.task),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/24/[$LATEST]stream",
            **function.environment,
        }

    def _api(environment) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's in here
        class Api(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                return

            def do_GET(self) -> None:
                environment._asked.set()
                environment._signal(signal.SIGSTOP)
                invocation = environment._next.get()
                environment._signal(signal.SIGCONT)
                if invocation is None:
                    self.close_connection = True
                    return
                headers = {
                    "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                    "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:recognize",
                    "Lambda-Runtime-Trace-Id": "Root=1-69240000-000000000000000000000000;Sampled=0",
                    "Content-Type": "application/json",
                }
                self._answer(200, invocation.event, headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(202, b"{}", {})
                environment._ended(body, failed=not self.path.endswith("/response"))

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Api

    def _ended(self, body: bytes, *, failed: bool) -> None:
        if self._current:
            self._current.end(error=body) if failed else self._current.end(answer=body)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
        self._asked.set()
        if self._current:
            self._current.end(error=("Runtime.ExitError " + "".join(self.output)[-2000:]).encode())

    def _watch_memory(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while self.process.poll() is None:
            with suppress(OSError, IndexError):
                pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
                if pages * page > self.function.memory * 2**20:
                    self._signal(signal.SIGKILL)
            time.sleep(0.02)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
