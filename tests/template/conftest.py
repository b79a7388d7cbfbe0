"""SAM's own command line, and what it builds."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_drop_cli.local.translation import ROOT

SAM = Path(sys.prefix, "sam", "bin", "sam")
ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def _runs(python: str) -> bool:
    """Whether this is a Python 3.13 and not a shim that points nowhere."""
    command = [python, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"]
    try:
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    except OSError:
        return False


def _python_3_13() -> Path | None:
    """The folder of a python3.13 that runs: on PATH, or kept by pyenv under its own roof."""
    found = shutil.which("python3.13")
    if found and _runs(found):
        return Path(found).parent
    if pyenv := shutil.which("pyenv"):
        listed = subprocess.run([pyenv, "root"], capture_output=True, text=True, timeout=20).stdout.strip()
        candidates = sorted(Path(listed, "versions").glob("3.13*/bin/python3.13"))
        return next((path.parent for path in candidates if _runs(str(path))), None)
    return None


@pytest.fixture(scope="session")
def python_3_13() -> Path:
    """The folder of the runtime's Python; without one, what is built with it cannot be tested here."""
    found = _python_3_13()
    if found is None:
        pytest.skip("no python3.13 here: sam build compiles for the runtime, and needs it on PATH")
    return found


@pytest.fixture(scope="session")
def sam_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """SAM without its telemetry, and with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    return {**os.environ, "SAM_CLI_TELEMETRY": "0", "HOME": str(home), "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def built(
    python_3_13: Path, sam_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """What `sam build` makes of a copy of the project, for this machine's architecture."""
    copy = tmp_path_factory.mktemp("build")
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, copy)
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**sam_environment, "PATH": f"{python_3_13}{os.pathsep}{os.environ['PATH']}"}
    command = [str(SAM), "build", "--parameter-overrides", f"Architecture={ARCHITECTURE}"]
    result = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    yield copy / ".aws-sam" / "build"
    shutil.rmtree(copy)
