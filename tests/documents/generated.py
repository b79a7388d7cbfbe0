"""The parts of the README that are made from code: `python tests/documents/generated.py` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner
from samtranslator.yaml_helper import yaml_parse

from ocr_drop_cli.main import ocr_drop

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def with_generated_parts(text: str) -> str:
    """The README with each generated part as code says it today."""
    for name, content in {"parameters": _parameters(), "help": _help()}.items():
        begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        text = pattern.sub(f"{begin}\n{content}\n{end}".replace("\\", "\\\\"), text)
    return text


def _parameters() -> str:
    rows = ["| parameter | default | what it does |", "|---|---|---|"]
    for name, parameter in yaml_parse((ROOT / "template.yaml").read_text())["Parameters"].items():
        default = f"`{parameter['Default']}`" if parameter.get("Default") != "" else "(empty)"
        rows.append(f"| `{name}` | {default} | {parameter['Description']} |")
    return "\n".join(rows)


def _help() -> str:
    return "\n\n".join(f"```console\n$ {name} --help\n{text}\n```" for name, text in _texts(ocr_drop, "ocr-drop"))


def _texts(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    words = name.split()[1:]
    output = CliRunner().invoke(ocr_drop, [*words, "--help"], prog_name="ocr-drop", terminal_width=100).output
    yield name, output.rstrip()
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from _texts(found, f"{name} {child}")


if __name__ == "__main__":
    README.write_text(with_generated_parts(README.read_text()))
