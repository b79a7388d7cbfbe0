"""What can keep the local stack from running."""

from __future__ import annotations

import click


class LocalFailure(click.ClickException):
    """The local stack cannot run; the message is one sentence that says what to do."""
