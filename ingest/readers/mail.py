"""Reads an e-mail: its subject, who wrote to whom and when, its text, then what it quotes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from ingest.errors import Unreadable
from ingest.readers.attachments import DAMAGES, check_message
from ingest.readers.clean import clean, decode
from ingest.readers.html import read_html
from ingest.readers.text import read_text
from search.documents import Block, BlockKind, Part, Reading

FIELDS = (("From", "De"), ("To", "Para"), ("Cc", "Con copia a"))
# «> > ¿Cuándo es?»: programs mark each line that they quote, once more for each answer.
QUOTED = re.compile(r"^(?:>\s?)+")


def read_email(data: bytes, name: str) -> Reading:
    """Blocks of the plain text, else of the web page; what is attached is only named.

    Lines that quote an earlier message come last, without their marks.
    """
    check_message(data)
    try:
        message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
        subject = clean(str(message["Subject"] or ""))
        sent = _date_sent(message)
        blocks = (*_heading(message, subject, sent), *_body(message, name))
    except DAMAGES as error:
        raise Unreadable(f"El mensaje está dañado o incompleto ({error}).") from error
    return Reading(
        blocks=blocks,
        paged=False,
        title=subject or None,
        created=sent.date().isoformat() if sent else None,
    )


def _heading(message: EmailMessage, subject: str, sent: datetime | None) -> Iterator[Block]:
    """The subject, and a line that reads «De: … · Para: … · Fecha: …»."""
    if subject:
        yield Block(BlockKind.TITLE, (Part(1, subject),))
    fields = [(label, clean(str(message[field] or ""))) for field, label in FIELDS]
    fields.append(("Fecha", f"{sent:%d/%m/%Y %H:%M}" if sent else ""))
    attached = (clean(part.get_filename() or "") for part in message.iter_attachments())
    fields.append(("Adjuntos", ", ".join(filter(None, attached))))
    line = " · ".join(f"{label}: {text}" for label, text in fields if text)
    if line:
        yield Block(BlockKind.PARAGRAPH, (Part(1, line),))


def _date_sent(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"]))
    except (ValueError, TypeError, IndexError, OverflowError):  # «Date: ayer», or none at all
        return None


def _body(message: EmailMessage, name: str) -> Iterator[Block]:
    part = message.get_body(("plain", "html"))
    content = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(content, bytes) or not content.strip():
        return
    if part.get_content_subtype() == "html":
        # What a page states of itself counts for more than what the program that sent it says.
        page = content if b"charset" in content[:4096] else _as_utf8(part, content)
        yield from _with_titles_as(read_html(page, name), BlockKind.HEADING)
        return
    lines = _as_utf8(part, content).decode("utf-8").splitlines()
    # Quoted lines often stand above or between the answer; the message itself is read first.
    own = [line for line in lines if not QUOTED.match(line)]
    quoted = [QUOTED.sub("", line) for line in lines if QUOTED.match(line)]
    for text in ("\n".join(own), "\n".join(quoted)):
        if text.strip():
            reading = read_text(text.encode("utf-8", "replace"), name)
            yield from _with_titles_as(reading, BlockKind.PARAGRAPH)


def _with_titles_as(reading: Reading, kind: BlockKind) -> Iterator[Block]:
    """The blocks; the title of the message is its subject, not its first line."""
    level = 1 if kind is BlockKind.HEADING else 0
    for block in reading.blocks:
        titled = block.kind is BlockKind.TITLE
        yield replace(block, kind=kind, level=level) if titled else block


def _as_utf8(part: MIMEPart, content: bytes) -> bytes:
    """The text in UTF-8, whatever it was sent in."""
    return decode(content, part.get_content_charset()).encode("utf-8", "replace")
