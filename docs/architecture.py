"""The picture of the stack, made from template.yaml: `python docs/architecture.py` draws it anew.

Boxes are resources of the template, arrows are what it says of them: a notification, a mapping, a rule, a grant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"

WIDE, HIGH, GAP_X, GAP_Y, MARGIN = 160, 58, 96, 30, 20
PLACES: Mapping[str, tuple[int, int]] = {
    "UploadsBucket": (0, 1),
    "UploadsQueue": (1, 1),
    "RecognizeFunction": (2, 1),
    "ResultsBucket": (3, 0),
    "IndexTable": (3, 1),
    "EventBus": (3, 2),
    "DeadLetterQueue": (1, 2),
    "OcrSecret": (2, 0),
    "ReconcileFunction": (2, 2),
    "ConsoleFunction": (4, 0),
    "HeardQueue": (4, 2),
    "ConsumerFunction": (4, 3),
}
"""Column and row of each resource that is drawn."""

LEFT_OUT = (
    "Alarm",
    "Attachment",
    "Endpoint",
    "Gateway",
    "Group",
    "Layer",
    "OfSubnet",
    "OfSubnetA",
    "OfSubnetB",
    "Policy",
    "Role",
    "Routes",
    "Rule",
    "Secret",
    "Table",
)
"""How the names of resources end that are no station of an upload: what they are for, the template says."""

OUTSIDE = {"you": (0, 0), "the OCR API": (1, 0)}
WORDS = {
    "AWS::S3::Bucket": "S3 bucket",
    "AWS::SQS::Queue": "SQS queue",
    "AWS::Serverless::Function": "Lambda function",
    "AWS::DynamoDB::Table": "DynamoDB table",
    "AWS::Events::EventBus": "EventBridge bus",
    "AWS::SecretsManager::Secret": "Secrets Manager",
}


def arrows(resources: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """From, to and what goes that way, read from the template."""
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        for queue in properties.get("NotificationConfiguration", {}).get("QueueConfigurations", []):
            if "Queue" in queue:  # the other one is a choice
                yield name, _named(queue["Queue"]), "ObjectCreated"
        if "RedrivePolicy" in properties:
            yield name, _named(properties["RedrivePolicy"]["deadLetterTargetArn"]), "cannot be read"
        for event in properties.get("Events", {}).values():
            given = event["Properties"]
            source = given.get("Queue") or given.get("EventBusName")
            if source:
                yield _named(source), name, "a batch" if "Queue" in given else "announced"
        for target in properties.get("Targets", []):
            yield _named(properties["EventBusName"]), _named(target["Arn"]), "announced"
    yield from _granted(resources)


_GRANTS = {
    ("RecognizeFunction", "s3:PutObject"): "text, places",
    ("RecognizeFunction", "dynamodb:PutItem"): "claim, record",
    ("RecognizeFunction", "events:PutEvents"): "announce",
    ("RecognizeFunction", "secretsmanager:GetSecretValue"): "",
    ("ReconcileFunction", "sqs:SendMessage"): "go on",
    ("ConsoleFunction", "s3:GetObject"): "look, find",
}
"""Which grants are drawn, and what they are for."""


def _granted(resources: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for (function, action), words in _GRANTS.items():
        role = resources[_named(resources[function]["Properties"]["Role"])]
        for statement in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            name = _named(statement["Resource"])
            if action not in actions or (function, name) == ("ConsoleFunction", "UploadsBucket"):
                continue
            yield (name, function, words) if action.endswith(("GetObject", "Value")) else (function, name, words)


def _named(reference: Any) -> str:
    """The resource that a reference of the template means."""
    match reference:
        case {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, *_]}:
            return str(name)
        case {"Fn::Sub": text}:
            return str(text).removeprefix("${").partition(".")[0]
        case [first, *_]:
            return _named(first)
    return ""


def stations(resources: Mapping[str, Any]) -> set[str]:
    """The resources that an upload passes, which all have to be drawn."""
    kept = {"IndexTable", "OcrSecret"}
    return {
        name
        for name, resource in resources.items()
        if resource["Type"] in WORDS and (name in kept or not name.endswith(LEFT_OUT))
    }


def drawn() -> str:
    """The picture as SVG."""
    resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    places = {**PLACES, **OUTSIDE}
    width = MARGIN * 2 + 5 * WIDE + 4 * GAP_X
    height = MARGIN * 2 + 4 * HIGH + 3 * GAP_Y
    parts = [_arrow(places[start], places[end], words) for start, end, words in sorted(set(arrows(resources)))]
    parts += [_arrow((0, 0), (0, 1), "drop"), _arrow((2, 1), (1, 0), "one call")]
    parts += [_box(place, name, WORDS[resources[name]["Type"]], resources[name]) for name, place in PLACES.items()]
    parts += [_box(place, name, "", {"Condition": "outside"}) for name, place in OUTSIDE.items()]
    style = _STYLE.replace("\n", " ")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return (
        "\n".join([head, f"<title>The stack of ocr-drop</title><style>{style}</style>", _HEAD, *parts, "</svg>"]) + "\n"
    )


_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
.kind { font-size: 11px; fill: #62686f }
.word { font-size: 11px; fill: #0b6bcb; paint-order: stroke; stroke: #fff; stroke-width: 4px }
rect { fill: #fff; stroke: #62686f; stroke-width: 1.2 }
.chosen { stroke-dasharray: 5 4 }
.outside { fill: #f4f3f0; stroke: none }
path { fill: none; stroke: #0b6bcb; stroke-width: 1.4; marker-end: url(#head) }
svg { background: #fff }
"""
_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z" style="fill:#0b6bcb;stroke:none;marker-end:none"/></marker></defs>'
)


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    return MARGIN + place[0] * (WIDE + GAP_X), MARGIN + place[1] * (HIGH + GAP_Y)


def _box(place: tuple[int, int], name: str, kind: str, resource: Mapping[str, Any]) -> str:
    x, y = _corner(place)
    mark = {"outside": ' class="outside"', None: ""}.get(resource.get("Condition"), ' class="chosen"')
    middle = x + WIDE // 2
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="8"{mark}/>'
        f'<text x="{middle}" y="{y + (26 if kind else 34)}">{escape(name)}</text>'
        f'<text x="{middle}" y="{y + 43}" class="kind">{escape(kind)}</text>'
    )


def _arrow(start: tuple[int, int], end: tuple[int, int], words: str) -> str:
    """From the side of one box to the side of another that faces it."""
    (ax, ay), (bx, by) = _edge(start, end), _edge(end, start)
    told = f'<text x="{(ax + bx) / 2:g}" y="{(ay + by) / 2 - 4:g}" class="word">{escape(words)}</text>' if words else ""
    return f'<path d="M{ax:g} {ay:g}L{bx:g} {by:g}"/>{told}'


def _edge(place: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    x, y = _corner(place)
    if other[0] != place[0]:
        return (x + WIDE if other[0] > place[0] else x), y + HIGH / 2 + (other[1] - place[1]) * HIGH / 6
    return x + WIDE / 2, (y + HIGH if other[1] > place[1] else y)


if __name__ == "__main__":
    PICTURE.write_text(drawn())
