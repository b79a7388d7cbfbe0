"""The endpoint's function as `sam build` makes it, and an environment of Lambda's making to run it in."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from samtranslator.yaml_helper import yaml_parse

from caller import APP_ID, SECRET
from lambda_runtime import Environment, Function

ROOT = Path(__file__).parents[1]
SAM = Path(sys.prefix, "sam", "bin", "sam")
LIMIT = 262_144_000
"""Bytes that a zip function may have, unzipped."""

MEMORY = 3008
NAME = "endpoint"
"""Of the secret and of the table that are made here."""

HERE = f"manylinux_2_28_{platform.machine().replace('arm64', 'aarch64')}"
LAMBDA = "manylinux_2_28_aarch64"
# The runtime of Lambda brings its own client and boto3.
BROUGHT = ("awslambdaric", "simplejson", "snapshot-restore-py")
BROUGHT_TOO = ("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3")


def build(folder: Path, python: Path, for_platform: str, environment: Mapping[str, str]) -> Path:
    """`sam build` in a copy of functions/endpoint; `python` is the folder of a python3.13. Gives the build's folder."""
    copy = folder / for_platform
    shutil.copytree(ROOT / "functions" / "endpoint", copy, ignore=shutil.ignore_patterns("__pycache__", ".aws-sam"))
    path = f"{python}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        [str(SAM), "build"],
        cwd=copy,
        env={**environment, "PATH": path, "PLATFORM": for_platform, "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return copy / ".aws-sam" / "build" / "EndpointFunction"


def size(folder: Path) -> int:
    """Bytes of all files, as Lambda counts them."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def runtime(folder: Path, python: Path) -> Path:
    """A layer of what the runtime brings along, in the versions that are locked here."""
    locks = {ROOT / "requirements/test.txt": BROUGHT, ROOT / "layers/dependencies/requirements.txt": BROUGHT_TOO}
    wanted = [
        line
        for lock, names in locks.items()
        for line in lock.read_text().replace("\\\n", " ").splitlines()
        if line.partition("==")[0] in names
    ]
    assert len(wanted) == len(BROUGHT) + len(BROUGHT_TOO)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text("\n".join(wanted))
    command = [str(python / "python3.13"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    arguments = ["--require-hashes", "--no-deps", "--target", str(folder / "python")]
    subprocess.run([*command, *arguments, "--requirement", str(folder / "requirements.txt")], check=True)
    return folder


def furnish(aws_url: str) -> None:
    """Make in an AWS of this machine what the stack has beside its function: its secret and its table."""
    resources = yaml_parse((ROOT / "functions/endpoint/template.yaml").read_text())["Resources"]
    table = resources["EndpointTable"]["Properties"]
    made = {name: table[name] for name in ("BillingMode", "AttributeDefinitions", "KeySchema")}
    secrets, tables = (_client(name, aws_url) for name in ("secretsmanager", "dynamodb"))
    secrets.create_secret(Name=NAME, SecretString=json.dumps({"appId": APP_ID, "secret": SECRET}))
    tables.create_table(TableName=NAME, **made)


def _client(service: str, aws_url: str) -> Any:
    return boto3.client(service, "us-east-1", endpoint_url=aws_url, aws_access_key_id="t", aws_secret_access_key="t")


def environment(task: Path, layer: Path, python: Path, aws_url: str) -> Environment:
    """The built function in an environment as its template asks for, with a furnished AWS of this machine."""
    variables = {
        "OCR_ENDPOINT_SECRET_ID": NAME,
        "OCR_ENDPOINT_TABLE": NAME,
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return Environment(
        Function(
            task=task,
            layers=[layer],
            handler="handler.handler",
            python=str(python / "python3.13"),
            environment=variables,
            timeout=60,
            memory=MEMORY,
            name="endpoint",
        )
    )


def peak_megabytes(environment: Environment) -> float:
    """The most memory that the environment's process ever held."""
    status = Path(f"/proc/{environment.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
