"""Lists the files attached to an e-mail, by name and bytes; nothing in them is parsed.

Without the libraries that read web pages, so that the process that walks folders can load it.
"""

import mimetypes
import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from functools import partial
from pathlib import PurePosixPath

from ingest.errors import TooLarge, Unreadable
from ingest.readers.clean import clean

# A message nests at most as deep as it has these words; its parser slows down with depth.
NESTING = re.compile(rb"boundary|message/", re.IGNORECASE)
MOST_NESTING = 200
MOST_LINES = 2_000_000
DAMAGES = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What the standard library raises for messages that are not whole."""


def attachments(data: bytes) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """The name of each attached file, unlike any other, and how to get its bytes.

    Pictures that only decorate the text are passed over. Raises `ReadError`, also when called for
    the bytes.
    """
    check_message(data)
    try:
        parts = [part for part in _leaf_parts(message_from_bytes(data)) if _is_attached(part)]
        names = [_name(part, number) for number, part in enumerate(parts, start=1)]
    except DAMAGES as error:
        raise Unreadable(f"El mensaje está dañado ({error}).") from error
    seen: set[str] = set()
    for name, part in zip(names, parts, strict=True):
        path, number = PurePosixPath(name), 1
        while name in seen:
            number += 1
            name = f"{path.stem} ({number}){path.suffix}"
        seen.add(name)
        yield name, partial(_content, part)


def check_message(data: bytes) -> None:
    """Pass if the message can be taken apart in little time. Raises `TooLarge`."""
    if data.count(b"\n") > MOST_LINES or len(NESTING.findall(data)) > MOST_NESTING:
        raise TooLarge("El mensaje tiene demasiadas partes o líneas.")


def _leaf_parts(message: "Message[str, str]") -> "Iterator[Message[str, str]]":
    """The leaves of a message; one that is itself attached is a leaf."""
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _leaf_parts(part)
    else:
        yield message


def _is_attached(part: "Message[str, str]") -> bool:
    disposition = part.get_content_disposition()
    # Logos and signatures: shown within the text, or referred to by it (RFC 2392).
    if part.get_content_maintype() == "image" and (disposition == "inline" or part["Content-ID"]):
        return False
    named = part.get_filename() is not None
    return named or disposition == "attachment" or part.get_content_type() == "message/rfc822"


def _name(part: "Message[str, str]", number: int) -> str:
    """The file name without folders, also where it is encoded as a header is."""
    name = part.get_filename() or ""
    # RFC 2047 forbids encoded words in parameters, but many programs write file names so.
    if "=?" in name:
        name = str(make_header(decode_header(name)))
    # A name may hold folders, or `..`: the file must not end up anywhere but where it belongs.
    name = PurePosixPath(clean(name).replace("\\", "/")).name.lstrip(".")
    if name:
        return name
    kind = part.get_content_type()
    suffix = ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind) or ""
    return f"adjunto-{number}{suffix}"


def _content(part: "Message[str, str]") -> bytes:
    try:
        payload = part.get_payload()
        if isinstance(payload, list):  # a whole message
            return b"".join(bytes(each) for each in payload if isinstance(each, Message))
        decoded = part.get_payload(decode=True)
    except DAMAGES as error:
        raise Unreadable(f"El adjunto está dañado ({error}).") from error
    return decoded if isinstance(decoded, bytes) else b""
