"""A word to its realistic mistypings: slips of the finger, and letters that sound alike."""

import re

_ROWS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
_NEIGHBOURS = {
    row[place]: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place in range(len(row))
}

_SOUNDS = (
    (r"b", "v"), (r"v", "b"), (r"c(?=[eiéí])", "s"), (r"s(?=[eiéí])", "c"), (r"z", "s"),
    (r"s(?=[aouáóú])", "z"), (r"(?<![cC])h", ""), (r"^(?=[aeou])", "h"), (r"ll", "y"),
    (r"y(?=[aeo])", "ll"), (r"g(?=[eiéí])", "j"), (r"j(?=[ei])", "g"),
)  # fmt: skip
"""What Spanish speakers confuse because it sounds the same."""


def typing_errors(word: str, *, spelling: bool) -> list[list[str]]:
    """The mistypings of a word of three letters or more by kind, no kind without any. Fingers
    leave the first letter alone: people see that at once."""
    inside = range(1, len(word) - 1)
    kinds = [
        [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in inside],
        [word[:i] + word[i + 1 :] for i in inside],
        [word[: i + 1] + word[i:] for i in inside],
        [
            word[:i] + neighbour + word[i + 1 :]
            for i in inside
            for neighbour in _NEIGHBOURS.get(word[i], "")
        ],
        _misspellings(word) if spelling else [],
    ]
    changed = [[other for other in kind if other != word] for kind in kinds]
    return [kind for kind in changed if kind]


def _misspellings(word: str) -> list[str]:
    found = []
    for pattern, becomes in _SOUNDS:
        for match in re.finditer(pattern, word, re.IGNORECASE):
            other = word[: match.start()] + becomes + word[match.end() :]
            found.append(other.capitalize() if word[0].isupper() else other)
    return found
