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
# «Introducción ........ 3», «Anexos . . . . . 12»
CONTENTS_LINE = re.compile(r"\S.*?(?:[.…·_]{4,}|(?:\s[.…·]){4,})[\s.…·_]*\d{1,3}\s*$", re.DOTALL)
LONGEST_LINE = 300  # characters: no line of a contents list is longer
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def clean(text: str) -> str:
    """The text on one line, in NFC, without characters that nobody sees."""
    visible = INVISIBLE.sub("", text)
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def without_list_mark(text: str) -> str:
    """A list item without the bullet that was typed in front of it."""
    return LIST_MARK.sub("", text)


def is_contents_line(text: str) -> bool:
    """Whether the text is a line of a contents list: a name, dots, a page number."""
    return len(text) <= LONGEST_LINE and CONTENTS_LINE.match(text.strip()) is not None


def superscript(number: int) -> str:
    """The number as a raised footnote mark: 12 is «¹²»."""
    return str(number).translate(SUPERSCRIPT)
