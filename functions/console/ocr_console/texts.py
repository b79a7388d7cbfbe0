"""A full-text index of what a stack recognized: an SQLite file that follows the stack's records.

Every piece of three letters is indexed (FTS5's trigrams), so Chinese, which has no spaces, is found like any other
text. Each line ends with two marks that no text holds: so a piece of two letters begins some trigram everywhere.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_VERSION = 1
_END = "\x02\x02"
_MOST_FOLLOWERS = 400
"""Trigrams that a piece of two letters may begin; with more of them, reading the lines is quicker."""

_TABLES = f"""
CREATE TABLE IF NOT EXISTS documents (id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lines (
  id INTEGER PRIMARY KEY, document INTEGER NOT NULL, page INTEGER NOT NULL, line INTEGER NOT NULL,
  text TEXT NOT NULL, polygon TEXT NOT NULL, plain TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS lines_of_document ON lines (document);
CREATE VIRTUAL TABLE IF NOT EXISTS pieces USING fts5 (
  plain, content='lines', content_rowid='id', tokenize='trigram case_sensitive 1', columnsize=0, detail=full
);
CREATE VIRTUAL TABLE IF NOT EXISTS known_pieces USING fts5vocab ('pieces', 'row');
PRAGMA user_version = {_VERSION};
"""


@dataclass(frozen=True)
class Hit:
    """A line that was found. `line` counts from 1 on its `page`; `polygon` as in the document."""

    key: str
    page: int
    line: int
    text: str
    polygon: list[list[float]]


class Texts:
    """The index in one file. One that is damaged, or of another version, is begun again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._database = self._opened()

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._tables()
        except sqlite3.DatabaseError:
            for name in (self._path.name, f"{self._path.name}-wal", f"{self._path.name}-shm"):
                self._path.with_name(name).unlink(missing_ok=True)
            return self._tables()

    def _tables(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, check_same_thread=False, timeout=30)
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            database.close()
            raise sqlite3.DatabaseError
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_TABLES)
        return database

    def newest(self) -> str:
        """When the newest document was recognized; empty without any."""
        with self._lock:
            return str(self._database.execute("SELECT coalesce(max(at), '') FROM documents").fetchone()[0])

    def holds(self, key: str, at: str) -> bool:
        """Whether this very document is in the index."""
        with self._lock:
            found = self._database.execute("SELECT at FROM documents WHERE key = ?", (key,)).fetchone()
        return bool(found and found[0] == at)

    def add(self, document: Mapping[str, Any]) -> None:
        """Put a document in, in the place of an older one of its key."""
        key, at = document["source"]["key"], document["recognizedAt"]
        with self._lock, self._database:
            self._drop(key)
            number = self._database.execute("INSERT INTO documents (key, at) VALUES (?, ?)", (key, at)).lastrowid
            first = self._database.execute("SELECT coalesce(max(id), 0) + 1 FROM lines").fetchone()[0]
            rows = [(first + count, number, *row) for count, row in enumerate(_rows(document))]
            self._database.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            pieces = [(row[0], row[-1]) for row in rows]
            self._database.executemany("INSERT INTO pieces (rowid, plain) VALUES (?, ?)", pieces)

    def remove(self, key: str) -> None:
        """Take a key's document out, if it is there."""
        with self._lock, self._database:
            self._drop(key)

    def _drop(self, key: str) -> None:
        found = self._database.execute("SELECT id FROM documents WHERE key = ?", (key,)).fetchone()
        if found is None:
            return
        delete = "INSERT INTO pieces (pieces, rowid, plain) SELECT 'delete', id, plain FROM lines WHERE document = ?"
        self._database.execute(delete, found)
        self._database.execute("DELETE FROM lines WHERE document = ?", found)
        self._database.execute("DELETE FROM documents WHERE id = ?", found)

    def find(self, text: str, limit: int = 50) -> list[Hit]:
        """Lines that hold every word of a text, in any case and width; the newest documents first."""
        words = plain(text).split()
        if not words:
            return []
        with self._lock:
            return [_hit(row) for row in self._found(words, limit)]

    def _found(self, words: Sequence[str], limit: int) -> Iterator[Sequence[Any]]:
        asked = [each for each in map(self._asked, words) if each]
        conditions = ["lines.plain LIKE ? ESCAPE '!'"] * len(words)
        values: list[Any] = [f"%{_literal(word)}%" for word in words]
        if asked:
            conditions.append("lines.id IN (SELECT rowid FROM pieces WHERE pieces MATCH ?)")
            values.append(" AND ".join(asked))
        query = f"""
            SELECT key, page, line, text, polygon FROM lines JOIN documents ON documents.id = lines.document
            WHERE {" AND ".join(conditions)} ORDER BY at DESC, key, page, line LIMIT ?
        """  # noqa: S608 - made of the constants above, every value is a parameter
        yield from self._database.execute(query, (*values, limit))

    def _asked(self, word: str) -> str | None:
        """What FTS5 is asked for a word; None where only reading the lines can tell."""
        if len(word) >= 3:
            return _quoted(word)
        if len(word) < 2:
            return None
        beyond = word[:-1] + chr(ord(word[-1]) + 1)
        terms = self._database.execute(
            "SELECT term FROM known_pieces WHERE term >= ? AND term < ? LIMIT ?", (word, beyond, _MOST_FOLLOWERS + 1)
        ).fetchall()
        if len(terms) > _MOST_FOLLOWERS:
            return None
        return "(" + " OR ".join(_quoted(term) for (term,) in terms) + ")" if terms else _quoted(word + _END)

    def close(self) -> None:
        """Leave the file in good order."""
        with self._lock, suppress(sqlite3.Error):
            self._database.close()


def plain(text: str) -> str:
    """A text as it is compared: full and half width, case and compatibility forms are one."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\x00", " ")


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[int, int, str, str, str]]:
    for page in document["pages"]:
        for number, line in enumerate(page["lines"], start=1):
            yield page["page"], number, line["text"], json.dumps(line["polygon"]), plain(line["text"]) + _END


def _hit(row: Sequence[Any]) -> Hit:
    key, page, line, text, polygon = row
    return Hit(key, page, line, text, json.loads(polygon))


def _quoted(word: str) -> str:
    doubled = word.replace('"', '""')
    return f'"{doubled}"'


def _literal(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
