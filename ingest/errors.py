"""What can go wrong while a file is read, as one tree.

AcervoError
├── ReadError              the file was not read; the message is Spanish and gives the cause
│   ├── EmptyFile          there are no bytes, or nothing in them
│   ├── UnknownFormat      no reader takes this kind of file
│   ├── Encrypted          the file wants a password
│   ├── TooLarge           the file is, or unpacks to, more than we take
│   └── Unreadable         the file is damaged, or its parser gave up
│       └── Stopped        its parser crashed or reached a limit of memory or time
├── SourceMissing          a given path does not exist
├── CatalogueError         `catalogo.toml` says something that we do not understand
└── SandboxError           the process that reads files died twice over one file
    └── SandboxUnavailable no such process can be had, whatever the file
"""

import errno

from search.errors import AcervoError

# The system's own words are English and depend on its locale; whoever reads a report needs the
# cause in Spanish. These are what a folder of municipal documents really meets: shares without
# permission, dying disks, links to themselves or to nothing, paths from deeper file systems.
CAUSES = {
    errno.EACCES: "no hay permiso para leerlo",
    errno.EPERM: "no hay permiso para leerlo",
    errno.EIO: "el disco dio un error de lectura",
    errno.ELOOP: "es un enlace que lleva a sí mismo",
    errno.ENAMETOOLONG: "su ruta es demasiado larga",
    errno.ENOENT: "ya no está, o es un enlace a algo que no existe",
}


class ReadError(AcervoError):
    """The file was not read."""


class EmptyFile(ReadError):
    """There are no bytes, or nothing in them."""


class UnknownFormat(ReadError):
    """No reader takes this kind of file."""


class Encrypted(ReadError):
    """The file wants a password."""


class TooLarge(ReadError):
    """The file is, or unpacks to, more than we take."""


class Unreadable(ReadError):
    """The file is damaged, or its parser gave up."""


class Stopped(Unreadable):
    """The parser crashed or reached a limit of memory or time."""


class SourceMissing(AcervoError):
    """A given path does not exist."""


class CatalogueError(AcervoError):
    """`catalogo.toml` says something that we do not understand."""


class SandboxError(AcervoError):
    """The process that reads files died twice over one file; the next file may well be read."""


class SandboxUnavailable(SandboxError):
    """No process that reads files can be had, whatever the file."""


def cause_of(error: ReadError | OSError) -> str:
    """Why something cannot be read, in Spanish, also where it is the system that says so."""
    if isinstance(error, ReadError):
        return str(error)
    return f"No se pudo abrir: {CAUSES.get(error.errno or 0, error.strerror)}."
