"""The translated template as CloudFormation makes it for given parameters and a region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ocr_drop_cli.local.translation import TEMPLATE, package

NOTHING = object()
REGIONS = {
    "eu-west-1": ("aws", "amazonaws.com"),
    "us-east-1": ("aws", "amazonaws.com"),
    "cn-north-1": ("aws-cn", "amazonaws.com.cn"),
}


class Made:
    """The stack `drop` in account 123456789012, as far as it can be told before it exists."""

    def __init__(self, region: str = "eu-west-1", **parameters: str) -> None:
        self.template = package(TEMPLATE, parameters, region).template
        partition, suffix = REGIONS[region]
        defaults = {name: str(each["Default"]) for name, each in self.template["Parameters"].items()}
        pseudo = {"StackName": "drop", "AccountId": "123456789012", "Region": region, "Partition": partition}
        pseudo |= {"URLSuffix": suffix}
        self.known = {**defaults, **parameters} | {f"AWS::{name}": value for name, value in pseudo.items()}
        self.resources: dict[str, dict[str, Any]] = {
            name: self.value(resource)
            for name, resource in self.template["Resources"].items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of all resources of a type, by logical id; at least one."""
        found = {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}
        assert found, f"no {kind}"
        return found

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return bool(self.value(self.template["Conditions"][condition]))

    def value(self, written: Any) -> Any:
        """What stands there for these parameters; what only AWS can tell stays as `{"Ref": id}` or `<id.attribute>`."""
        if isinstance(written, list):
            return [each for each in map(self.value, written) if each is not NOTHING]
        if not isinstance(written, dict):
            return written
        if len(written) == 1:
            ((name, given),) = written.items()
            if name in ("Ref", "Condition") or name.startswith("Fn::"):
                return self._called(name, given)
        values = {name: self.value(each) for name, each in written.items()}
        return {name: each for name, each in values.items() if each is not NOTHING}

    def _called(self, name: str, given: Any) -> Any:
        match name, given:
            case "Ref", "AWS::NoValue":
                return NOTHING
            case "Ref", _:
                return self.known.get(given, {"Ref": given})
            case "Condition", str():
                return self.holds(given)
            case "Fn::If", [condition, yes, no]:
                return self.value(yes if self.holds(condition) else no)
            case "Fn::Equals", [one, other]:
                return str(self.value(one)) == str(self.value(other))
            case "Fn::Not", [one]:
                return not self.value(one)
            case "Fn::And", parts:
                return all(map(self.value, parts))
            case "Fn::FindInMap", [table, key, entry]:
                return self.template["Mappings"][table][self.value(key)][self.value(entry)]
            case "Fn::Sub", _:
                return self._substituted(given)
        return {name: given}

    def _substituted(self, given: Any) -> str:
        text, more = (given, {}) if isinstance(given, str) else given
        known: Mapping[str, Any] = {**self.known, **{name: self.value(each) for name, each in more.items()}}
        return re.sub(r"\$\{([^}!]+)\}", lambda found: str(known.get(found[1], f"<{found[1]}>")), text)
