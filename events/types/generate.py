"""Types of events and documents, made from their JSON Schemas: `python events/types/generate.py` writes them anew.

Covers what the schemas of events/out use: objects, arrays, tuples, enums, constants, unions, references.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

HERE = Path(__file__).parent
SCHEMAS = {
    "DocumentRecognized": "document-recognized.schema.json",
    "DocumentFailed": "document-failed.schema.json",
    "Document": "document.schema.json",
}
"""The schema of each type, in events/out."""

Schema = Mapping[str, Any]


class Language(Protocol):
    """How one language writes types."""

    @property
    def plain(self) -> Mapping[str, str]:
        """What JSON's own types are called."""

    def union(self, parts: list[str]) -> str:
        """One of several."""

    def listed(self, inner: str) -> str:
        """Any number."""

    def fixed(self, parts: list[str]) -> str:
        """So many, in this order."""

    def literal(self, value: Any) -> str:
        """One value alone."""

    def record(self, name: str, told: str, fields: list[tuple[str, str, bool, str]]) -> str:
        """An object: its fields with name, type, whether each is always there, and what it is."""


class Python:
    """`TypedDict`s."""

    plain: ClassVar = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

    def union(self, parts: list[str]) -> str:
        return " | ".join(parts)

    def listed(self, inner: str) -> str:
        return f"list[{inner}]"

    def fixed(self, parts: list[str]) -> str:
        return f"list[{self.union(list(dict.fromkeys(parts)))}]"  # JSON gives lists

    def literal(self, value: Any) -> str:
        return f"Literal[{json.dumps(value)}]"

    def record(self, name: str, told: str, fields: list[tuple[str, str, bool, str]]) -> str:
        lines = [f"class {name}(TypedDict):", f'    """{told.rstrip(".")}."""', ""]
        for field, kind, required, about in fields:
            lines.append(f"    {field}: {kind if required else f'NotRequired[{kind}]'}")
            lines += [f'    """{about.rstrip(".")}."""'] if about else []
        return "\n".join(lines)


class TypeScript:
    """Interfaces."""

    plain: ClassVar = {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }

    def union(self, parts: list[str]) -> str:
        return " | ".join(parts)

    def listed(self, inner: str) -> str:
        return f"({inner})[]" if "|" in inner else f"{inner}[]"

    def fixed(self, parts: list[str]) -> str:
        return f"[{', '.join(parts)}]"

    def literal(self, value: Any) -> str:
        return json.dumps(value)

    def record(self, name: str, told: str, fields: list[tuple[str, str, bool, str]]) -> str:
        lines = [f"/** {told.rstrip('.')}. */", f"export interface {name} {{"]
        for field, kind, required, about in fields:
            lines += [f"  /** {about.rstrip('.')}. */"] if about else []
            lines.append(f"  {field}{'' if required else '?'}: {kind};")
        return "\n".join([*lines, "}"])


class Types:
    """The types of one schema in one language, inner ones first."""

    def __init__(self, name: str, schema: Schema, language: Language) -> None:
        self._name = name
        self._schema = schema
        self._language = language
        self._records: dict[str, str] = {}

    def written(self) -> Mapping[str, str]:
        """Each record's text by its name."""
        self._kind(self._name, self._schema)
        return self._records

    def _kind(self, name: str, schema: Schema) -> str:
        language = self._language
        match schema:
            case {"$ref": reference}:
                inner = reference.rsplit("/", 1)[1]
                return self._kind(_titled(inner), self._schema["$defs"][inner])
            case {"const": value}:
                return language.literal(value)
            case {"enum": values}:
                return language.union([language.literal(value) for value in values])
            case {"anyOf": parts}:
                return language.union([self._kind(name, part) for part in parts])
            case {"properties": _, "type": "object"}:
                return self._record(name, schema)
            case {"prefixItems": parts}:
                return language.fixed([self._kind(name, part) for part in parts])
            case {"items": inner, "minItems": count, "maxItems": most} if count == most:
                return language.fixed([self._kind(_single(name), inner)] * count)
            case {"items": inner}:
                return language.listed(self._kind(_single(name), inner))
            case {"type": [*kinds]}:
                return language.union([language.plain[kind] for kind in kinds])
            case {"type": kind}:
                return language.plain[kind]
        raise ValueError(f"{name}: {schema}")

    def _record(self, name: str, schema: Schema) -> str:
        required = schema.get("required", [])
        fields = [
            (field, self._kind(_titled(field), inner), field in required, inner.get("description", ""))
            for field, inner in schema["properties"].items()
        ]
        told = schema.get("description") or schema["title"]
        self._records.setdefault(name, self._language.record(name, told, fields))
        return name


def _titled(name: str) -> str:
    return name[0].upper() + name[1:]


def _single(name: str) -> str:
    return name.removesuffix("s")


def _all(language: Language) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name, file in SCHEMAS.items():
        schema = json.loads((HERE.parent / "out" / file).read_text())
        for record, text in Types(name, schema, language).written().items():
            if seen.setdefault(record, text) != text:
                raise ValueError(f"two records are called {record}")
    yield from seen.values()


def python() -> str:
    """The Python module."""
    head = '"""Types of ocr-drop\'s events and documents, made from their JSON Schemas: do not edit."""'
    imports = "from typing import Literal, NotRequired, TypedDict"
    return "\n\n\n".join([f"{head}\n\n{imports}", *_all(Python())]) + "\n"


def typescript() -> str:
    """The TypeScript declarations."""
    head = "// Types of ocr-drop's events and documents, made from their JSON Schemas: do not edit."
    return "\n\n".join([head, *_all(TypeScript())]) + "\n"


FILES = {HERE / "python/ocr_drop_events/__init__.py": python, HERE / "typescript/index.d.ts": typescript}
"""What is written, and by what."""

if __name__ == "__main__":
    for file, make in FILES.items():
        file.write_text(make())
