"""One file of the corpus, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass, field

ANY = ("fits", "damaged", "not_an_image", "too_large")
"""What may come of bytes that chance has changed: they can be whole all the same."""

REFUSED = ("damaged", "not_an_image", "too_large")
FITS = ("fits",)


@dataclass(frozen=True)
class Specimen:
    """A hostile or damaged file; `outcomes` are `fits` and the codes of refusals that are right for it."""

    name: str
    data: bytes = field(repr=False)
    outcomes: tuple[str, ...] = ANY

    @property
    def kind(self) -> str:
        """What it is a damaged one of: the first word of its name."""
        return self.name.partition(" ")[0]
