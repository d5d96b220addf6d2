"""Words that must meet, words that must not, and symbols that stay whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text.analysis import analyse, stem
from search.text.vocabulary import fold

MEET = """
gobierno/gobiernos mujer/mujeres implementación/implementacion implementación/implementaciones
imagen/imágenes imagen/imagenes año/años AÑO/año inclusión/inclusivo inclusión/inclusiva
inclusión/inclusivos formación/formaciones formación/formacion formación/formador
formación/formadoras formador/formadores capacitación/capacitador capacitación/capacitadoras
capacitador/capacitadores capacitación/capacitar facilitación/facilitador facilitador/facilitadora
facilitador/facilitadores coordinación/coordinadora coordinador/coordinadores evaluación/evaluador
evaluación/evaluadores organización/organizador organización/organizadores innovación/innovador
innovación/innovadora innovación/innovadores administración/administrador
administración/administradores investigación/investigadora investigador/investigadores
regulación/regulador educación/educador educación/educadoras planificación/planificador
moderación/moderadora transformación/transformador transformación/transformadora
participación/participaciones talleres/taller servicios/servicio ciudades/ciudad país/países
pais/paises mes/meses red/redes ley/leyes plan/planes municipio/municipios concejal/concejalas
concejal/concejales niño/niños niña/niñas política/políticas institución/instituciones
derecho/derechos social/sociales nivel/niveles lección/lecciones herramienta/herramientas
orden/órdenes joven/jóvenes mentalidad/mentalidades principio/principios eficaz/eficaces
ética/éticos líder/líderes líder/lideres público/públicas región/regiones voz/voces día/días
luz/luces vez/veces raíz/raíces juez/jueces cruz/cruces paz/paces lápiz/lápices capaz/capaces
veloz/veloces actriz/actrices directriz/directrices matriz/matrices índice/índices tarea/tareas
línea/líneas prioridad/prioridades sociedad/sociedades entidad/entidades interés/intereses
lugar/lugares rendición/rendicion tallerista/talleristas mesa/mesas plano/planos
universidad/universidades comunidad/comunidades oportunidad/oportunidades dificultad/dificultades
autoridad/autoridades necesidad/necesidades localidad/localidades capacidad/capacidades
realidad/realidades examen/exámenes volumen/volúmenes resumen/resúmenes crimen/crímenes
origen/orígenes margen/márgenes régimen/regímenes virgen/vírgenes dirigente/dirigentes
agente/agentes ciudadano/ciudadanos ciudadano/ciudadana funcionario/funcionarias alcalde/alcaldes
alcaldesa/alcaldesas vecino/vecinas implementarlos/implementar implementarlas/implementando
dejarlas/dejar garantizándoles/garantizar garantizarles/garantizar hacerlo/hacer
escribirnos/escribir medirlas/medir compartirlo/compartir explicándole/explicar
fortalecerlos/fortalecer adaptarla/adaptar actividad/actividades sesión/sesiones reunión/reuniones
decisión/decisiones visión/visiones acción/acciones resolución/resoluciones
declaración/declaraciones función/funciones presupuesto/presupuestos trámite/trámites meta/metas
objetivo/objetivos indicador/indicadores informe/informes dato/datos tecnología/tecnologías
digital/digitales local/locales municipal/municipales nacional/nacionales sostenible/sostenibles
estándar/estándares valor/valores error/errores factor/factores actor/actores sector/sectores
proveedor/proveedores trabajador/trabajadores trabajador/trabajadora servidor/servidores
servidora/servidor autor/autores mejor/mejores mayor/mayores pez/peces club/clubes rol/roles
papel/papeles árbol/árboles móvil/móviles fácil/fáciles útil/útiles débil/débiles hábil/hábiles
canal/canales señal/señales final/finales pared/paredes virtud/virtudes usted/ustedes bus/buses
gas/gases dios/dioses ingresos/ingreso bien/bienes fin/fines común/comunes orden/ordenes
inglés/ingleses francés/franceses japonés/japoneses alumno/alumnas corrupto/corruptos pobre/pobres
verde/verdes base/bases clase/clases fase/fases frase/frases parque/parques bosque/bosques
puente/puentes deporte/deportes transporte/transportes reportó/reportar recicla/reciclar
reciclaje/reciclajes habla/hablar votó/votar votan/votar aprobaron/aprobar aprobada/aprobar
participan/participar decidieron/decidir inclusión/inclusivas escocés/escoceses
accesibilidad/accesible sostenibilidad/sostenible
""".split()

PART = """
mentalidad/mental taller/talla talleres/tallas taller/tallerista año/ano años/anos peña/pena
caña/cana formación/forma formador/formal gobierno/gobernanza gobernador/gobernanza
municipio/municipal concejo/concejal plan/plano planes/planos mes/mesa meses/mesas orden/ordenador
capacitación/capacidad ley/leyenda red/rededor fin/final fines/finales casa/caso modo/moda
puerta/puerto libro/libra cuenta/cuento punto/punta plaza/plazo marco/marca
banco/banca pala/palo ramo/rama suelo/suela pasa/paz luz/lucha vez/vecino
país/paisaje imagen/imaginar nación/nacer estación/estado contador/contaminación relación/relator
operador/ópera sector/sección doctor/dócil actor/acta factor/factura calle/callar cara/caro
tema/temor valor/valle color/colonia mayor/mayo honor/hora meta/metal social/socio
personal/persona local/locura capital/capitán general/género canal/cana bien/bienal meses/mesero
directriz/directo matriz/matrimonio capacitación/capaz universidad/universo comunidad/común
autoridad/autor publicidad/público realidad/real
""".split()


def stems(words: str) -> list[str]:
    return [stem(fold(word)) for word in words.split("/")]


def surfaces(text: str) -> list[str]:
    return [token.surface for token in analyse(text)]


@pytest.mark.parametrize("pair", MEET)
def test_forms_of_one_word_meet(pair: str) -> None:
    first, second = stems(pair)
    assert first == second


@pytest.mark.parametrize("pair", PART)
def test_different_words_stay_apart(pair: str) -> None:
    first, second = stems(pair)
    assert first != second


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Ñandú", "ñandu"),
        ("AÑO", "año"),
        ("Pingüino", "pinguino"),
        ("NAÇÕES", "nacoes"),
        ("être", "etre"),
        ("ÁÉÍÓÚ", "aeiou"),
        ("16.6", "16.6"),
        ("oﬁcina", "oficina"),
    ],
)
def test_folding_drops_accents_and_keeps_the_letter_ñ(word: str, folded: str) -> None:
    assert fold(word) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A/RES/60/34", ["a/res/60/34", "60/34", "res", "60", "34"]),
        ("E/C.16/2018/5", ["e/c.16/2018/5", "2018/5", "16", "2018"]),
        ("60/34", ["60/34"]),
        ("la meta 16.6.", ["la", "meta", "16.6"]),
        ("meta 9.c, 16.a.", ["meta", "9.c", "16.a"]),
        ("16.000 = 16,000 = 16 000 = 16000", ["16000"] * 4),
        ("16\u202f000 y 1.234.567,50", ["16000", "y", "1234567.50"]),
        ("3,5 = 3.5 y 0.125", ["3.5", "3.5", "y", "0.125"]),
        ("tel. 809 555 1234", ["tel", "809", "555", "1234"]),
        ("10:40-11:00", ["10:40", "11:00"]),
        ("10.40 h, 10h40, 10:40 am, 10:40 hrs. y 10:40 a. m.", [*["10:40"] * 4, "y", "10:40"]),
        ("15:15 = 3:15 pm = 3.15 p. m.", ["15:15"] * 3),
        ("3 pm, 12 pm, 12:30 am, 09:05", ["15:00", "12:00", "0:30", "9:05"]),
        ("las 3 de la tarde", ["las", "15:00"]),
        ("10.40 m", ["10.40", "m"]),
        ("2024-11-01", ["2024-11-01", "2024", "noviembre", "1"]),
        ("1/11/2024", ["2024-11-01", "1", "noviembre", "2024"]),
        ("11/25/2024", ["2024-11-25", "25", "noviembre", "2024"]),
        ("60/34 y 45/45/2024", ["60/34", "y", "45/45/2024"]),
        ("17.ª, 17a y 17º sesión", ["17", "17", "y", "17", "sesion"]),
        ("25°C", ["25", "c"]),
        ("Tema II, módulo IV, siglo XXI", ["tema", "2", "modulo", "4", "siglo", "xxi"]),
        ("ODS16", ["ods", "16"]),
        ("ODS 16", ["ods", "16"]),
        ("l’eau", ["l’eau", "eau"]),
        ("¿Qué?", ["que"]),
        ("snake_case", ["snake", "case"]),
        ("", []),
    ],
)
def test_symbols_and_figures_are_single_tokens_written_one_way(
    text: str, expected: list[str]
) -> None:
    assert surfaces(text) == expected


@pytest.mark.parametrize("end", [".", ",", ").", "», ", ".-", "…"])
def test_punctuation_after_a_symbol_is_not_part_of_it(end: str) -> None:
    assert surfaces(f"(A/RES/60/34{end}")[0] == "a/res/60/34"
    assert surfaces(f"ana.b@ejemplo.lat{end}") == ["ana.b@ejemplo.lat", "ana", "ejemplo", "lat"]


def test_a_symbol_is_followed_by_its_pieces_with_their_own_places() -> None:
    text = "Resolución A/RES/60/34"
    assert [(token.surface, text[token.start : token.end]) for token in analyse(text)] == [
        ("resolucion", "Resolución"),
        ("a/res/60/34", "A/RES/60/34"),
        ("60/34", "60/34"),
        ("res", "RES"),
        ("60", "60"),
        ("34", "34"),
    ]


def test_function_words_are_not_informative() -> None:
    tokens = analyse("¿Cuáles son los principios de la gobernanza?")
    assert [token.surface for token in tokens if token.informative] == ["principios", "gobernanza"]


ODD = "aáñÑüçZ0９ﬁª.,:/@-_'’\u0301\u2028 \n"


@given(st.one_of(st.text(max_size=60), st.text(alphabet=ODD, max_size=40)))
def test_every_word_folds_from_the_text_where_it_stands(text: str) -> None:
    for token in analyse(text):
        assert 0 <= token.start < token.end <= len(text)
        written = fold(text[token.start : token.end])
        assert written == token.surface or any(c.isdigit() for c in written)


@pytest.mark.parametrize("text", ["3303-50-5", "2024-13-40", "1850/99/99", "0000-00-00"])
def test_what_only_looks_like_a_date_is_a_figure_as_it_is_written(text: str) -> None:
    assert [token.surface for token in analyse(text)] == [text]


@given(st.text(alphabet="0123456789.,:- ", max_size=30))
def test_a_figure_is_written_as_it_is_read(text: str) -> None:
    # What stands before a figure may make another of it («.1:10» is no hour, «1:10» is one), so it
    # is read by itself first.
    for token in analyse(text):
        alone = analyse(token.surface)[0].surface
        assert analyse(alone)[0].surface == alone


@given(st.text(alphabet=ODD, max_size=40))
def test_folding_twice_is_folding_once(word: str) -> None:
    composed = unicodedata.normalize("NFC", word)
    assert fold(fold(composed)) == fold(composed)


@given(st.text(alphabet="abcñ A/.0123456789@", max_size=40))
def test_tokens_begin_in_order_and_only_pieces_lie_inside_others(text: str) -> None:
    end = 0
    for token in analyse(text):
        inside = token.end <= end
        assert inside or token.start >= end
        end = max(end, token.end)
