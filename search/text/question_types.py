"""Tells from its wording what kind of answer a question wants, before anything is retrieved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from search.text.analysis import Token
from search.text.vocabulary import (
    CARDINALS,
    DOCUMENT_WORDS,
    EVENT_WORDS,
    SAME_DAY,
    alternatives,
    fold,
    number_words,
)

_EMAIL = r"[\w.+-]+@[\w-]+(?:\.\w+)+"
# Eight signs or more, so that years and spans of years are none.
_PHONE = r"\+?\(?\d[\d ().\-]{6,}\d"
_NAME = r"\b[A-ZÁÉÍÓÚÑ][a-záéíóúüñ]+(?: (?:de |del |la |de la )?[A-ZÁÉÍÓÚÑ][a-záéíóúüñ.]*)+"
_TITLED = r"\b(?:Sr|Sra|D|Dª|Dr|Dra|Lic|Ing|Mr|Ms|Mrs)\.\s+[A-ZÁÉÍÓÚÑ]"
_PERSON = re.compile(_TITLED)
_DAY = alternatives(chain.from_iterable(SAME_DAY))
# Larger ones are left to figures: with them «ocho horas» of one module showed a duration as well as
# the «16 horas» of the module that was asked for, and came first.
_FEW = alternatives(
    chain(
        *(CARDINALS["es"][number] for number in range(2, 7)),
        *(CARDINALS["en"][number] for number in range(1, 4)),
        ("una", "media"),
    )
)
# Neither one, which is an article in three of the languages, nor zero, which counts nothing.
_NUMBER = rf"(?i:\d|\b(?:{alternatives(number_words(2, 1000))})\b)"


_CONTACT = r"(?:contac?tos?|contacts?)"
_ASKS_CONTACT = "|".join(
    (
        # A contact is all that is named («contacto de la cumbre»), or it is asked for.
        rf"^\W*(?:(?:el|los|os?|les?|the) )?{_CONTACT}"
        r"(?: (?:del?|d[ao]s?|du|des|para|pour|of|for)\b(?!.*\b(?:con|com|avec|with)\b).*)?\W*$",
        r"\b(?:datos|dados|informac\w+|informations?) de contac?to?\b",
        r"\bcontact (?:details|information|info|data)\b|\b(?:les|leurs|ses|vos) coordonnees\b",
        r"\b(?:hay|tiene[ns]?|tem|dame|deme|busco|necesito|preciso|quiero|quero|cual es|cuales son"
        r"|qual e|quais sao|quien es|quem e|who is|quel est|qui est)"
        r" (?:(?:un|el|los|algun|sus?|um|os?|the|your|le|la persona de) )?"
        rf"{_CONTACT}\b(?! (?:con|com|avec|with|entre|between)\b)",
        r"\b(?:que|which|what|quais|quels) (?:contac?tos|contacts)\b"
        r"(?!.*\b(?:con|com|avec|with|entre|between)\b)",
        # Somebody is to be reached, by whoever asks: «¿cómo contacto a …?», «a quem escrevo?».
        r"\b(?:como|a?donde|(?:a|con|com) (?:quien(?:es)?|quem)|me|nos|puedo|podemos|posso|debo"
        r"|devo|quiero|quero|quisiera|necesito|preciso) contac?t(?:o|amos|ar(?:me|nos)?)\b",
        r"\b(?:me (?:pongo|comunico)|nos (?:ponemos|comunicamos)"
        r"|(?:poner|comunicar|contactar)(?:me|nos)"
        r"|(?:entro|entramos|(?:puedo|posso|podemos|quiero|quero) entrar) e[nm] contac?to)\b",
        r"\b(?:a quien(?:es)?|a?donde|como)(?: l?es?)?(?: puedo| podemos| debo)? escrib(?:o|imos)\b"
        r"|\bescribo (?:a|para)\b|\b(?:a quien(?:es)?|a?donde) (?:puedo |podemos |debo )?escribir\b"
        r"|\ba quem (?:escrevo|devo escrever)\b",
        r"\b(?:how (?:do|can|could|should) (?:i|we|one)|how to|who(?:m to|m? should (?:i|we))"
        r"|i (?:want|need|would like) to) (?:contact|get in (?:touch|contact)|write to)\b",
        r"\b(?:comment|qui)(?: (?:puis|dois|peut|faut).(?:je|on|il))? (?:contacter|joindre)\b"
        r"|\ba qui(?: (?:puis|dois|peut|faut).(?:je|on|il))? ecrire\b"
        r"|\b(?:prendre|entrer en) contact avec\b|\bje (?:veux|voudrais|souhaite) contacter\b",
    )
)
"""A question for a contact, which only an address answers. The word alone is none: «puntos de
contacto» and «contact with citizens» are subjects like any other."""


class QuestionType(StrEnum):
    """What a question asks for."""

    EMAIL = "email"
    PHONE = "phone"
    CONTACT = "contact"
    DURATION = "duration"
    HOUR = "hour"
    PROGRAMME = "programme"
    DATE = "date"
    PLACE = "place"
    AUDIENCE = "audience"
    ORGANISER = "organiser"
    PERSON = "person"
    COUNT = "count"
    LIST = "list"
    DEFINITION = "definition"
    OTHER = "other"


_ADDRESS_WORDS = """correo correos electronico email mail e telefono telefonos tel celular
    movil contacto contactos contactar contactarme datos informacion numero direccion escribir
    escribo llamar llamo comunicar comunicarme comunico pongo ponerme whatsapp phone telephone
    courriel contact contacts address details information touch contato contatos contatar dados
    informacoes entro entrar escrevo contacter joindre coordonnees ecrire informations"""
_TIME_WORDS = """hora horas horario duracion dura duran durara minuto minutos tiempo empieza
    empiezan empezar comienza comienzan comienzo inicia inician inicio termina terminan
    acaba acaban finaliza fin final sesion dia dias fecha toca hay habra programa agenda
    actividades sesiones sigue viene hace hizo hara lugar realiza realizara celebra celebro
    time long start starts begin begins end ends day take takes happens long last lasts
    place comeca termina heure commence debut finit temps programacao programme acontece
    havera passe t qu qu'est qu’est qu'il qu’il qu'y qu’y jour"""
