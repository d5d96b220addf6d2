"""The name of a file to a title, where it says something."""

import re
from pathlib import PurePath

VERSION = re.compile(
    r"[\s_-]*(?:\(\d+\)|\(?(?:\b|(?<=_))v\d+(?:\.\d+)*[_)]?|\bfinal\b|\bcopia\b)\s*$", re.IGNORECASE
)
NUMBERING = re.compile(r"^(?:\d{1,3}|\d{8}|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8})[.\s_-]+")


def file_title(file: str) -> str:
    """The name of a file as a title: «01_guia_del_taller-v2.pdf» is «Guia del taller»."""
    stem = PurePath(file).stem
    stem = NUMBERING.sub("", VERSION.sub("", stem)) or stem
    words = " ".join(re.sub(r"[_-]+", " ", stem).split())
    return words[:1].upper() + words[1:] if words else file


def says_nothing(file: str) -> bool:
    """Whether the name of a file has no word of some length."""
    return not any(word.isalpha() and len(word) > 2 for word in file_title(file).split())
