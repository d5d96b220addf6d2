"""Finds damage in the text layer of a PDF (lost ligatures, signs for letters, glued, broken or
spaced-out words) and mends it: without OCR where the letters are all there, else with the words
that OCR recognised in the same place.

Words whose damage does not show stay exactly as the file has them, so that quotes are the author's.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import chain, pairwise
from statistics import median

from ingest.pdf.lines import Word, in_runs

NOT_TEXT = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f]")
"""Private use, replacement and control characters: a font's own codes, not letters."""
# «ges:ón»: a font without a code for the ligature «ti» gives whatever sign it has in that place.
SIGN_INSIDE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][:;<>|~^¬¤?!$][a-zß-öø-ÿ]")
MISREAD = re.compile("[ÃÂ][\x80-\xbf¡-¿]|â€")  # «InformaciÃ³n»: UTF-8 taken for Latin-1
NOT_PROSE = re.compile(
    r"[\d_@#/\\=(){}\[\]*+]|\bwww\.|\.[a-z]{2,4}$|\.(?i:pdf|docx?|xlsx?|pptx?|csv|html?|json|xml|zip)$"
)
"""Inside a word: an address, a name of a program, a formula."""
LETTERS = re.compile(r"[^\W\d_]+")
LONGEST_WORD = 25  # letters: the longest Spanish words in use have 23 (electroencefalografista)
GLUED_PAIRS = frozenset(
    "dela delas delos enla enlas enlos enel conla conel conlas conlos porla porlas porlos porel "
    "parala paralos paralas parael quela quelos quelas queel yla ylos ylas yel alos".split()
)
FUNCTION_WORDS = "de del la las el los en y que por para con su sus se al un una".split()
# «yCrédito», «gestiónPública»: a function word, or one with an accent, runs into a capital. Names
# such as «iPad» and «eGobierno» have neither.
GLUED_CAPITAL = re.compile(
    rf"\b(?:{'|'.join(FUNCTION_WORDS)})[A-ZÁÉÍÓÚÑ][a-záéíóúñü]{{2,}}\b"
    r"|\b[a-zñü]*[áéíóú][a-záéíóúñü]*[A-ZÁÉÍÓÚÑ][a-záéíóúñü]{2,}\b"
)
# «servicios,trámites», «finalizado.El»; three letters before, for «S.A.» and «p.ej.» are no damage.
GLUED_STOP = re.compile(
    r"[a-záéíóúñü]{3,}(?:[,;)»”][a-záéíóúñü]{3,}|[.:?!][A-ZÁÉÍÓÚÑ¿¡][a-záéíóúñü]+)"
)
# «infor- mación»; but «pre- y posgrado», «corto- o mediano plazo» are written so.
BROKEN_WORD = re.compile(
    r"(?<![\w-])[a-záéíóúñü]{2,}- (?!(?:y|e|o|u|ni|a|i|eta|and|or|to|ou|et)\b)[a-záéíóúñü]{2,}"
)
ASIDE = re.compile(r"(?:^|[\s(])[-–—][^\s-][^.;:]*\Z")
"""An opening dash: the one that follows closes an aside -so- and breaks no word."""
SPACED_LETTERS = re.compile(r"(?<![\w.])(?:[^\W\d_] ){5,}[^\W\d_](?![\w.)])")
VOWELS = re.compile(r"[aeiouáéíóúü]", re.IGNORECASE)
CONSONANTS = re.compile(r"[b-df-hj-np-tv-zñç]", re.IGNORECASE)
LONGEST_ASIDE = 300  # characters
LIGATURES = (("ti",), ("fi", "fl"))
"""Letters that fonts join and that damaged files lose together; all our languages use them."""
FEW_LETTERS = 4_000  # of a text in which «fi» or «ti» cannot be missing by chance
LEAST_DAMAGED, LEAST_SHARE = 4, 0.005  # words of a page, and share of them: less may be names
MOST_WORDS = 5_000  # of a page: more is no page to be read
MANY_IN_DOCUMENT = 10  # damaged words: then a page with one is worth mending
UNREADABLE_SHARE = 0.3  # of the characters: more codes than this told 14 of 14 files right
LEAST_PAGE = 300  # letters of a page worth mending where a document has lost its ligatures

