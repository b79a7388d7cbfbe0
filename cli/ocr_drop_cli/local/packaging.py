"""template.yaml becomes what CloudFormation takes, its code packed from the source tree. No network."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ocr_drop_cli.local.failures import LocalFailure

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "template.yaml"
REGION = "us-east-1"

_PROPERTY = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def load() -> dict[str, Any]:
    """The template as it is written."""
    if not TEMPLATE.exists():
        raise LocalFailure("template.yaml is not there: the local stack runs from a clone of the project")
    from samtranslator.yaml_helper import yaml_parse

    return dict(yaml_parse(TEMPLATE.read_text()))


def package(template: dict[str, Any], bucket: str) -> dict[str, bytes]:
    """Point each function and layer to an object of `bucket`; gives what these objects hold.

    The layer of dependencies is empty here: the local AWS's own environment holds just those packages.
    """
    packed = {}
    for name, resource in template["Resources"].items():
        where = _PROPERTY.get(resource["Type"])
        if where is None:
            continue
        folder = ROOT / resource["Properties"][where]
        packed[name] = _zip_of(folder, prefix="python/" if where == "ContentUri" else "")
        resource["Properties"][where] = f"s3://{bucket}/{name}"
    return packed


def translate(template: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """The SAM template as CloudFormation, by AWS's own translator."""
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    session = boto3.Session("unused", "unused", region_name=REGION)
    defaults = {name: value["Default"] for name, value in template.get("Parameters", {}).items() if "Default" in value}
    translator = Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=session)
    return dict(translator.translate(sam_template=template, parameter_values={**defaults, **parameters}))


def _zip_of(folder: Path, prefix: str) -> bytes:
    """The Python files of a folder; a layer's packages stand under `python/`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{prefix}.packed", "")
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix in (".py", ".typed"):
                archive.write(path, prefix + str(path.relative_to(folder)))
    return out.getvalue()
