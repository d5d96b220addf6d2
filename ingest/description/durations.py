"""Text to the minutes that it states: «90 minutos», «1 h 30», «una hora y media»."""

import re

_WORDS = {
    word: number
    for number, words in enumerate(
        "una|un|one|uma|uno dos|two|duas|deux tres|three|três cuatro|four"
        "|quatro cinco|five seis|six"
        " siete|seven|sete ocho|eight|oito nueve|nine|nove diez|ten|dez once|eleven|onze"
        " doce|twelve|doze".split(),
        start=1,
    )
    for word in words.split("|")
} | {
    "quince": 15,
    "fifteen": 15,
    "quinze": 15,
    "veinte": 20,
    "twenty": 20,
    "vinte": 20,
    "treinta": 30,
    "thirty": 30,
    "trinta": 30,
    "cuarenta": 40,
    "forty": 40,
    "quarenta": 40,
    "cincuenta": 50,
    "fifty": 50,
    "sesenta": 60,
    "sixty": 60,
    "noventa": 90,
    "ninety": 90,
}
_NUMBER = rf"(?:\d{{1,3}}(?:[.,]\d)?|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_HALVES = {"media": 30, "half": 30, "meia": 30, "demie": 30, "cuarto": 15}
_HOUR = r"(?:horas?|hours?|heures?|hrs?\.?|hs\.?|h\.?)"
_MINUTE = r"(?:minutos?|minutes?|mins?\.?|['′’])"
_AND = r"(?:\s*(?:y|e|and|et|con|,)\s+(?:an?\s+)?)?"
_HOURS = re.compile(
    rf"(?<![\w:.,])(?P<hours>{_NUMBER})(?:\s+and\s+a\s+(?P<and_half>half))?\s?{_HOUR}(?![a-záéíóú])"
    rf"(?:{_AND}\s*(?:(?P<half>media|half|meia|demie|cuarto)\b"
    rf"|(?P<minutes>{_NUMBER})\s?{_MINUTE}(?!\w)|(?P<bare>[0-5]\d)(?![\d:.,%])))?",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    rf"(?<![\w:.,/-])(?P<minutes>{_NUMBER})\s?(?:-\s?)?{_MINUTE}(?!\w)", re.IGNORECASE
)
_HALF_HOUR = re.compile(r"\b(?:media\s+hora|half\s+an\s+hour|meia\s+hora|une\s+demi-heure)\b", re.I)
_FROM_TO = re.compile(
    rf"(?<![\w:.,]){_NUMBER}\s*(?:{_HOUR}|{_MINUTE})?\s*(?:-|–|—|a|to|o|u|or|y)\s*{_NUMBER}\s?"
    rf"(?:{_HOUR}|{_MINUTE})(?!\w)",
    re.IGNORECASE,
)
LONGEST = 5 * 24 * 60
_LABEL = re.compile(
    r"\b(?:duraci[óo]n(?: (?:total|estimada|prevista|aproximada|sugerida))?|tiempo(?: (?:total"
    r"|estimado|previsto|sugerido|aproximado))?|duration|total duration|time(?: needed| required)?"
    r"|length|timing|carga hor[áa]ria|dura[çc][ãa]o|tempo|dur[ée]e)\s*[:|–—-]\s*",
    re.IGNORECASE,
)
_PARTED = re.compile(
    r",\s+(?:en|in|em|dividid|repartid|distribuid|divided|spread)\b.*", re.IGNORECASE
)
_CLOCK = re.compile(r"\s*\d{1,2}\s?[h:]\s?\d{0,2}\s*(?:hrs?|h|hs)?\.?\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,40})[)\]]")


def minutes_of(text: str) -> int | None:
    """The one duration that a short text states; None for none, for two and for «20 a 30».

    «16 horas, en cuatro encuentros de cuatro horas» is one: sixteen.
    """
    text = _PARTED.sub("", text)
    if _FROM_TO.search(text):
        return None
    hours = [(match.span(), _of_hours(match)) for match in _HOURS.finditer(text)]
    taken = [span for span, _ in hours]
    found = [minutes for _, minutes in hours]
    found += [
        round(_number(match["minutes"]))
        for match in _MINUTES.finditer(text)
        if not any(start <= match.start() < end for start, end in taken)
    ]
    found += [30 for _ in _HALF_HOUR.finditer(text)]
    return found[0] if len(found) == 1 and 0 < found[0] <= LONGEST else None


def labelled_minutes(text: str) -> int | None:
    """The duration after a label: «Tiempo: 30 min», «Duration: 1 h 30»."""
    found = _LABEL.search(text)
    if found is None:
        return None
    return minutes_of(re.split(r"[.;|\n](?:\s|$)", text[found.end() : found.end() + 60])[0])


def bracketed_minutes(text: str) -> int | None:
    """The duration that stands alone in brackets: «(20 minutos)»; the first of several."""
    for inside in _BRACKETS.findall(text):
        minutes = None if _CLOCK.fullmatch(inside) else minutes_of(inside)
        if minutes is not None and len(inside.split()) <= 6:
            return minutes
    return None


def _of_hours(match: re.Match[str]) -> int:
    minutes = round(60 * _number(match["hours"]))
    if match["and_half"]:
        minutes += 30
    if match["half"]:
        return minutes + _HALVES[match["half"].lower()]
    return minutes + round(_number(match["minutes"] or match["bare"] or "0"))


def _number(text: str) -> float:
    lowered = text.lower()
    return float(_WORDS[lowered]) if lowered in _WORDS else float(lowered.replace(",", "."))
