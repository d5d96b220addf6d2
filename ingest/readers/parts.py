"""The parts of a zipped document, and its XML as trees."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree
from lxml.etree import _Element

from ingest.errors import Unreadable
from ingest.readers.archive import check_archive
from ingest.readers.packages import DAMAGES

DATE = re.compile(r"[12]\d{3}-\d{2}-\d{2}")


class Parts:
    """The files inside an archive, by name."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a part. Raises `Unreadable` if it is damaged or not there."""
        try:
            return self._archive.read(name)
        except (*DAMAGES, KeyError, zlib.error, RuntimeError) as error:
            raise Unreadable(f"El archivo está dañado o incompleto ({error}).") from error

    def tree(self, name: str) -> _Element:
        """The part as XML: no entity is resolved, nothing is fetched. Raises `Unreadable`."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            tree = etree.fromstring(self.read(name), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(f"El archivo está dañado: {name} no es XML ({error}).") from error
        return tree

    def optional(self, name: str) -> _Element | None:
        """The same, or None if there is no such part or it is damaged: one can read without it."""
        try:
            return self.tree(name)
        except Unreadable:
            return None


@contextmanager
def open_parts(data: bytes) -> Iterator[Parts]:
    """The parts of an archive that passed the gate. Raises `ReadError`."""
    check_archive(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield Parts(archive)


def named(tree: _Element | None, name: str) -> Iterator[_Element]:
    """All elements with this local name, whatever their namespace."""
    if tree is not None:
        yield from tree.iter(f"{{*}}{name}")


def first_text(tree: _Element | None, name: str) -> str:
    """The text of the first such element; "" if there is none."""
    return next((element.text or "" for element in named(tree, name)), "")


def two_letters(language: str) -> str | None:
    """The code of a language without its country."""
    code = language.replace("_", "-").split("-")[0].strip().lower()
    return code if len(code) == 2 and code.isalpha() else None


def iso_date(text: str) -> str | None:
    """The date that a moment in ISO 8601 starts with."""
    match = DATE.match(text.strip())
    return match[0] if match else None