FEWEST_SPACED = 4  # letters: «E N E R O»; three may be a table's
WIDEST_SPACE = 0.9  # em, between the letters of one word
WORD_SPACE = 1.6  # times the usual space: between two words whose letters are spaced out
LIGATURE = re.compile("ffi|ffl|tti|fi|fl|ff|ti|tt|ft|tf")
# Figures, full stop and bracket as Symbol has them: U+F000 plus the code of the sign.
SYMBOL_NUMBER = re.compile("^[\uf030-\uf039]{1,3}[\uf02e\uf029]?$")
SAME_BASE = 0.5  # em
OVERLAP = 0.3  # of the narrower word
LEAST_SIMILARITY = 0.5  # of a damaged word and what is recognised in its place
BUCKET = 12.0  # points of height: words are compared with those of their own and the next buckets


def suspects(text: str) -> tuple[str, ...]:
    """The words of a page's text that look glued, broken or damaged, once each, in order.

    Meant for people to look at: addresses, codes, times and names of programs are left out.
    """
    found: list[tuple[int, str]] = []
    signs = _signs_are_letters([text])
    for match in re.finditer(r"\S+", text):
        word = match.group().strip(".,;:()«»“”\"'¿?¡!|")
        if is_damaged_word(word):
            # A sign inside of a word with accents is damage even in a sound document.
            accent = any(map(unicodedata.combining, unicodedata.normalize("NFD", word)))
            suspect = signs or accent or not SIGN_INSIDE.search(word)
        else:
            long = any(len(part) > LONGEST_WORD for part in re.split(r"[\W_]+", word))
            glued = word in GLUED_PAIRS or GLUED_CAPITAL.search(word) or GLUED_STOP.search(word)
            suspect = bool(long or glued) and not NOT_PROSE.search(word)
        if suspect:
            found.append((match.start(), word))
    # «L M M J V S D» are the days of a week.
    spaced = (match for match in SPACED_LETTERS.finditer(text) if VOWELS.search(match.group()))
    broken = (
        match
        for match in BROKEN_WORD.finditer(text)
        if not ASIDE.search(text[max(0, match.start() - LONGEST_ASIDE) : match.start()])
    )
    found += [(match.start(), match.group()) for match in chain(spaced, broken)]
    return tuple(dict.fromkeys(word for _, word in sorted(found)))


def is_damaged_word(word: str) -> bool:
    """Whether some of its letters are not what the page shows. A bullet alone is no word."""
    if word.isascii() and word.isalnum():
        return False  # nearly all words end here
    if MISREAD.search(word) or (len(word) > 1 and NOT_TEXT.search(word)):
        return True
    return SIGN_INSIDE.search(word) is not None and NOT_PROSE.search(word) is None


def is_unreadable(words: Iterable[str]) -> bool:
    """Whether the text of a page is mostly codes that mean nothing."""
    text = "".join(words)
    return len(text) >= LONGEST_WORD and len(NOT_TEXT.findall(text)) > UNREADABLE_SHARE * len(text)


