"""Pillow's calls on what came from outside: in silence, and whatever they fail with told in one sentence."""

from __future__ import annotations

import ctypes
import functools
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import ParamSpec, TypeVar

from PIL import Image, UnidentifiedImageError

from ocr_drop.errors import Unreadable

MOST_PIXELS = 400_000_000
"""More take longer than a function has, however little memory they need."""

P = ParamSpec("P")
T = TypeVar("T")


def plainly(call: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """What one call of Pillow's gives; whatever its plugins meet in bytes from outside is raised as `Unreadable`.

    Only Pillow's own work belongs inside: a defect of ours must not pass for a damaged image.
    """
    try:
        return call(*arguments, **options)
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - plugins fail with struct, key, index, assertion and other errors
        told = _meaning(error)
    # out here, where the error is not chained to it: its text can hold bytes of the image
    raise told


def _meaning(error: Exception) -> Unreadable:
    if isinstance(error, Image.DecompressionBombError):
        return Unreadable("too_large", f"the image has more than the {MOST_PIXELS:,} pixels that are opened")
    if isinstance(error, MemoryError):
        return Unreadable("too_large", "the image needs more memory than there is")
    if isinstance(error, UnidentifiedImageError):
        return Unreadable("not_an_image", "the file is no image of a kind that can be read")
    return Unreadable("damaged", "the image is damaged or cut off")


@contextmanager
def quietly() -> Iterator[None]:
    """Nothing that an image library has to say reaches a person; memory that runs out is told by `Unreadable`."""
    _silence()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except MemoryError as error:
            raise _meaning(error) from None


@functools.cache
def _silence() -> None:
    """Once: our own limits instead of Pillow's, no log lines of Pillow's, no messages of libtiff's on stderr."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    logging.getLogger("PIL").setLevel(logging.CRITICAL + 1)
    # libtiff prints errors by itself; Pillow links it dynamically, so its own switch is within reach
    with suppress(OSError, AttributeError):
        switch = ctypes.CDLL(import_module("PIL._imaging").__file__).TIFFSetErrorHandler
        switch.argtypes, switch.restype = [ctypes.c_void_p], ctypes.c_void_p
        switch(None)
