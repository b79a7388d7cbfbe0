"""One call of the paid API, sent once: `OcrApi.send(image, request_id, auth)`."""

from __future__ import annotations

import base64
import json
import ssl

import requests
from requests.auth import AuthBase
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from ocr_drop.errors import NotSent, OcrDropError, OutcomeUnknown
from ocr_drop.esign.signing import ACCEPT, CONTENT_TYPE
from ocr_drop.model import Reply

PATH = "/v2/identity/auth/api/ocr/generalcharacters"
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 40.0


class OcrApi:
    """The general-characters OCR of one endpoint (scheme, host and port).

    Each call has a connection of its own: one kept open may have died while the environment was frozen,
    and a call that fails on it leaves open whether it was billed. The handshake is small beside the call.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def send(self, image: bytes, request_id: str, auth: AuthBase, *, timeout: float = READ_TIMEOUT) -> Reply:
        """Send the image, let in by `auth`, and give what comes back; nothing in here ever sends it twice.

        Raises `NotSent` when it surely did not go out and `OutcomeUnknown` when it may have been billed.
        What a reply means, `answers.interpret` says. `timeout` is in seconds.
        """
        body = json.dumps({"image": base64.b64encode(image).decode(), "requestId": request_id}).encode()
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    self.endpoint + PATH,
                    data=body,
                    headers={"Accept": ACCEPT, "Content-Type": CONTENT_TYPE, "Connection": "close"},
                    auth=auth,
                    timeout=(CONNECT_TIMEOUT, timeout),
                    allow_redirects=False,
                )
        except RequestException as error:
            raise _transport_failure(error) from None
        return Reply(answer.status_code, answer.headers, answer.content)


def _transport_failure(error: RequestException) -> OcrDropError:
    """Sent or not sent: only what failed before there was a connection surely cost nothing.

    The error's own text stays out of the message: it can hold the URL and what was sent.
    """
    reason = _reason(error)
    name = type(reason or error).__name__
    if isinstance(error, ConnectTimeout) or isinstance(reason, NewConnectionError) or _is_untrusted(reason):
        return NotSent("unreachable", f"the OCR API could not be reached ({name})")
    return OutcomeUnknown("no_answer", f"the connection to the OCR API ended without an answer ({name})")


def _reason(error: RequestException) -> BaseException | None:
    if not isinstance(error, RequestsConnectionError) or not error.args:
        return None
    cause = error.args[0]
    if isinstance(cause, MaxRetryError):
        return cause.reason
    return cause if isinstance(cause, Exception) else None


def _is_untrusted(reason: BaseException | None) -> bool:
    """A certificate is judged before anything is sent; other TLS errors can come at any time."""
    return isinstance(reason, SSLError) and any(isinstance(arg, ssl.SSLCertVerificationError) for arg in reason.args)
