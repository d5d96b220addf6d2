"""An Office file becomes the same package whenever its content is the same."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

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