# Not what asks for other things as well: a verb («where do I report …?»), a first name («Manuel»),
# words whose stems other words share (encontrar, información, pública).
_NOT_GENERAL = {"report", "manuel", "encontro", "informe", "publicacion"}
WHOLE_WORDS = (EVENT_WORDS | DOCUMENT_WORDS | {"actividad"}) - _NOT_GENERAL
"""What an event or its material as a whole is called."""

WORDS: Mapping[QuestionType, frozenset[str]] = {
    form: frozenset(words.split())
    for form, words in {
        QuestionType.EMAIL: _ADDRESS_WORDS,
        QuestionType.PHONE: _ADDRESS_WORDS,
        QuestionType.CONTACT: _ADDRESS_WORDS,
        QuestionType.DURATION: _TIME_WORDS,
        QuestionType.HOUR: _TIME_WORDS,
        QuestionType.PROGRAMME: _TIME_WORDS,
        QuestionType.DATE: f"{_TIME_WORDS} año ano mes date year cabo",
        QuestionType.PLACE: """lugar sede ciudad pais hotel sala salon sitio sera fue hizo hara
            realiza realizo realizara celebra celebro celebrara tendra tuvo llevo llevara
            cabo queda ubicado place venue held take takes took city""",
        QuestionType.AUDIENCE: """dirigido dirigida dirige publico objetivo meta destinatarios
            destina audience target cible""",
        QuestionType.ORGANISER: """organiza organizan organizo organizaron organizadores coorganiza
            organised""",
        QuestionType.PERSON: """position job title heads head cargo puesto funcion nombre
            responsable ocupa name""",
        QuestionType.COUNT: "numero porcentaje cantidad proporcion percentage number hay",
        QuestionType.LIST: """lista listado enumere enumera enumerar menciona mencione nombre
            subtemas tipos list""",
        QuestionType.DEFINITION: """definition significa significan significado define definicion
            definir refiere llama mean""",
    }.items()
}
"""Words that belong to the form of a question and name nothing of its subject."""


KINDS = {
    QuestionType.EMAIL: "contact",
    QuestionType.PHONE: "contact",
    QuestionType.CONTACT: "contact",
    QuestionType.DEFINITION: "definition",
    QuestionType.COUNT: "count",
    QuestionType.LIST: "list",
    QuestionType.PLACE: "place",
    QuestionType.PERSON: "person",
    QuestionType.DATE: "date",
}
"""What an answer to such a question is called; the others are plain quotes."""

