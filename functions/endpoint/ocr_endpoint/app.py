"""One call from door to answer, whatever carries it: HTTP on this machine, or a Lambda function."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ocr_endpoint import answers
from ocr_endpoint.calls import OCR_PATH, Answered, Call, Reply, refusal
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.intake import PARAMETER, read_image
from ocr_endpoint.page import NotAnImage, Page, TooManyPixels

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OcrApi:
    """The API: a gateway in front of an engine, which know nothing of each other."""

    gateway: Gateway
    recognize: Callable[[bytes], Page]

    def check(self, call: Call) -> bytes:
        """The image of a call that may be served; quick. Raises Answered with the answer to any other."""
        if self.gateway.tokens.serves(call):
            raise Answered(self.gateway.tokens.answer(call))
        self.gateway.admit(call)
        if call.path.rstrip("/") != OCR_PATH:
            raise refusal(404, "请求的接口不存在", status=404)
        if call.method != "POST":
            raise refusal(405, "请求方法不支持", status=405, headers={"Allow": "POST"})
        return read_image(call.body)

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
        """The answer to a call, start to end."""
        try:
            return self.answer(self.check(call))
        except Answered as answered:
            return answered.reply
