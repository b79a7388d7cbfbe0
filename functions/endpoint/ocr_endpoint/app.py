"""One call from door to answer, whatever carries it: HTTP on this machine, or a Lambda function."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from ocr_endpoint import answers
from ocr_endpoint.about import About
from ocr_endpoint.apps import Bounds
from ocr_endpoint.calls import OCR_PATH, Answered, Call, Reply, refusal
from ocr_endpoint.gateway import Gateway, app_id_of
from ocr_endpoint.intake import PARAMETER, Order, read_order
from ocr_endpoint.page import NotAnImage, Page, TooManyPixels
from ocr_endpoint.usage import OwnUsage, Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OcrApi:
    """The API: a gateway in front of an engine, which know nothing of each other.

    A call goes through `admit`, `read`, `charge` and `answer`; each of the first three is quick, and raises Answered
    where the call has its answer already.
    """

    gateway: Gateway
    recognize: Callable[[bytes], Page]
    usage: Usage = field(default_factory=OwnUsage)
    about: About = field(default_factory=About)

    def admit(self, head: Call) -> Bounds:
        """Judge a call by all that comes before its body, which need not be there yet; gives what bounds its app."""
        for desk in (self.about, self.gateway.tokens):
            if desk.serves(head):
                raise Answered(desk.answer(head))
        app = self.gateway.admit(head)
        if head.path.rstrip("/") != OCR_PATH:
            raise refusal(404, "请求的接口不存在", status=404)
        if head.method != "POST":
            raise refusal(405, "请求方法不支持", status=405, headers={"Allow": "POST"})
        self.usage.pace(app_id_of(head), app.bounds)
        return app.bounds

    def read(self, call: Call) -> Order:
        """What an admitted call orders, now that its body is there."""
        self.gateway.check_body(call)
        return read_order(call.body)

    def charge(self, call: Call, order: Order, bounds: Bounds) -> None:
        """Let the engine work for this call: it is paid for, and with a requestId it is served once."""
        self.usage.charge(app_id_of(call), bounds, self.gateway.mark(call) if order.request_id else None)

    def answer(self, image: bytes) -> Reply:
        """What the engine makes of an image; slow. Never raises: a defect is an answer, and is logged by its type."""
        try:
            return Reply(200, answers.success(self.recognize(image)))
        except NotAnImage:
            return refusal(30500116, "图片格式校验失败,仅支持jpg、jpeg、png、bmp").reply
        except TooManyPixels:
            return refusal(PARAMETER, "参数错误:图片像素过大").reply
        except Exception as error:  # noqa: BLE001 - the caller gets an answer whatever the engine trips over
            # the exception's own text may hold what was on the image
            logger.error("recognition failed: %s", type(error).__name__)
            return refusal(30503127, "OCR识别失败").reply

    def serve(self, call: Call) -> Reply:
        """The answer to a call, start to end. Never raises."""
        try:
            bounds = self.admit(call)
            order = self.read(call)
            self.charge(call, order, bounds)
        except Answered as answered:
            return answered.reply
        except Exception as error:  # noqa: BLE001 - a defect of ours is an answer too
            return defect(error)
        return self.answer(order.image)


def defect(error: Exception) -> Reply:
    """The answer where the server itself trips; it is logged by its type, for its text may hold anything."""
    logger.error("a call failed: %s", type(error).__name__)
    return refusal(30500000, "操作失败,请联系技术支持", status=500).reply
