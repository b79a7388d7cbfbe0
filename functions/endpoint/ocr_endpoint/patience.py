"""HTTP/1.1 as uvicorn speaks it, with an end to every wait for a client.

uvicorn waits without end for the headers of a request, and for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ocr_endpoint.calls import refusal
from ocr_endpoint.replies import content_of, headers_of

SECONDS = 30.0
LAST_SECONDS = 2.0
"""For any wait for a client once the server was told to stop."""

STOPPING = "stopping"
"""Under this name in a request's state is the asyncio.Event that tells of a stop."""

MOST_CONNECTIONS = 500
"""Stays below the 1,024 files that a process may usually have open."""


class _Wait:
    """A wait that ends the connection; `since` is None while there is nothing to wait for."""

    def __init__(self, protocol: PatientProtocol) -> None:
        self._protocol = protocol
        self._timer: asyncio.TimerHandle | None = None
        self.since: float | None = None

    def begin(self) -> None:
        """Wait, if that has not begun."""
        if self._timer is None:
            loop = self._protocol.loop
            self.since = loop.time()
            # to close instead would be to wait for what is unread
            self._timer = loop.call_later(self._protocol.seconds, self._protocol.transport.abort)

    def hurry(self) -> None:
        """Give what is waited for the connection's seconds from now on."""
        if self._timer is not None:
            self.end()
            self.begin()

    def end(self) -> None:
        """What was waited for has come."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.since = None


class PatientProtocol(H11Protocol):
    """One connection. A client has so many seconds to send its headers, and as many to take what was written to it."""

    seconds = SECONDS
    most = MOST_CONNECTIONS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stopping: asyncio.Event = self.app_state.setdefault(STOPPING, asyncio.Event())
        self._headers_wait = _Wait(self)
        self._reading_wait = _Wait(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request; where there are too many, who has waited longest has to go."""
        super().connection_made(transport)
        # what is not taken at once counts as unread
        transport.set_write_buffer_limits(0)
        if self._stopping.is_set():
            self._hurry()
        self._headers_wait.begin()
        if len(self.connections) > self.most:
            self._longest_waiting().transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came; until it makes a whole head, the time for that runs on."""
        super().data_received(data)
        if self.cycle is not None and self._stopping.is_set():
            # accepted as the stop came, when uvicorn had told all connections that it knew
            self.cycle.keep_alive = False
        if self.cycle is not None and not self.cycle.response_complete:
            self._headers_wait.end()
        else:
            self._headers_wait.begin()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._reading_wait.begin()

    def resume_writing(self) -> None:
        """The client has read all there was."""
        super().resume_writing()
        self._reading_wait.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._headers_wait.end()
        self._reading_wait.end()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Told to stop: what the engine has is waited for, but clients only for a little."""
        self._stopping.set()
        self._hurry()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are not the API's
        """Answer what is no HTTP in the API's own shape; who has had an answer already is hung up on."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        if self.cycle is not None:
            self.cycle.disconnected = True  # whatever waits for the rest of a body has nobody to answer to
        reply = refusal(400, "请求不是合法的HTTP", status=400).reply
        content = content_of(reply)
        headers = {**headers_of(reply, 0), "content-length": str(len(content)), "connection": "close"}
        events = (h11.Response(status_code=400, headers=list(headers.items())), h11.Data(content), h11.EndOfMessage())
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _hurry(self) -> None:
        self.seconds = min(self.seconds, LAST_SECONDS)
        self._reading_wait.hurry()

    def _waits_since(self) -> float | None:
        """Since when the client has owed something, None where it owes nothing."""
        waits = (self._headers_wait.since, self._reading_wait.since)
        return min((since for since in waits if since is not None), default=None)

    def _longest_waiting(self) -> PatientProtocol:
        waits = {one: one._waits_since() for one in self.connections if isinstance(one, PatientProtocol)}
        return min((one for one, since in waits.items() if since is not None), key=lambda one: waits[one] or 0.0)