MUST_SHOW = frozenset({QuestionType.PLACE, QuestionType.PERSON, QuestionType.DATE})
"""Forms whose sentences are plain quotes unless they hold what is asked for: «¿quién aprueba…?» may
be answered by an office, and that is no person."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """How one form is asked (folded), and how a text that answers it gives itself away."""

    form: QuestionType
    asks: re.Pattern[str]
    shows: re.Pattern[str] | None = None

    def shows_in(self, text: str) -> bool:
        """Whether a text holds what the form looks for."""
        return self.shows is not None and self.shows.search(text) is not None


_WORDINGS = (
    _Wording(
        QuestionType.PHONE,
        re.compile(r"\b(telefonos?|tel|whatsapp|llam(o|ar)|phone|telephone|celular|movil)\b"),
        re.compile(_PHONE),
    ),
    _Wording(
        QuestionType.EMAIL,
        re.compile(r"\b(correos?( electronicos?)?|e-?mails?|mails?|courriels?)\b"),
        re.compile(_EMAIL),
    ),
    _Wording(
        QuestionType.CONTACT,
        re.compile(_ASKS_CONTACT),
        re.compile(f"{_EMAIL}|{_PHONE}"),
    ),
    _Wording(
        QuestionType.DURATION,
        re.compile(
            r"\b(cuanto (tiempo )?(dura\w*|tarda\w*|lleva\w*)|cuanto tiempo|duracion"
            r"|cuant[oa]s (minutos|horas|dias) (dura\w*|son|tiene|lleva\w*|hay)|how long"
            r"|quanto tempo|combien de temps|duree)\b"
        ),
        re.compile(
            rf"(?i)(\d|\b(?:{_FEW})\b)[\w ,]{{0,20}}?"
            r"\b(minut|hora|hour|día|day|jornada|semana|week|heure|dia)"
        ),
    ),
    _Wording(
        QuestionType.HOUR,
        re.compile(
            r"\b(a que hora|que hora|hora de|horario|what time|(a )?que horas|quelle heure)\b"
        ),
        re.compile(r"\b\d{1,2}[:.h]\d\d\b"),
    ),
    _Wording(
        QuestionType.PROGRAMME,
        re.compile(
            r"\b(que (hay|habra|toca|sigue|viene|sesiones|actividades|se (hace|hizo|hara|vera|ve))"
            r"|(programa(cao)?|programme|agenda|actividades|sesiones|atividades|sessoes)"
            rf" (del?|d[ao]|du|para|pour) (el |o |a |le )?({_DAY}|dia|\d+)|what is on|what happens"
            r"|o que (ha|havera|acontece|se faz) (em|n[ao]s?|as?|de)"
            r"|que se passe(.t.il)?|qu.est.ce qu.il (y a|se passe)|qu.y a.t.il)\b"
        ),
    ),
    _Wording(
        QuestionType.DATE,
        re.compile(
            # Elsewhere «cuando» joins two clauses: «qué se hace cuando llueve».
            r"(^|[,;:]|\b(y|desde|hasta|para|de|dice|dime|saber|decir))\W*(cuando|when|quando|quand)\b"
            r"|\b(fechas?|que dias?|en que (año|ano|fecha|mes|dia)|what (year|date|day)"
            r"|em que (ano|data)|quelle date|en quelle annee)\b"
        ),
        re.compile(
            r"\b(?:1[89]|20)\d\d\b|\b\d{1,2}(?::\d\d| (?:de )?[a-zç]{3,})|\b\d{1,2}/\d{1,2}/"
        ),
    ),
    _Wording(
        QuestionType.PLACE,
        re.compile(
            # French «ou» without its accent is also «or»: only before a verb of place.
            r"\b(a?donde|lugar|sede|en que (ciudad|hotel|pais|sala|salon|lugar|sitio)|where|onde"
            r"|em que cidade|ou (est|sont|se (trouve|tient)|aura)\b)"
        ),
        re.compile(
            r"\b(?:Centro|Hotel|Sal[oó]n|[Ss]ala|[Ss]ede|Auditorio|Palacio|República|Casa|Ciudad"
            r"|[Ll]ugar|Universidad|Escuela|Center|Centre|Hall|Room|Venue)\b"
        ),
    ),
    _Wording(
        QuestionType.AUDIENCE,
        re.compile(
            r"\b((a|para) quien(es)? (va|esta|es|se dirige|sirve)|dirigid[oa]s? a|publico objetivo"
            r"|publico (meta|al que)|destinatari[oa]s"
            r"|who (is|are) (it|this|these|the [a-z]+) .*?\bfor|who is it for|target audience"
            r"|a quem se destina"
            r"|public cible)\b"
        ),
    ),
    _Wording(
        QuestionType.ORGANISER,
        re.compile(
            r"\b(quien(es)? (lo |la )?(co)?organiz\w+|organizador(es)?|who organi[sz]\w+)\b"
        ),
    ),
    _Wording(
        QuestionType.PERSON,
        re.compile(
            r"\b(quien(es)?|cargo (de|tiene|ocupa)|que (cargo|puesto|funcion)|who|whose|quem|qui"
            r"|(position|job title) of|poste de"
            r"|responsable de|nombre del?)\b"
        ),
        re.compile(f"{_TITLED}|{_NAME}"),
    ),
    _Wording(
        QuestionType.COUNT,
        re.compile(
            r"\b(cuant[oa]s?|numero de|que (porcentaje|cantidad|proporcion)|how (many"
            r"|much)|quant[oa]s?"
            r"|combien|what percentage)\b"
        ),
        re.compile(_NUMBER),
    ),
    _Wording(
        QuestionType.LIST,
        re.compile(
            r"\b(cuales son|cuales fueron|que (tipos|clases|pasos|temas|etapas|fases|partes"
            r"|subtemas|componentes|elementos) |enumer\w+|lista(do)? de|menciona\w*"
            r"|nombr[ae]\w* l[oa]s"
            r"|what are|which are|list (the|of)|quais sao|quels? sont|quelles sont|subtemas)"
        ),
        # Three lines, or four things in a row.
        re.compile(r"(?s)\n.*\n|(?:[^,;\n]{3,60}[,;] ){3,}"),
    ),
    _Wording(
        QuestionType.DEFINITION,
        re.compile(
            r"^\W*((y |entonces )?(que|q|k) (es|son|significan?|quiere decir|se entiende por|era)\b"
            r"|defin(e|icion|a|ir)\b|(que|a que) se (llama|refiere)|what (is|are"
            r"|does)\b|o que (e|sao)\b"
            r"|qu.?est.ce que|significado de\b)"
            r"|\b(que|q|k) (es|son|significan?|quiere decir)\W*$"
        ),
        re.compile(
            # A verb that defines, or the colon or dash of a glossary.
            r"(?i)\b(?:es|son|significa[n]?|se entiende|entendemos|se refiere|consiste|is"
            r"|are|means|é|são"
            r"|est|sont)\b|: |\s[–—|-]\s"
        ),
    ),
)
"""In the order that decides: «¿cuántos minutos dura…?» asks for a duration, not for a count."""

_BY_FORM = {wording.form: wording for wording in _WORDINGS}


_SHOWN = tuple(wording for wording in _WORDINGS if wording.shows)
SIGN_OF: Mapping[QuestionType, int] = {w.form: 1 << place for place, w in enumerate(_SHOWN)}
"""The bit of each type of question whose answer gives itself away, see `signs_of`."""
NAMES_PERSON = 1 << len(_SHOWN)
"""The bit of a stretch of text that names somebody with a form of address («Sra. …»)."""


def signs_of(text: str, start: int, end: int) -> int:
    """What a stretch of text shows (a name, an address, a number …): a bit for each."""
    shown = sum(SIGN_OF[w.form] for w in _SHOWN if w.shows and w.shows.search(text, start, end))
    return shown | (NAMES_PERSON if _PERSON.search(text, start, end) else 0)


ADDRESSES = (QuestionType.EMAIL, QuestionType.PHONE)
_SOUGHT = {
    QuestionType.EMAIL: (QuestionType.EMAIL,),
    QuestionType.PHONE: (QuestionType.PHONE,),
    QuestionType.CONTACT: ADDRESSES,
}


def shapes(text: str) -> tuple[str, ...]:
    """Index words for the addresses that a passage holds, whatever they are: a question for an
    address looks for them beside the words of its subject."""
    return tuple(f"§{form}" for form in ADDRESSES if _BY_FORM[form].shows_in(text))


def sought_shapes(form: QuestionType) -> tuple[str, ...]:
    """The index words that a question of this form looks for."""
    return tuple(f"§{one}" for one in _SOUGHT.get(form, ()))


def question_type(text: str) -> QuestionType:
    """What a question wants; `OTHER` when its wording does not say."""
    folded = " ".join(fold(text).split())
    return next(
        (wording.form for wording in _WORDINGS if wording.asks.search(folded)), QuestionType.OTHER
    )


def subject_of(tokens: Sequence[Token], form: QuestionType) -> tuple[Token, ...]:
    """The words of a question that name what it is about; all of them when none would be left."""
    own = WORDS.get(form, frozenset())
    return tuple(token for token in tokens if token.surface not in own) or tuple(tokens)


def shows(form: QuestionType, text: str, start: int, end: int) -> bool:
    """Whether a stretch of text holds what the form looks for (a name, an address, a number)."""
    wording = _BY_FORM.get(form)
    if wording is None or wording.shows is None:
        return False
    return wording.shows.search(text, start, end) is not None
