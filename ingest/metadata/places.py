"""Recognises the towns and venues that lines of a cover name.

There is no list of towns: a line is a place because it ends in a country, or because it stands
beside a date as covers set it, «Punta Cana, 1 de noviembre de 2024».
"""

import re
from collections.abc import Sequence

from ingest.metadata.cover import NOT_ORGANISATION, is_organisation
from search.text.times import full_dates, months
from search.text.vocabulary import WEEKDAY, plain

# As `plain` text, in the languages of our documents.
COUNTRIES = frozenset(
    name.strip()
    for name in """
    argentina, bolivia, brasil, brazil, bresil, chile, colombia, costa rica, cuba, ecuador, el
    salvador, guatemala, haiti, honduras, jamaica, mexico, nicaragua, panama, paraguay, peru,
    puerto rico, republica dominicana, dominican republic, uruguay, venezuela, belize, belice,
    guyana, suriname, trinidad and tobago, trinidad y tobago, barbados, bahamas, espana, spain,
    espanha, espagne, portugal, andorra, francia, france, franca, italia, italy, alemania,
    germany, austria, suiza, switzerland, belgica, belgium, paises bajos, netherlands, reino
    unido, united kingdom, irlanda, ireland, suecia, sweden, noruega, norway, finlandia,
    finland, dinamarca, denmark, grecia, greece, turquia, turkiye, turkey, estados unidos,
    estados unidos de america, eeuu, ee. uu., usa, united states, united states of america,
    canada, republica de corea, republic of korea, corea del sur, korea, japon, japan, china,
    india, nepal, bangladesh, pakistan, sri lanka, indonesia, malasia, malaysia, filipinas,
    philippines, tailandia, thailand, viet nam, vietnam, singapur, singapore, cambodia, lao pdr,
    mongolia, kazakhstan, uzbekistan, georgia, armenia, azerbaijan, marruecos, morocco, tunez,
    tunisia, egipto, egypt, jordania, jordan, libano, lebanon, arabia saudita, saudi arabia,
    emiratos arabes unidos, united arab emirates, qatar, oman, kuwait, sudafrica, south africa,
    kenia, kenya, etiopia, ethiopia, ghana, nigeria, senegal, ruanda, rwanda, uganda, tanzania,
    mozambique, angola, cabo verde, namibia, botswana, zambia, zimbabwe, malawi, mauritius,
    mauricio, madagascar, camerun, cameroon, cote d'ivoire, australia, nueva zelandia, new
    zealand, fiji, samoa, tonga, polonia, poland, hungria, hungary, rumania, romania, bulgaria,
    serbia, croacia, croatia, eslovenia, slovenia, eslovaquia, slovakia, chequia, czechia,
    albania, macedonia del norte, north macedonia, montenegro, estonia, letonia, latvia,
    lituania, lithuania, ucrania, ukraine, moldova, chipre, cyprus, malta, luxemburgo,
    luxembourg, islandia, iceland
    """.split(",")
)
_NAME = r"[A-ZÁÉÍÓÚÑÂÊÔ][\w.’'áéíóúñãõâêôç-]*"
_LINK = r"(?:de|del|la|las|los|el|y|do|da|dos|das|of|the|and|e)"
# One to five capitalised words with their articles: «San Salvador de Jujuy», «Rio de Janeiro».
TOWN = re.compile(rf"^{_NAME}(?:\s{_LINK}){{0,2}}(?:\s(?:{_LINK}\s){{0,2}}{_NAME}){{0,4}}$")
VENUE = re.compile(
    r"^(?:the )?(?:centro|hotel|salon|sala|auditorio|auditorium|palacio"
    r"|palace|universidad|university"
    r"|sede|edificio|building|casa|teatro|theatre|campus|escuela|instituto|biblioteca|hall|room"
    r"|convention|conference|aula|paraninfo|ayuntamiento|headquarters|recinto|plaza|torre|museo)\b"
)
VENUE_WORDS = 14
# What belongs to a date and is left over when the date is taken out: «Viernes», «del», «en».
_EDGES = re.compile(
    rf"(?:^|(?<=\s)){WEEKDAY}\b,?|\b(?:del?|el|on|from|em|a|le|en|in"
    rf"|the)\s*$|^\s*(?:in|en|em)\s+",
    re.IGNORECASE,
)
_ONLINE = re.compile(r"^(?:en linea|virtual|online|on-line|modalidad virtual|zoom|por zoom)\b")


def is_town(text: str) -> bool:
    """Whether a line is a place that ends in a country: «Punta Cana, República Dominicana»."""
    parts = [part.strip(" .") for part in text.split(",")]
    # A country alone says too little, five names are a list of them.
    if not 2 <= len(parts) <= 4 or len(text) > 90:
        return False
    return plain(parts[-1]) in COUNTRIES and all(TOWN.match(part) for part in parts)


def is_venue(text: str) -> bool:
    """Whether a line opens with a kind of building and is no sentence."""
    short = len(text.split()) <= VENUE_WORDS and not text.endswith((".", ":"))
    return short and VENUE.match(plain(text)) is not None


def without_date(text: str) -> str:
    """A line without the date that it states and what belongs to it."""
    for date in reversed([*full_dates(text), *months(text)]):
        text = f"{text[: date.start]}\0{text[date.end :]}"
    pieces = [_EDGES.sub("", _EDGES.sub("", piece)) for piece in text.split("\0")]
    kept = [re.sub(r"(?<![A-Z])\.$", "", piece.strip(" ,;|·–—-")) for piece in pieces]
    return ", ".join(piece for piece in kept if piece)


def town_beside_date(text: str) -> str | None:
    """The town of «Punta Cana, 1 de noviembre de 2024» or «1 November 2024, New York»."""
    found = full_dates(text)
    if len(found) != 1 or len(text) > 100:
        return None
    before, after = text[: found[0].start].rstrip(), text[found[0].end :].lstrip()
    if not (
        before.rstrip(" adeln").rstrip().endswith(",") or after.startswith((",", "·", "–", "("))
    ):
        return None
    rest = without_date(text)
    parts = [part.strip() for part in rest.split(",")]
    # «Ministerio de Hacienda, 3 de mayo de 2024» and «Informe, 3 de mayo de 2024» name no place.
    other = NOT_ORGANISATION.search(plain(rest)) or is_organisation(rest)
    if (
        rest
        and not other
        and len(parts) <= 3
        and all(TOWN.match(part) and len(part) < 40 for part in parts)
    ):
        return rest
    return None


def place_lines(texts: Sequence[str]) -> tuple[str, int] | None:
    """The place that the lines of a cover name, with its venue, and the number of the line."""
    for number, text in enumerate(texts):
        town = text.strip(" .") if is_town(text) else town_beside_date(text)
        if town is None:
            continue
        around = [texts[n] for n in (number - 1, number + 1) if 0 <= n < len(texts)]
        venue = next((line for line in around if is_venue(line)), None)
        return (f"{venue}, {town}" if venue else town), number
    return None


def place_of_label(value: str) -> str | None:
    """The place in a labelled value, which may also state the date."""
    rest = without_date(value)
    says = sum(map(str.isalpha, rest)) >= 3 and len(rest) <= 160
    online = _ONLINE.match(plain(rest)) is not None
    return rest if says and (online or rest[:1].isupper()) else None
