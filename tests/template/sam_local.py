"""`sam local invoke` with only the container replaced: SAM reads template, event and variables, AWS's runtime runs.

Run by SAM's own interpreter: `python sam_local.py PYTHON RUNTIME ARGUMENTS...`, where PYTHON is the interpreter that
runs the function and RUNTIME a folder that holds awslambdaric.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

sys.path.insert(0, str(Path(__file__).parents[1]))

from samcli.cli.main import cli
from samcli.local.docker.container_client_factory import ContainerClientFactory
from samcli.local.lambdafn.runtime import LambdaRuntime

from lambda_runtime import Environment, Function

PYTHON, RUNTIME, *ARGUMENTS = sys.argv[1:]


def invoke(_runtime: Any, config: Any, event: str, *_: Any, stdout: Any, stderr: Any, **__: Any) -> None:
    """What SAM would have a container do."""
    config.env_vars.add_lambda_event_body(event)
    function = Function(
        task=Path(config.code_abs_path),
        layers=[*(Path(layer.codeuri) for layer in config.layers), Path(RUNTIME)],
        handler=config.handler,
        python=PYTHON,
        environment=config.env_vars.resolve(),
        timeout=config.timeout,
        memory=config.memory,
    )
    environment = Environment(function)
    try:
        stdout.write_str(json.dumps(environment.invoke(json.loads(event))))
    finally:
        environment.close()
        stderr.write_str("".join(environment.output))


ContainerClientFactory.create_client = staticmethod(lambda *_, **__: MagicMock())
LambdaRuntime.invoke = invoke
LambdaRuntime.clean_running_containers_and_related_resources = lambda _: None

if __name__ == "__main__":
    cli(["local", "invoke", *ARGUMENTS], prog_name="sam")
