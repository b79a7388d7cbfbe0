"""What the endpoint is told before it serves: its apps, and how much it takes on. From TOML or variables. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any

from ocr_endpoint.apps import App, Apps, Bounds, Network
from ocr_endpoint.credentials import read_credentials

WORKERS = 2
WAITING = 8


class UnusableSettings(ValueError):
    """A setting is missing or makes no sense; the message names it, says what to put there, and shows no value."""


@dataclass(frozen=True)
class EndpointSettings:
    """The apps by their ids; images that are read at one time, and those that may wait for that."""

    apps: Apps = field(repr=False)
    workers: int = WORKERS
    waiting: int = WAITING

    @classmethod
    def from_toml(cls, text: str) -> EndpointSettings:
        """The settings of a file; raises UnusableSettings.

        `[apps.<app id>]` has `secrets` (one, or two while one is changed for another), and may have `allow`, `quota`
        and `rate`; beside the apps stand `workers` and `waiting`.
        """
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            # its words may quote a line, and so a secret
            place = re.search(r"at (line \d+, column \d+|end of document)", str(error))
            raise UnusableSettings(f"no TOML{f' at {place[1]}' if place else ''}: mend the syntax there") from None
        _know(content, {"apps", "workers", "waiting"}, "the file")
        apps = content.get("apps")
        if not (isinstance(apps, dict) and apps):
            raise UnusableSettings('no apps: write [apps.<app id>], and under it secrets = ["..."]')
        return cls(
            {app_id: _app(app_id, app) for app_id, app in apps.items()},
            _whole("workers", content.get("workers", WORKERS), least=1),
            _whole("waiting", content.get("waiting", WAITING), least=0),
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], credentials: str) -> EndpointSettings:
        """One app from `{"appId", "secret"}`, with what variables bound it by.

        OCR_ENDPOINT_ALLOW (networks, by commas), OCR_ENDPOINT_QUOTA and OCR_ENDPOINT_RATE may be absent. Raises
        UnusableSettings and UnusableCredentials.
        """
        bounds = bounds_from(environment)
        return cls({app_id: replace(app, bounds=bounds) for app_id, app in read_credentials(credentials).items()})


def bounds_from(environment: Mapping[str, str]) -> Bounds:
    """The bounds that the variables OCR_ENDPOINT_ALLOW, _QUOTA and _RATE set; raises UnusableSettings."""
    allow, quota, rate = (environment.get(f"OCR_ENDPOINT_{name}", "").strip() for name in ("ALLOW", "QUOTA", "RATE"))
    return Bounds(
        tuple(_network("OCR_ENDPOINT_ALLOW", part.strip()) for part in allow.split(",")) if allow else (),
        _whole("OCR_ENDPOINT_QUOTA", int(quota) if quota.isdecimal() else quota, least=0) if quota else None,
        _rate("OCR_ENDPOINT_RATE", float(rate) if re.fullmatch(r"\d+(\.\d+)?", rate) else rate) if rate else None,
    )


def _app(app_id: str, content: Any) -> App:
    where = f"apps.{app_id}"
    if not isinstance(content, dict):
        raise UnusableSettings(f'{where} is no table: write [{where}], and under it secrets = ["..."]')
    _know(content, {"secrets", "allow", "quota", "rate"}, where)
    secrets = _texts(content.get("secrets"))
    if not (1 <= len(secrets) <= 2 and all(secret.strip() for secret in secrets)):
        raise UnusableSettings(f"{where}: secrets takes one secret, or two while one is changed for another")
    allow = _texts(content.get("allow"))
    if "allow" in content and not allow:
        raise UnusableSettings(f'{where}: allow takes a list of addresses or networks, such as ["192.0.2.0/24"]')
    quota, rate = content.get("quota"), content.get("rate")
    bounds = Bounds(
        tuple(_network(f"{where}: allow", part) for part in allow),
        None if quota is None else _whole(f"{where}: quota", quota, least=0),
        None if rate is None else _rate(f"{where}: rate", rate),
    )
    return App(secrets, bounds)


def _know(content: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(content.keys() - known):
        raise UnusableSettings(f"{where} has {unknown[0]}, which is not known: it takes {', '.join(sorted(known))}")


def _texts(value: Any) -> tuple[str, ...]:
    """The texts of a list; none where it is not one, or holds anything else."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    return ()


def _network(name: str, text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise UnusableSettings(f"{name} takes addresses or networks, such as 192.0.2.0/24") from None


def _whole(name: str, value: Any, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UnusableSettings(f"{name} takes a whole number from {least}")
    return value


def _rate(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
        raise UnusableSettings(f"{name} takes calls a second, more than 0")
    return float(value)
