"""Who may call: an app with its secrets, and what bounds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Bounds:
    """What bounds an app: networks that may call (none: all), paid calls that it has, calls a second (None: no end)."""

    allow: tuple[Network, ...] = ()
    quota: int | None = None
    rate: float | None = None

    def lets_in(self, source: str) -> bool:
        """Whether a call may come from this IP address."""
        if not self.allow:
            return True
        try:
            address = ip_address(source)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.allow)


@dataclass(frozen=True)
class App:
    """An app id's secrets, all valid at once so that one can be changed for another, and its bounds."""

    secrets: tuple[str, ...] = field(repr=False)
    bounds: Bounds = Bounds()


Apps = Mapping[str, App]
"""The apps by their ids."""
