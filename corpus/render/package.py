"""An Office file becomes the same package whenever its content is the same."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from render.source import Source

EPOCH = (1980, 1, 1, 0, 0, 0)


def fixed_package(content: bytes) -> bytes:
    """Rewrite a zip with fixed times."""
    stream = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(ZipInfo(name, EPOCH), old.read(name), ZIP_DEFLATED)
    return stream.getvalue()


def members(content: bytes) -> list[tuple[str, bytes]]:
    """What a zip holds, in order: compressed bytes differ between zlib builds, these do not."""
    with ZipFile(BytesIO(content)) as package:
        return [(name, package.read(name)) for name in package.namelist()]


def describe(properties: Any, source: Source) -> None:
    """Fill in the core properties of a Word or PowerPoint file."""
    when = datetime.fromisoformat(source.date).replace(tzinfo=UTC)
    properties.title, properties.subject = source.title, source.subtitle
    properties.author, properties.last_modified_by = "Acervo", "Acervo"
    properties.created, properties.modified = when, when
    properties.language = source.language
    properties.comments = source.label
