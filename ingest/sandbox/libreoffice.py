"""Converts files of old Office and RTF to DOCX and PPTX, by LibreOffice in a limited process."""

import html
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from ingest.errors import Stopped, TooLarge, UnknownFormat, Unreadable
from ingest.formats import CONVERTED, DOC, DOCX, PPT, RTF, misnamed, sniff
from search.documents import Reading

# Fixed, not the user's PATH: a folder that others may write to must not name the program.
FOLDERS = "/usr/bin:/usr/local/bin:/usr/lib/libreoffice/program:/opt/libreoffice/program"
INSTALL = "instale LibreOffice (apt-get install libreoffice-writer-nogui libreoffice-impress-nogui)"
# Every process that the program starts inherits the limits; a core dump would hold the document.
# Not `preexec_fn` of `subprocess`, which is not safe in a process that has threads.
LIMITER = 'ulimit -c 0 && ulimit -v $1 && ulimit -t $2 && ulimit -f $3 && shift 3 && exec "$@"'
MAX_RESULT = 50_000_000  # what the sandbox takes, which reads the result next
SUFFIXES = {DOC: ".doc", RTF: ".rtf", PPT: ".ppt"}
FILTERS = {
    DOC: "docx:MS Word 2007 XML",
    RTF: "docx:MS Word 2007 XML",
    PPT: "pptx:Impress MS PowerPoint 2007 XML",
}
# No macros, no active content, no linked file or picture, and no way to the network but a door
# that is shut. By setting: the component, the path in it, the name, the value.
SETTINGS = (
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Writer/Content/Update", "Link", "2"),
    ("Calc/Content/Update", "Link", "1"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)
ITEM = '<item oor:path="/org.openoffice.{}"><prop oor:name="{}"><value>{}</value></prop></item>'
PROFILE = '<oor:items xmlns:oor="http://openoffice.org/2001/registry">{}</oor:items>'
# The fonts of the system; what is found out about them is kept here and goes with the document.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><cachedir>{}</cachedir>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include></fontconfig>
"""

DYING_SECONDS = 5.0  # for what is killed; in a container without an init orphans stay zombies

_one_at_a_time = threading.Lock()  # each may take up to 4 GB


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one conversion may cost."""

    memory_bytes: int = 4 << 30  # of address space (RLIMIT_AS), which is more than is used
    cpu_seconds: int = 110
    file_bytes: int = 200_000_000
    wall_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that a reader takes as it is, and what there is to tell about that."""

    data: bytes
    name: str
    media_type: str
    warnings: tuple[str, ...] = ()
    converted: bool = False

    def complete(self, reading: Reading) -> Reading:
        """The reading with what there is to tell, and without a language if it was converted:
        LibreOffice writes its own default into the file, whatever the text."""
        language = None if self.converted else reading.language
        return replace(reading, language=language, warnings=(*self.warnings, *reading.warnings))


def make_ready(data: bytes, name: str) -> Ready:
    """The file itself, or what it is converted to. Raises `ReadError`."""
    media_type = sniff(data, name)
    warnings = misnamed(media_type, name)
    if media_type not in CONVERTED:
        return Ready(data, name, media_type, warnings)
    converted, new_name = convert(data, name, media_type)
    warnings = (*warnings, "convertido con LibreOffice")
    return Ready(converted, new_name, CONVERTED[media_type], warnings, converted=True)


def find_program() -> Path | None:
    """Where LibreOffice is installed, or None."""
    found = shutil.which("soffice", path=FOLDERS)
    return Path(found) if found else None


def convert(
    data: bytes, name: str, media_type: str, allowance: Allowance | None = None
) -> tuple[bytes, str]:
    """The same document as DOCX or PPTX, and its name with the suffix of that.

    The file never runs a macro and fetches nothing. Raises `UnknownFormat` where LibreOffice is
    not installed, `Stopped`, `TooLarge` or `Unreadable`.
    """
    program = find_program()
    suffix = ".docx" if CONVERTED[media_type] == DOCX else ".pptx"
    if program is None:
        raise UnknownFormat(
            f"Formato antiguo de Office ({SUFFIXES[media_type]}): {INSTALL}"
            f" o guárdelo como {suffix[1:].upper()} o PDF."
        )
    with (
        _one_at_a_time,
        tempfile.TemporaryDirectory(prefix="acervo-", ignore_cleanup_errors=True) as place,
    ):
        folder = Path(place)
        # A profile that starts and ends with this document, also because LibreOffice hands a file
        # to a running instance of the same profile, outside of our limits.
        items = (
            ITEM.format(path if path.startswith("Inet") else f"Office.{path}", setting, value)
            for path, setting, value in SETTINGS
        )
        user = folder / "perfil" / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(PROFILE.format("".join(items)), "utf-8")
        fonts = FONTS.format(html.escape(str(folder / "fuentes")))
        (folder / "fonts.conf").write_text(fonts, "utf-8")
        source = folder / f"documento{SUFFIXES[media_type]}"
        source.write_bytes(data)
        _run(program, source, FILTERS[media_type], allowance or Allowance())
        result = folder / f"documento{suffix}"
        if not result.is_file():
            raise Unreadable("LibreOffice no pudo abrir el archivo: está dañado o protegido.")
        if result.stat().st_size > MAX_RESULT:
            raise TooLarge("El archivo, convertido, es demasiado grande.")
        return result.read_bytes(), f"{PurePath(name).stem}{suffix}"


def _run(program: Path, source: Path, target: str, allowance: Allowance) -> None:
    folder = source.parent
    # `ulimit` counts memory in KiB and files in blocks of 512 bytes (POSIX).
    limits = allowance.memory_bytes >> 10, allowance.cpu_seconds, allowance.file_bytes >> 9
    command = [
        *("/bin/sh", "-c", LIMITER, "sh", *map(str, limits), str(program)),
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
        f"-env:UserInstallation={(folder / 'perfil').as_uri()}",
        # Whoever may write where LibreOffice is installed, as root may, would write there too.
        f"-env:UNO_SHARED_PACKAGES_CACHE={(folder / 'perfil' / 'shared').as_uri()}",
        *("--convert-to", target, "--outdir", str(folder), str(source)),
    ]
    process = subprocess.Popen(  # noqa: S603 - a program from a fixed folder, arguments of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
        },
        start_new_session=True,
    )
    try:
        process.wait(allowance.wall_seconds)  # its status is not asked: the result tells
    except subprocess.TimeoutExpired as error:
        raise Stopped(
            f"LibreOffice superó los {allowance.wall_seconds:g} segundos que tiene."
        ) from error
    finally:
        _end_group(process)


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """End the process and all that it started, and wait until they are gone."""
    # `soffice` starts `soffice.bin`, which outlives it; all are of one group, which `killpg` finds
    # empty only when the last is gone.
    deadline = time.monotonic() + DYING_SECONDS
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, signal.SIGKILL)
            process.poll()  # reaps it, or the group would never be empty
            time.sleep(0.01)
    process.wait()
