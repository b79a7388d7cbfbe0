"""The processes of a stack: none of them outlives it, even if it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import click

from ocr_drop_cli.local import reaper, state

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_HERE = "127.0.0.1,localhost"


class Processes:
    """Child processes, each the head of its own group, and a folder; all gone after `stop`, or when we are."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ocr-drop-"))
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._patience: dict[str, float] = {}
        self._reaper = subprocess.Popen(
            [sys.executable, "-I", "-S", reaper.__file__, str(self.folder), str(state.own_file())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        pass_fds: Sequence[int] = (),
        patience: float = 0,
    ) -> None:
        """Start a child with an environment of its own; what it says goes to `log(name)`.

        `patience` is for one that has something to put in order at the end: SIGTERM and so many seconds, before all
        are killed.
        """
        home = self.folder / name
        home.mkdir()
        with self.log(name).open("wb") as log:
            child = subprocess.Popen(
                command,
                cwd=home,
                env={**_environment(), "HOME": str(home), "TMPDIR": str(home), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                start_new_session=True,
            )
            assert self._reaper.stdin is not None  # noqa: S101  it was asked for above
            self._reaper.stdin.write(b"%d\n" % child.pid)
            self._reaper.stdin.flush()
            self._children[name] = child
            self._patience[name] = patience

    def pid(self, name: str) -> int:
        """The process of a child."""
        return self._children[name].pid

    def log(self, name: str) -> Path:
        """The file that holds what a child said."""
        return self.folder / f"{name}.log"

    def check(self) -> None:
        """Raise, with the child's last words, if a child has ended: none ends by itself."""
        for name, child in list(self._children.items()):
            if child.poll() is not None:
                raise click.ClickException(f"{name} ended unexpectedly: {self._last_words(name)}")

    def _last_words(self, name: str) -> str:
        lines = self.log(name).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self) -> None:
        """Kill all children and remove the folder; nothing of it was meant to last."""
        for name, patience in self._patience.items():
            if patience:
                self._children[name].terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._children[name].wait(patience)
        assert self._reaper.stdin is not None  # noqa: S101  it was asked for above
        self._reaper.stdin.close()
        self._reaper.wait()
        for child in self._children.values():
            child.wait()


def _environment() -> dict[str, str]:
    """What a child may know of ours: enough to reach the network, nothing of the user's AWS."""
    kept = {name: os.environ[name] for name in (*_PASSED_ON, *_PROXIES) if name in os.environ}
    if any(name in kept for name in _PROXIES):
        # a proxy cannot reach this machine's own ports
        kept["NO_PROXY"] = kept["no_proxy"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), _HERE)))
    return kept