def damaged_pages(pages: Mapping[int, Sequence[str]]) -> frozenset[int]:
    """The pages of a document, each as its words, where recognition could mend words.

    One or two odd words are no damage. A sign inside words is damage only where a pair of letters
    is missing from the document: `dct:title` beside «título» is a name.
    """
    texts = [" ".join(words) for words in pages.values()]
    signs = _signs_are_letters(texts)
    # Every language that we read uses these pairs; a long text without one has lost it.
    folded = " ".join(texts).casefold()
    long = sum(map(len, LETTERS.findall(folded))) >= FEW_LETTERS
    lost = long and not all(any(pair in folded for pair in together) for together in LIGATURES)
    counts = {
        number: sum(
            is_damaged_word(word) and (signs or not SIGN_INSIDE.search(word)) for word in words
        )
        for number, words in pages.items()
        if len(words) <= MOST_WORDS
    }
    many = sum(counts.values()) >= MANY_IN_DOCUMENT
    found = set()
    for number, count in counts.items():
        words = pages[number]
        plain = [word for word in words if word.isalpha()]
        # A page that is glued into long strings, or spaced out into single letters.
        glued = sum(len(word) > LONGEST_WORD for word in plain) >= LEAST_DAMAGED
        spaced = len(plain) >= 60 and 2 * sum(len(word) == 1 for word in plain) > len(plain)
        least = 1 if many else max(LEAST_DAMAGED, LEAST_SHARE * len(words))
        bare = lost and sum(map(len, words)) >= LEAST_PAGE
        if count >= least or glued or spaced or bare:
            found.add(number)
    return frozenset(found)


def _signs_are_letters(texts: Sequence[str]) -> bool:
    """Whether signs stand for a pair of letters: they are many, and the pair is hardly there."""
    words = [word for text in texts if SIGN_INSIDE.search(text) for word in text.split()]
    signs = sum(len(SIGN_INSIDE.findall(word)) for word in words if not NOT_PROSE.search(word))
    if signs < LEAST_DAMAGED:
        return False
    folded = " ".join(texts).casefold()
    pairs = (sum(folded.count(pair) for pair in together) for together in LIGATURES)
    return min(pairs) < 0.5 * signs


