"""Text with the scars of a conversion to plain text: no asterisks, tags or entities."""

import html
import re

BOLD = re.compile(r"(?<![\w*])\*\*(?=\S)(.+?)(?<=\S)\*\*(?![\w*])", re.DOTALL)
STRAY_BOLD = re.compile(r"(?<!\*)\*\*(?!\*)")
ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", re.DOTALL)
UNDERLINED = re.compile(r"(?<!\w)(_{1,2})(?=[^\s_])(.+?)(?<=[^\s_])\1(?!\w)", re.DOTALL)
LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\((?:https?:|mailto:|#|/|\.)[^()\s]{0,500}\)")
TAG = re.compile(
    r"</?(?:ul|ol|li|br|p|b|i|u|em|strong|span|div|table|tbody|thead|tr|td|th|sup|sub|font|a"
    r"|center|h[1-6])(?:\s[^<>\n]{0,300})?/?>",
    re.IGNORECASE,
)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,12});")
INNER_BULLET = re.compile(r"(?<=\S)\s*•\s*")


def without_marks(text: str) -> str:
    """The text of one block of lines without Markdown emphasis, HTML tags and entities.

    A single asterisk without a partner stays: it is the mark of a note.
    """
    text = TAG.sub(" ", text)
    text = ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = LINK.sub(r"\1", text)
    for mark in (BOLD, ITALIC):
        text = mark.sub(r"\1", text)
    text = STRAY_BOLD.sub("", text)
    text = UNDERLINED.sub(r"\2", text)
    return INNER_BULLET.sub(" • ", text)
