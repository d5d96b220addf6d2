"""Nothing leaves this machine, and nothing is written but the index and the model: traced, command
by command, with all that native code does.

`strace` sees every call to the kernel of every process, whatever language it is written in. The
kernel's own sockets (AF_NETLINK) are no way out; C libraries ask there which addresses we have.
"""

import os
import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont
from places import ROOT

from ingest.pdf import tesseract
from ingest.sandbox import libreoffice
from service.cli.main import _parser
from service.settings import Settings

DOCUMENTS = ("ficha-taller-flacma.pdf", "guia-facilitador.docx", "glosario.md")
RICH_TEXT = rb"{\rtf1\ansi\deff0 {\b Objetivo}\par El taller re\'fane a treinta municipios.\par}"
SCANNED = "La gestión pública eficaz exige instituciones"

# A question mark: where the kernel of this kind of machine has no such call, it cannot be made.
SENDING = "socket,connect,bind,sendto,sendmsg,sendmmsg,io_uring_setup"
WRITING = (
    "?open,openat,?openat2,?creat,?mkdir,mkdirat,?mknod,mknodat,?rename,?renameat,renameat2,"
    "?link,linkat,?symlink,symlinkat,truncate"
)
STRACE = ("strace", "-f", "-q", "-y", "--seccomp-bpf")

FAMILIES = {"AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"}
SPOKEN = re.compile(r'inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)"')
PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>(?:\(deleted\))?, )?"((?:[^"\\]|\\.)*)"')
CHANGING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE")
COMMAND = re.compile(r'^openat\(.*"/orden/([^"]*)"')
"""How `every_command.py` tells what it begins."""

DEVICES = {"/dev/null", "/dev/tty"}
PASSING = ("/dev/shm", "/tmp", "/var/tmp")
"""What is made there must be gone in the end."""
LOCAL = {
    "/run/uuidd/request": "the maker of identifiers of this machine",
    "/var/run/nscd/socket": "who a user is; asked for a host, it would be sent the word `hosts`",
}
"""Whom processes of this machine may talk to on this machine."""
TOLERATED = {
    # The C library's maker of identifiers keeps its clock there, where the system has that folder.
    "/var/lib/libuuid/clock.txt",
}
# The event loop of the server batches its own waiting there; no file or socket is opened with it.
WAITING = re.compile(r"^io_uring_setup\(256, \{flags=(?![^,]*SQPOLL)")


@dataclass
class Trace:
    """What all processes asked of the kernel, and what of that they should not have."""

    text: str
    folder: Path
    ours: tuple[str, ...]
    """Folders below `folder` that may be written to."""
    commands: set[str] = field(default_factory=set)
    passing: set[str] = field(default_factory=set)

    def breaches(self) -> list[str]:
        """Each once, with the command during which it happened."""
        found: dict[str, None] = {}
        command = ""
        for call in calls(self.text):
            if named := COMMAND.match(call):
                command = named[1]
                self.commands.add(command)
            if leaves(call) or self.strays(call):
                found[f"{command}: {call}"] = None
        return [*found, *(path for path in sorted(self.passing) if os.path.lexists(path))]

    def strays(self, call: str) -> bool:
        """Whether it writes where nothing of ours belongs."""
        return not all(self.may_be_written(path) for path in written(call))

    def may_be_written(self, path: str) -> bool:
        if path in DEVICES | TOLERATED:
            return True
        place = Path(path)
        if place.is_relative_to(self.folder):
            return place.relative_to(self.folder).parts[:1] in [(name,) for name in self.ours]
        if path in PASSING:
            return True  # a file there that has no name
        if any(place.is_relative_to(parent) for parent in PASSING):
            self.passing.add(path)
            return True
        return False


def calls(text: str) -> Iterator[str]:
    """The calls to the kernel, each on one line with its result: strace tears those that wait."""
    begun: dict[str, str] = {}
    for line in text.splitlines():
        process, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[process] = call.removesuffix("<unfinished ...>")
        elif call.startswith("<... "):
            yield begun.pop(process, "") + call.partition("resumed>")[2]
        else:
            yield call
    yield from begun.values()


def leaves(call: str) -> bool:
    """Whether it reaches for another machine, or may do so unseen."""
    name, _, rest = call.partition("(")
    if name == "io_uring_setup":
        return not WAITING.match(call)
    if name == "socket":
        return rest.partition(",")[0] not in FAMILIES
    if name not in {"bind", "connect", "sendmmsg", "sendmsg", "sendto"}:
        return False
    if "sa_family=AF_UNIX" in call:
        return name == "connect" and not is_local(call)
    if "sa_family=AF_NETLINK" in call:
        return False
    if "sa_family=" in call:
        hosts = [first or second for first, second in SPOKEN.findall(call)]
        return not hosts or not all(ip_address(host).is_loopback for host in hosts)
    # Along a connection that has been looked at; unless no address could be read at all.
    return name in {"bind", "connect"} or r"\0hosts\0" in call


