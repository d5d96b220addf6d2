"""Text to what is damaged in it: lost ligatures, signs for letters, glued and broken words."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

BAD = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""Private use, replacement and control characters: a font's own codes, not letters."""
SIGN_INSIDE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][:;<>|~^¬¤?!$][a-zß-öø-ÿ]")
MISREAD = re.compile("[ÃÂ][\x80-\xbf¡-¿]|â€")
"""UTF-8 that somebody took for Latin-1."""
CODE = re.compile(
    r"[\d_@#/\\=(){}\[\]*+]|\bwww\.|\.[a-z]{2,4}$|\.(?i:pdf|docx?|xlsx?|pptx?|csv|html?|json|xml|zip)$"
)
"""Inside a word: an address, a name of a program, a formula."""
LETTERS = re.compile(r"[^\W\d_]+")
LONGEST = 25  # letters: the longest Spanish words in use have 23 (electroencefalografista)
GLUED_PAIRS = frozenset(
    "dela delas delos enla enlas enlos enel conla conel conlas conlos porla porlas porlos porel "
    "parala paralos paralas parael quela quelos quelas queel yla ylos ylas yel alos".split()
)
FUNCTION_WORDS = "de del la las el los en y que por para con su sus se al un una".split()
GLUED_CAPITAL = re.compile(
    rf"\b(?:{'|'.join(FUNCTION_WORDS)})[A-ZÁÉÍÓÚÑ][a-záéíóúñü]{{2,}}\b"
    r"|\b[a-zñü]*[áéíóú][a-záéíóúñü]*[A-ZÁÉÍÓÚÑ][a-záéíóúñü]{2,}\b"
)
GLUED_STOP = re.compile(
    r"[a-záéíóúñü]{3,}(?:[,;)»”][a-záéíóúñü]{3,}|[.:?!][A-ZÁÉÍÓÚÑ¿¡][a-záéíóúñü]+)"
)
BROKEN = re.compile(
    r"(?<![\w-])[a-záéíóúñü]{2,}- (?!(?:y|e|o|u|ni|a|i|eta|and|or|to|ou|et)\b)[a-záéíóúñü]{2,}"
)
ASIDE = re.compile(r"(?:^|[\s(])[-–—][^\s-][^.;:]*\Z")
"""An opening dash: the one that follows closes an aside -so- and breaks no word."""
SPACED = re.compile(r"(?<![\w.])(?:[^\W\d_] ){5,}[^\W\d_](?![\w.)])")
VOWELS = re.compile(r"[aeiouáéíóúü]", re.IGNORECASE)
CONSONANTS = re.compile(r"[b-df-hj-np-tv-zñç]", re.IGNORECASE)
LONGEST_ASIDE = 300  # characters
LIGATURES = (("ti",), ("fi", "fl"))
"""Letters that fonts join and that damaged files lose together; all our languages use them."""
FEW_LETTERS = 4_000  # of a text in which «fi» or «ti» cannot be missing by chance
LEAST_DAMAGED, LEAST_SHARE = 4, 0.005
"""Words of a page."""
MOST_WORDS = 5_000  # of a page: more is no page to be read
MANY_IN_DOCUMENT = 10  # damaged words: then a page with one is worth mending
UNREADABLE_SHARE = 0.3  # of the characters
LEAST_PAGE = 300  # letters of a page worth mending where a document has lost its ligatures


def suspects(text: str) -> tuple[str, ...]:
    """The words of a page's text that look glued, broken or damaged, once each, in order.

    Meant for people to look at: addresses, codes, times and names of programs are left out.
    """
    found = dict.fromkeys(word for _, word in sorted(_suspects(text)))
    return tuple(found)


