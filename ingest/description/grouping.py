"""Text to the size of the groups that it asks for and to the materials that it lists."""

import re

from ingest.plain import levelled, plain

_WORDS = {
    word: number
    for number, words in enumerate(
        "dos|two|dois|duas|deux tres|three cuatro|four|quatro cinco|five|cinq seis|six siete|seven"
        " ocho|eight|oito nueve|nine|nove diez|ten|dez once|eleven doce|twelve|doze".split(),
        start=2,
    )
    for word in words.split("|")
} | {"quince": 15, "fifteen": 15, "veinte": 20, "twenty": 20, "treinta": 30, "thirty": 30}
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_GROUPS = r"(?:grupos?|equipos?|mesas?|subgrupos?|groups?|teams?|tables?|equipes?|breakout rooms?)"
_SIZE = re.compile(
    rf"\b{_GROUPS}(?:\s+(?:pequen[oa]s|de\s+trabajo|reducid[oa]s|small))?\s+(?:de|of|com|con)\s+"
    rf"(?:entre\s+|unas\s+|hasta\s+|between\s+|about\s+)?(?P<low>{_NUMBER})"
    rf"(?:\s*(?:-|–|—|a|o|u|y|to|or|and|e|ou)\s*(?P<high>{_NUMBER}))?\b"
    r"(?!\s*(?:minutos?|minutes|min|horas|palabras|tarjetas|preguntas|%|dias))"
)
_LABELLED = re.compile(
    rf"\b(?:tamano (?:del |de )?grupos?|group size|participantes por grupo"
    rf"|grupo recomendado)\s*[:|]\s*"
    rf"(?:de\s+|entre\s+|between\s+)?(?P<low>{_NUMBER})(?:\s*(?:-|–|—|a|o|y"
    rf"|to|or|and)\s*(?P<high>{_NUMBER}))?\b"
)
_PAIRS = re.compile(
    r"\b(?:en|por|in|em) (?:parejas|pares|pairs|duplas)\b|\bde a dos\b|^(?:parejas|pairs)\b"
)
_THREES = re.compile(
    r"\b(?:en|in|por) (?:trios|ternas|tercetos|triads|threes)\b|^(?:trios|triads)\b"
)
_ALONE = re.compile(
    r"\b(?:trabajo|ejercicio|actividad|reflexion|individual) (?:individual|work|exercise)\b"
    r"|^individual(?:ly|mente)?$|\bde forma individual\b"
)
_MATERIALS = re.compile(
    r"(?:^|[\n.|;]\s*|\*\*)(?:materiales?(?: (?:necesarios?|requeridos?|por grupo|y equipos?))?"
    r"|recursos(?: necesarios| materiales)?|insumos|materials?(?: needed| required)?|supplies"
    r"|what you need|materiais)\s*:\**[ \t]*",
)
_NEXT_LABEL = re.compile(r"^[^\W\d][\w áéíóúñ]{2,28}:(?:\s|$)")
_BETWEEN = re.compile(
    r"[,;](?!\s*(?:un[oa]? (?:por|para|cada)|one (?:per|for|each)))\s*"
    r"|\s+(?:y|e|and)\s+(?=(?:(?!\s(?:y|e|and)\s)[^,;])*$)"
)
MOST_MATERIALS = 15
LONGEST_MATERIAL = 90
MOST_PEOPLE = 60


def group_size(text: str) -> tuple[int, int] | None:
    """The least and the most people of a group; None where none or several sizes are given."""
    said = levelled(text)
    found = {
        (low, high)
        for pattern in (_SIZE, _LABELLED)
        for match in pattern.finditer(said)
        if 1 < (low := _number(match["low"])) <= (high := _number(match["high"] or match["low"]))
        and high <= MOST_PEOPLE
    }
    found |= {(2, 2)} if _PAIRS.search(said) else set()
    found |= {(3, 3)} if _THREES.search(said) else set()
    found |= {(1, 1)} if _ALONE.search(said) else set()
    return found.pop() if len(found) == 1 else None


def materials(text: str) -> tuple[str, ...]:
    """What stands behind «Materiales:», up to the end of the sentence, or in the lines below."""
    found = _MATERIALS.search(levelled(text))
    if found is None:
        return ()
    rest = text[found.end() :]
    line, _, below = rest.partition("\n")
    if line.strip():
        items = _BETWEEN.split(re.split(r"\.(?:\s|$)| \| ", line)[0])
    else:
        items = []
        for item in below.split("\n"):
            if _NEXT_LABEL.match(item) or len(item) > LONGEST_MATERIAL:
                break
            items.append(item)
    kept = [item.strip(" .;,*•·-–—") for item in items]
    sensible = [item for item in kept if item and len(item) <= LONGEST_MATERIAL and plain(item)]
    return tuple(sensible[:MOST_MATERIALS])


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _WORDS[text]
