"""The command tree of `ocr-drop`, and the one place where a failure becomes a sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from ocr_drop.errors import OcrDropError

COMMANDS = {
    "backfill": "ocr_drop_cli.backfill:backfill",
    "bill": "ocr_drop_cli.bill:bill",
    "completion": "ocr_drop_cli.completion:completion",
    "console": "ocr_drop_cli.console:console",
    "drill": "ocr_drop_cli.drill.commands:drill",
    "endpoint": "ocr_drop_cli.endpoint:endpoint",
    "export": "ocr_drop_cli.export:export",
    "fit": "ocr_drop_cli.fit:fit",
    "forget": "ocr_drop_cli.forget:forget",
    "listen": "ocr_drop_cli.listen:listen",
    "local": "ocr_drop_cli.local.commands:local",
    "put": "ocr_drop_cli.put:put",
    "redrive": "ocr_drop_cli.redrive:redrive",
    "search": "ocr_drop_cli.search:search",
    "show": "ocr_drop_cli.show:show",
    "sign": "ocr_drop_cli.sign:sign",
    "status": "ocr_drop_cli.status:status",
    "view": "ocr_drop_cli.view:view",
}
"""Where each command is found. It is imported when it is asked for, so that no command waits for another's."""

DONE, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


class Commands(click.Group):
    """The commands of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click names its arguments
        """All names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  the same
        """Import a command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=Commands)
@click.version_option(package_name="ocr-drop")
def ocr_drop() -> None:
    """Drop an image in a bucket; get its text, where each line stands, a searchable record and an event."""


def main() -> None:
    """Do what the command line says and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` say and return the exit code; what a user can cause ends as one sentence on stderr."""
    try:
        code = ocr_drop.main(list(arguments), prog_name="ocr-drop", standalone_mode=False)
        return code if isinstance(code, int) else DONE
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return BAD_USAGE
    except click.UsageError as error:
        return _said(f"{_sentence(error)} (see: {_path(error)} --help)", BAD_USAGE)
    except click.ClickException as error:
        return _said(_sentence(error), FAILED)
    except OcrDropError as error:
        return _said(error.message, FAILED)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output left: nothing more can be said, not even by the interpreter at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _said(sentence: str, code: int) -> int:
    print(f"ocr-drop: {sentence}", file=sys.stderr)
    return code


def _sentence(error: click.ClickException) -> str:
    return " ".join(error.format_message().split()).rstrip(".")


def _path(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx else "ocr-drop"
