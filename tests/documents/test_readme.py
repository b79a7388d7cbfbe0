"""The README cannot rot: what is made from code is what code says today, and every name in it exists."""

from __future__ import annotations

import re
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from generated import README, ROOT, with_generated_parts


def test_generated_parts_are_what_code_says_today() -> None:
    """Help texts and parameters in the README are the program's and the template's own."""
    text = README.read_text()
    assert with_generated_parts(text) == text, "run: make format"


def test_every_link_leads_somewhere() -> None:
    """Each relative link and picture of the README is a file of the project."""
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_of_the_makefile_is_one() -> None:
    """`make` targets that the README names exist."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", README.read_text())) - {"sure"}
    assert named <= targets


def test_every_output_that_the_readme_names_is_one() -> None:
    """Placeholders such as <SecretId> are outputs of a template."""
    templates = (ROOT / "template.yaml", ROOT / "functions/endpoint/template.yaml")
    outputs = {name for template in templates for name in yaml_parse(template.read_text())["Outputs"]}
    assert set(re.findall(r"<([A-Z][A-Za-z]+)>", README.read_text())) <= outputs


def test_every_locked_requirement_names_no_registry() -> None:
    """Lock files hold versions and hashes, and no address."""
    deployed = [ROOT / folder / "requirements.txt" for folder in ("layers/dependencies", "functions/endpoint")]
    for lock in [*Path(ROOT / "requirements").glob("*.txt"), *deployed]:
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index-url" not in text
