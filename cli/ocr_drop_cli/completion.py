"""`ocr-drop completion`: what a shell has to read so that it completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_WHERE = {
    "bash": 'eval "$(ocr-drop completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(ocr-drop completion zsh)" in ~/.zshrc',
    "fish": "ocr-drop completion fish > ~/.config/fish/completions/ocr-drop.fish",
}


@click.command(epilog="; ".join(f"{shell}: {line}" for shell, line in _WHERE.items()))
@click.argument("shell", type=click.Choice(list(_WHERE)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell} is not known to this version of click")
    print(found(context.find_root().command, {}, "ocr-drop", "_OCR_DROP_COMPLETE").source())