def is_local(call: str) -> bool:
    """Whether it connects to a process that is ours or is told nothing."""
    path = call.partition('sun_path="')[2].partition('"')[0]
    return path in LOCAL or any(Path(path).is_relative_to(parent) for parent in PASSING)


def written(call: str) -> list[str]:
    """The paths that are made or opened for writing; a relative one if nobody knows to what."""
    name, _, rest = call.partition("(")
    if name == "bind":
        return re.findall(r'sun_path="([^"]*)"', rest)
    if name not in WRITING.replace("?", "").split(",") or rest.endswith("EEXIST (File exists)"):
        return []
    if name in {"open", "openat", "openat2"}:
        if not CHANGING.search(rest) or ("O_CREAT" not in rest and "ENOENT" in rest):
            return []
        if "/var/cache/fontconfig/" in rest and "O_CREAT" not in rest:
            return []  # opened to lock it
    found = [os.path.normpath(Path(*pair)) for pair in PATH.findall(rest)]
    if name in {"rename", "renameat", "renameat2", "link", "linkat"}:
        return found
    return found[1:] if name.startswith("symlink") else found[:1]


@pytest.fixture(scope="module")
def strace() -> None:
    """Without a tracer there is nothing to be said, which CI must not take for good news."""
    reason = "strace is not installed (apt-get install strace)"
    if shutil.which("strace"):
        probe = subprocess.run([*STRACE, "-e", "trace=none", "true"], capture_output=True)
        if probe.returncode == 0:
            return
        reason = f"strace may not trace here: {probe.stderr.decode()}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def traced(folder: Path, *arguments: str, ours: tuple[str, ...] = ()) -> Trace:
    """What a Python program does that has a home and a temporary folder of its own."""
    for name in ("casa", "tmp"):
        (folder / name).mkdir()
    # Nothing that whoever runs the tests has set may keep a library quiet, and what an operator
    # has set does not make it speak.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "casa"),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),  # shared, and not beside our sources
        "ORT_DISABLE_TELEMETRY": "0",
        "HF_HUB_OFFLINE": "0",
    }
    trace = folder / "trace"
    tracer = (*STRACE, "-e", f"trace={SENDING},{WRITING}")
    done = subprocess.run(
        [*tracer, "-o", trace, sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    text = trace.read_text("utf-8", "replace")
    return Trace(text, folder, ("bytecode", "tmp", *ours))


def commands(parser: ArgumentParser) -> set[str]:
    """`ingest`, `model build` …: all that the command line takes."""
    found = set()
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for name, below in action.choices.items():
                found |= {f"{name} {more}" for more in commands(below)} or {name}
    return found


def write_documents(folder: Path) -> None:
    """Documents that take every program we have to read them."""
    folder.mkdir()
    for name in DOCUMENTS:
        shutil.copy(ROOT / "corpus" / "documentos" / name, folder)
    if libreoffice.find_program():
        (folder / "nota.rtf").write_bytes(RICH_TEXT)
    if tesseract.find_program():
        page = Image.new("L", (1654, 900), 255)
        font = ImageFont.truetype(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf", 34)
        ImageDraw.Draw(page).text((200, 300), SCANNED, 20, font)
        page.save(folder / "escaneado.pdf", resolution=200)


@pytest.mark.usefixtures("strace")
def test_no_command_reaches_another_machine_or_writes_outside_its_folders(
    tmp_path: Path, model_folder: Path
) -> None:
    write_documents(tmp_path / "documentos")
    program = (
        str(ROOT / "tests" / "support" / "every_command.py"),
        str(tmp_path),
        str(model_folder.resolve()),
    )
    trace = traced(tmp_path, *program, ours=("indice", "modelos", "pedidos"))

    breaches = trace.breaches()
    assert not breaches, "\n".join(breaches)
    assert list((tmp_path / "casa").iterdir()) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {
        "bytecode", "casa", "documentos", "indice", "modelos", "pedidos", "tmp", "trace",
    }  # fmt: skip
    lacking = [
        name
        for name in sorted(commands(_parser(Settings())))
        if not any(f"{run} ".startswith(f"{name} ") for run in trace.commands)
    ]
    assert lacking == []


@pytest.mark.usefixtures("strace")
def test_what_native_code_does_in_a_grandchild_is_seen(tmp_path: Path) -> None:
    """Connecting a datagram socket sends nothing: no packet leaves the machine for this test."""
    native = (
        "import ctypes, socket, sys\n"
        "library = ctypes.CDLL(None)\n"
        "library.creat(sys.argv[1].encode(), 0o600)\n"
        "address = (2).to_bytes(2, 'little') + (9).to_bytes(2) + bytes([192, 0, 2, 1]) + bytes(8)\n"
        "library.connect(library.socket(2, 2, 0), address, 16)\n"
    )
    kept = tmp_path / "casa" / "id"
    program = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-S', '-c', {native!r}, {str(kept)!r}], env={{}})"
    )
    trace = traced(tmp_path, "-c", program)
    names = [breach.removeprefix(": ").partition("(")[0] for breach in trace.breaches()]
    assert names in (["creat", "connect"], ["openat", "connect"])
    assert kept.exists()


# Lines as strace writes them; the first five are of libraries that were not kept quiet.
HOST = (
    'connect(9<socket:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("%s")}, 16)'
)
SIX = 'connect(9<s>, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "%s"), 0}, 28)'
FILE = 'openat(AT_FDCWD</>, "%s", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3'
UNIX = 'connect(3<socket:[1]>, {sa_family=AF_UNIX, sun_path="%s"}, 110) = 0'


@pytest.mark.parametrize(
    "call",
    [
        HOST % "192.0.2.53" + " = 0",
        'mkdir("/w/casa/.cache/Microsoft", 0700) = 0',
        FILE % "/w/casa/.cache/Microsoft/DeveloperTools/.onnxruntime/onnxruntime.db",
        'linkat(6</w/casa/x>, "deviceid.tmp", 6</w/casa/x>, "deviceid", 0) = 0',
        'mkdir("/usr/lib/libreoffice/share/uno_packages/cache/uno_packages", 0777) = 0',
        SIX % "2001:db8::1" + " = -1 ENETUNREACH (Network is unreachable)",
        'sendto(5<s>, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), '
        'sin_addr=inet_addr("192.0.2.1")}, 16) = 1',
        "sendmmsg(5<s>, [{msg_hdr={msg_name={sa_family=AF_INET, sin_port=htons(9), "
        'sin_addr=inet_addr("127.0.0.1")}}}, {msg_hdr={msg_name={sa_family=AF_INET, '
        'sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}}}], 2, 0) = 2',
        'bind(3<s>, {sa_family=AF_INET, sin_port=htons(8000), sin_addr=inet_addr("0.0.0.0")}, 16)',
        "connect(3<s>, 0x7ffd, 16) = -1 EFAULT (Bad address)",
        "socket(AF_PACKET, SOCK_RAW, htons(0x3)) = 3",
        UNIX % "/run/systemd/resolve/io.systemd.Resolve",
        'sendto(3<s>, "\\2\\0\\0\\0\\r\\0\\0\\0\\6\\0\\0\\0hosts\\0", 18, MSG_NOSIGNAL, NULL, 0)',
        "io_uring_setup(64, {flags=IORING_SETUP_SQPOLL, sq_thread_idle=10}) = 4",
        FILE % "/w/documentos/nota.rtf",
        'rename("/w/tmp/a", "/etc/a") = 0',
        'rename("a", "b") = 0',
        'symlink("/w/indice/a", "/w/casa/a") = 0',
        'truncate("/w/documentos/glosario.md", 0) = 0',
    ],
)
def test_a_breach_is_seen(call: str) -> None:
    assert Trace(f"1 {call}", Path("/w"), ("indice", "tmp")).breaches() == [f": {call}"]


@pytest.mark.parametrize(
    "call",
    [
        HOST % "127.0.0.1" + " = -1 EINPROGRESS (Operation now in progress)",
        SIX % "::1" + " = 0",
        UNIX % "/tmp/OSL_PIPE_0_SingleOfficeIPC_1",
        "io_uring_setup(256, {flags=0x10000, features=IORING_FEAT_SQPOLL_NONFIXED}) = 4",
        'sendto(3<socket:[1]>, "x", 1, 0, NULL, 0) = 1',
        "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3",
        'openat(AT_FDCWD</>, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 3</etc/hosts>',
        FILE % "/w/indice/acervo.db",
        FILE % "/tmp/gone-long-ago",
        FILE % "/dev/null",
        'mkdir("/w", 0777) = -1 EEXIST (File exists)',
        'openat(6</w/tmp/a>, "b", O_WRONLY|O_CREAT, 0600) = 7</w/tmp/a/b>',
        'symlink("/w/documentos/a", "/w/indice/a") = 0',
    ],
)
def test_what_is_allowed_is_no_breach(call: str) -> None:
    assert Trace(f"1 {call}", Path("/w"), ("indice", "tmp")).breaches() == []


def test_a_call_that_strace_has_torn_is_one_call() -> None:
    text = (
        '1 mkdir("/a", 0700 <unfinished ...>\n2 mkdir("/b", 0700) = 0\n1 <... mkdir resumed>) = 0\n'
    )
    assert list(calls(text)) == ['mkdir("/b", 0700) = 0', 'mkdir("/a", 0700 ) = 0']
