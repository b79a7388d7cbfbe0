"""The README cannot rot: what is made from code is what code says today, and every name in it exists."""

from __future__ import annotations

import re
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from generated import README, ROOT, with_generated_parts
from ocr_drop_cli.main import COMMANDS


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


CHINESE = ROOT / "README.zh-CN.md"


def test_the_chinese_readme_keeps_step() -> None:
    """It has all sections but the figures, names every parameter and command, and its links lead somewhere."""
    text, template = CHINESE.read_text(), yaml_parse((ROOT / "template.yaml").read_text())
    sections = [line for line in README.read_text().splitlines() if line.startswith("## ")]
    assert len([line for line in text.splitlines() if line.startswith("## ")]) == len(sections) - 1
    rows = re.findall(r"^\| `([A-Z]\w+)` \|", text, re.MULTILINE)
    assert [name for name in rows if not name.endswith("Alarm")] == list(template["Parameters"])
    named = set(re.findall(r"^\| `ocr-drop (\w+)", text, re.MULTILINE))
    assert named == set(COMMANDS)
    links = re.findall(r"\]\(([^)#:]+)[#)]", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_readmes_show_the_same_output_and_the_same_commands() -> None:
    """What is printed is printed: blocks of code are the same in both, but for the way of an upload."""
    blocks = [re.findall(r"```(?:console|json)\n(.*?)```", file.read_text(), re.DOTALL) for file in (README, CHINESE)]
    english = {block for block in blocks[0] if "--help" not in block}
    assert set(blocks[1]) <= english
