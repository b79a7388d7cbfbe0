"""The template, as CloudFormation understands it, and its code as zip files: what `sam deploy` would send."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import click

ROOT = Path(__file__).parents[3]
"""The source tree, as an editable install sees it."""

TEMPLATE = ROOT / "template.yaml"

CODE_BUCKET = "ocr-drop-local-code"
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole")
}


@dataclass(frozen=True)
class Package:
    """A translated template and the zip files that it names, by their keys in `CODE_BUCKET`."""

    template: dict[str, Any]
    code: Mapping[str, bytes]


def package(template: Path, parameters: Mapping[str, str], region: str) -> Package:
    """Translate the SAM template of a source tree and zip the code that stands beside it."""
    from samtranslator.yaml_helper import yaml_parse  # a second to import: only the local stack needs it

    if not template.exists():
        raise click.ClickException(
            f"{template} is missing: the local stack is made from a clone of the project, by make run"
        )
    source = yaml_parse(template.read_text())
    code: dict[str, bytes] = {}
    for name, resource in source["Resources"].items():
        place = _CODE.get(resource["Type"])
        if place:
            content = _zipped(resource["Type"], template.parent / resource["Properties"][place])
            key = f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.zip"
            code[key] = content
            resource["Properties"][place] = f"s3://{CODE_BUCKET}/{key}"
    return Package(_translated(source, parameters, region), code)


def _translated(source: dict[str, Any], parameters: Mapping[str, str], region: str) -> dict[str, Any]:
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    session = boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106
    defaults = {name: value["Default"] for name, value in source["Parameters"].items() if "Default" in value}
    translator = Translator(_MANAGED_POLICIES, Parser(), boto_session=session)
    translated: dict[str, Any] = translator.translate(source, {**defaults, **parameters}, feature_toggle=None)
    return translated


def _zipped(kind: str, folder: Path) -> bytes:
    """The zip file of a function's or layer's code, laid out as Lambda expects it."""
    prefix = "python/" if kind == "AWS::Serverless::LayerVersion" else ""
    files = {f"{prefix}{file.relative_to(folder)}": file.read_bytes() for file in sorted(folder.rglob("*.py"))}
    # a layer of locked requirements has no source: the local AWS's own environment holds what it would hold
    return _zip(files or {f"{prefix}README": b"See requirements/local-aws.in.\n"})


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()
