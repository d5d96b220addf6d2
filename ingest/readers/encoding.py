"""Bytes of a text file to text: byte order mark, UTF-8, declared charset, then a guess."""

import codecs

from ingest.errors import Unreadable

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What files in our languages were written in before UTF-8: Windows, Macintosh and DOS. Counting
# letters was right on all 30 such texts of ours; charset-normalizer took one for another.
LEGACY = ("cp1252", "mac_roman", "cp850")
LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡ºª«»“”‘’–—àèòçãõâêôÀÇÃÕ€…•°")
SAMPLE = 65_536
WIDE_ZEROS = 0.7  # share of zero bytes on one side of UTF-16 text in Latin letters
DAMAGED = 0.1  # UTF-8 with fewer broken characters than this is UTF-8 with a scratch


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of the file.

    Raises `Unreadable` when the bytes are not text.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    wide = _wide(data)
    if wide is None and b"\x00" in data:
        raise Unreadable("El archivo no contiene texto: parece un archivo binario.")
    for candidate in (wide, "utf-8", _web_name(declared)):
        text = _strict(data, candidate) if candidate else None
        if text is not None:
            return text
    return _scratched(data) or data.decode(_legacy(data[:SAMPLE]), errors="replace")


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _web_name(declared: str | None) -> str | None:
    """Pages that say ISO-8859-1 mean Windows-1252 (WHATWG Encoding Standard)."""
    latin = {"iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"}
    return "cp1252" if declared and declared.lower() in latin else declared


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark: in our languages nearly every other byte is zero."""
    sample = data[:SAMPLE]
    even, odd, half = sample[0::2].count(0), sample[1::2].count(0), len(sample) // 2
    if odd > WIDE_ZEROS * half and even < odd / 10:
        return "utf-16-le"
    return "utf-16-be" if even > WIDE_ZEROS * half and odd < even / 10 else None


def _scratched(data: bytes) -> str | None:
    """The text, if it is UTF-8 but for a few bytes."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    foreign = sum(not character.isascii() for character in text)
    return text if broken < DAMAGED * foreign else None


def _legacy(data: bytes) -> str:
    """The encoding in which most of the non-ASCII bytes are letters of our languages."""
    high = bytes(byte for byte in data if byte > 0x7F)
    scores = {name: sum(c in LETTERS for c in high.decode(name, "replace")) for name in LEGACY}
    return max(LEGACY, key=lambda name: scores[name])