def mend_without_ocr(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words with what needs no recognition mended: the numbers of lists that a symbol font has
    as codes of its own, and words drawn letter by letter («R E S U M E N»)."""
    numbered = (
        word._replace(text="".join(chr(ord(sign) & 0xFF) for sign in word.text))
        if not word.text.isascii() and SYMBOL_NUMBER.match(word.text)
        else word
        for word in words
    )
    return tuple(word for run in in_runs(numbered, _goes_on) for word in _closed_up(run))


def _goes_on(run: Sequence[Word], word: Word) -> bool:
    """Whether a word is a letter that stands close behind another."""
    last = run[-1]
    if len(last.text) != 1 or len(word.text) != 1 or last.hyphen or word.hyphen:
        return False
    return (
        (last.text + word.text).isalpha()
        and abs(word.baseline - last.baseline) < 0.1 * last.size
        and abs(word.size - last.size) < 0.1 * last.size
        and 0 <= word.x0 - last.x1 < WIDEST_SPACE * last.size * 2
    )


def _closed_up(run: Sequence[Word]) -> Sequence[Word]:
    """The run as its words, if it is one of spaced letters; else as it is."""
    if len(run) < FEWEST_SPACED:
        return run
    gaps = [after.x0 - before.x1 for before, after in pairwise(run)]
    usual = median(gaps)
    pieces = in_runs(run, lambda piece, word: word.x0 - piece[-1].x1 <= WORD_SPACE * usual)
    words = ["".join(word.text for word in piece) for piece in pieces]
    text = " ".join(words)
    # Letters spaced out for show have one gap between letters and one between words.
    even = all(gap <= 1.3 * usual or gap > WORD_SPACE * usual for gap in gaps)
    # Words of one case, with vowels and not of single letters: not the days of a week.
    cased = text.isupper() or text[1:].islower()
    spoken = all(map(VOWELS.search, words)) and CONSONANTS.search(text)
    if usual > WIDEST_SPACE * run[0].size or not even or not cased or not spoken:
        return run
    if len(words) * 3 > len(text):
        return run
    return [
        piece[0]._replace(text=word, x1=piece[-1].x1, hyphen=piece[-1].hyphen)
        for piece, word in zip(pieces, words, strict=True)
    ]


def mend(words: Sequence[Word], recognised: Sequence[Word]) -> tuple[tuple[Word, ...], int]:
    """The words of a page with the damaged ones as OCR recognised them, and how many those are.

    Only words whose damage shows are replaced, and those that differ from the recognised ones
    just by a lost ligature or by spaces; all others stay exactly as the file has them.
    """
    instead: dict[int, list[Word]] = {}
    for indices, seen in _matches(words, recognised):
        own = [words[index] for index in indices]
        if _is_better(own, seen):
            # In the look of the file's; a hyphen at the line's end stays off.
            mended = [own[0]._replace(text=word.text, x0=word.x0, x1=word.x1) for word in seen]
            mended[-1] = mended[-1]._replace(hyphen=own[-1].hyphen)
            instead |= {index: [] for index in indices} | {indices[0]: mended}
    kept = (instead.get(index, [word]) for index, word in enumerate(words))
    return tuple(chain.from_iterable(kept)), len(instead)


def merge_text_layer(words: Sequence[Word], recognised: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a scan that has some text of its own (a document symbol, say): recognised words
    in their order, the file's own in place of those in the same spot. Own words that were not
    recognised come before the others if above their middle, else behind."""
    instead: dict[int, list[Word]] = {}
    for indices, seen in _matches(words, recognised):
        first, *others = sorted(seen, key=lambda word: word.x0)
        instead[id(first)] = [words[index] for index in indices]
        instead.update((id(word), []) for word in others)
    used = {id(word) for own in instead.values() for word in own}
    middle = median(word.baseline for word in recognised) if recognised else 0.0
    alone = [word for word in words if id(word) not in used]
    return (
        *(word for word in alone if word.baseline < middle),
        *(word for known in recognised for word in instead.get(id(known), [known])),
        *(word for word in alone if word.baseline >= middle),
    )


def _matches(
    words: Sequence[Word], recognised: Sequence[Word]
) -> list[tuple[list[int], list[Word]]]:
    """Words of the file, by their index, and recognised words that overlap them, each word in one
    group only."""
    places: dict[int, list[int]] = defaultdict(list)
    for index, word in enumerate(words):
        if word.horizontal:
            places[int(word.baseline / BUCKET)].append(index)
    groups: dict[int, tuple[list[int], list[Word]]] = {}
    for other in sorted(recognised, key=lambda word: word.x0):
        slot = int(other.baseline / BUCKET)
        hits = set()
        for index in (index for row in (slot - 1, slot, slot + 1) for index in places[row]):
            own = words[index]
            narrower = max(0.1, min(own.x1 - own.x0, other.x1 - other.x0))
            common = min(own.x1, other.x1) - max(own.x0, other.x0)
            near = abs(own.baseline - other.baseline) < SAME_BASE * own.size
            if near and common > OVERLAP * narrower:
                hits.add(index)
        if hits:
            parts = {id(groups[index]): groups[index] for index in sorted(hits) if index in groups}
            seen = [*(word for part in parts.values() for word in part[1]), other]
            group = sorted(hits.union(*(part[0] for part in parts.values()))), seen
            groups.update((index, group) for index in group[0])
    return list({id(group): group for group in groups.values()}.values())


def _is_better(own: Sequence[Word], recognised: Sequence[Word]) -> bool:
    before, after = ("".join(word.text for word in words) for words in (own, recognised))
    # The same letters: only the spaces can be better.
    if before == after:
        spaced = len(own) >= FEWEST_SPACED and len(recognised) == 1
        return spaced or (len(before) > LONGEST_WORD and len(recognised) > len(own))
    # What OCR itself read as rubbish mends nothing.
    if any(is_damaged_word(word.text) for word in recognised) or NOT_TEXT.search(after):
        return False
    if any(is_damaged_word(word.text) for word in own):
        return SequenceMatcher(None, before, after, autojunk=False).ratio() >= LEAST_SIMILARITY
    # «o cina» and «oficina»: alike but for ligatures, which the file has lost.
    return LIGATURE.sub("", after) == LIGATURE.sub("", before) and len(after) > len(before)