def _suspects(text: str) -> Iterator[tuple[int, str]]:
    signs = _signs_are_letters([text])
    for match in re.finditer(r"\S+", text):
        word = match.group().strip(".,;:()«»“”\"'¿?¡!|")
        if is_damaged_word(word):
            if signs or not SIGN_INSIDE.search(word) or _has_accent(word):
                yield match.start(), word
        elif not CODE.search(word) and _is_glued(word):
            yield match.start(), word
    for match in SPACED.finditer(text):
        if VOWELS.search(match.group()):
            yield match.start(), match.group()
    for match in BROKEN.finditer(text):
        if not ASIDE.search(text[max(0, match.start() - LONGEST_ASIDE) : match.start()]):
            yield match.start(), match.group()


def _is_glued(word: str) -> bool:
    if any(len(part) > LONGEST for part in re.split(r"[\W_]+", word)):
        return True
    glued = GLUED_CAPITAL.search(word) or GLUED_STOP.search(word)
    return word in GLUED_PAIRS or glued is not None


def _has_accent(word: str) -> bool:
    return any(unicodedata.combining(sign) for sign in unicodedata.normalize("NFD", word))


def is_damaged_word(word: str) -> bool:
    """Whether some of its letters are not what the page shows. A bullet alone is no word."""
    if word.isascii() and word.isalnum():
        return False  # nearly all words end here
    if BAD.search(word) and len(word) > 1:
        return True
    if MISREAD.search(word):
        return True
    return SIGN_INSIDE.search(word) is not None and CODE.search(word) is None


def is_unreadable(words: Iterable[str]) -> bool:
    """Whether the text of a page is mostly codes that mean nothing."""
    text = "".join(words)
    return len(text) >= LONGEST and len(BAD.findall(text)) > UNREADABLE_SHARE * len(text)


def damaged_pages(pages: Mapping[int, Sequence[str]]) -> frozenset[int]:
    """The pages of a document, each as its words, where recognition could mend words.

    One or two odd words are no damage. A sign inside words is damage only where a pair of letters
    is missing from the document: `dct:title` beside «título» is a name.
    """
    texts = [" ".join(words) for words in pages.values()]
    signs, lost = _signs_are_letters(texts), _has_lost_ligatures(texts)
    damaged = {
        number: _count_damaged(words, signs)
        for number, words in pages.items()
        if len(words) <= MOST_WORDS
    }
    many = sum(damaged.values()) >= MANY_IN_DOCUMENT
    return frozenset(
        number
        for number, count in damaged.items()
        if count >= (1 if many else max(LEAST_DAMAGED, LEAST_SHARE * len(pages[number])))
        or _is_ragged(pages[number])
        or (lost and sum(map(len, pages[number])) >= LEAST_PAGE)
    )


def _count_damaged(words: Sequence[str], signs: bool) -> int:
    damaged = [word for word in words if is_damaged_word(word)]
    return sum(signs or not SIGN_INSIDE.search(word) for word in damaged)


def _signs_are_letters(texts: Sequence[str]) -> bool:
    """Whether signs stand for a pair of letters: they are many, and the pair is hardly there."""
    words = [word for text in texts if SIGN_INSIDE.search(text) for word in text.split()]
    signs = sum(len(SIGN_INSIDE.findall(word)) for word in words if not CODE.search(word))
    if signs < LEAST_DAMAGED:
        return False
    folded = " ".join(texts).casefold()
    pairs = (sum(folded.count(pair) for pair in together) for together in LIGATURES)
    return min(pairs) < 0.5 * signs


def _has_lost_ligatures(texts: Sequence[str]) -> bool:
    folded = " ".join(texts).casefold()
    if sum(map(len, LETTERS.findall(folded))) < FEW_LETTERS:
        return False
    return any(not any(pair in folded for pair in together) for together in LIGATURES)


def _is_ragged(words: Sequence[str]) -> bool:
    """Whether a page is glued into long strings, or spaced out into single letters."""
    plain = [word for word in words if word.isalpha()]
    long = sum(len(word) > LONGEST for word in plain)
    single = sum(len(word) == 1 for word in plain)
    return long >= LEAST_DAMAGED or (len(plain) >= 60 and single > len(plain) / 2)
