"""Raw text from a file to running text: NFC, one space between words, nothing invisible."""

import re
import unicodedata

# Soft hyphen, zero-width characters, word joiner, direction marks, byte order mark, controls,
# and halves of surrogate pairs, which no encoding of the result could carry.
INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\ud800-\udfff]"
)
LIST_MARK = re.compile(r"^(?:[•◦▪▫●○■□–—·∙‣⁃➢➤✓✔*+-])\s+")
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def clean(text: str) -> str:
    """The text on one line, in NFC, without characters that nobody sees."""
    visible = INVISIBLE.sub("", text)
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def without_list_mark(text: str) -> str:
    """A list item without the bullet that was typed in front of it."""
    return LIST_MARK.sub("", text)


def superscript(number: int) -> str:
    """The number as a raised footnote mark: 12 is «¹²»."""
    return str(number).translate(SUPERSCRIPT)
