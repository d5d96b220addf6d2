"""The Sustainable Development Goals by what they are called: their targets, names and titles."""

TARGETS = {
    1: (5, "ab"),
    2: (5, "abc"),
    3: (9, "abcd"),
    4: (7, "abc"),
    5: (6, "abc"),
    6: (6, "ab"),
    7: (3, "ab"),
    8: (10, "ab"),
    9: (5, "abc"),
    10: (7, "abc"),
    11: (7, "abc"),
    12: (8, "abc"),
    13: (3, "ab"),
    14: (7, "abc"),
    15: (9, "abc"),
    16: (10, "ab"),
    17: (19, ""),
}
"""Each goal's numbered targets, from 1 up to this number, and those with a letter: 169 in all
(A/RES/70/1)."""

DISTINCT = {
    7: (
        "energia asequible y no contaminante",
        "affordable and clean energy",
        "energia limpa e acessivel",
        "energia acessivel e limpa",
        "energies? propres? et d'un cout abordable",
    ),
    8: (
        "trabajo decente y crecimiento economico",
        "decent work and economic growth",
        "trabalho decente e crescimento economico",
        "travail decent et croissance economique",
    ),
    9: (
        "industria, innovacion e infraestructuras?",
        "industry, innovation,? and infrastructure",
        "industria, inovacao e infraestruturas?",
        "industrie, innovation et infrastructures?",
    ),
    11: (
        "ciudades y comunidades sostenibles",
        "cidades e comunidades sustentaveis",
        "villes et communautes durables",
    ),
    12: (
        "produccion y consumo responsables",
        "responsible consumption and production",
        "consumo e producao responsaveis",
        "consommation et production responsables",
    ),
    14: ("life below water", "vida na agua"),
    15: ("vida de ecosistemas terrestres",),
    16: (
        "paz, justicia e instituciones (?:solidas|fuertes)",
        "peace, justice,? and strong institutions",
        "paz, justica e instituicoes eficazes",
        "paix, justice et institutions efficaces",
        "(?:sociedades pacificas e inclusivas para el|peaceful and inclusive societies for"
        "|sociedades pacificas e inclusivas para o|societes pacifiques et inclusives aux fins du)"
        " (?:desarrollo sostenible|sustainable development|desenvolvimento sustentavel"
        "|developpement durable)",
    ),
    17: (
        "alianzas? para (?:lograr )?los objetivos",
        "partnerships? for the goals",
        "parcerias? (?:para a implementacao dos objetivos|e meios de implementacao)",
        "partenariats? pour la realisation des objectifs",
    ),
}
"""Names (and parts of titles) that nobody says without meaning the goal, as `levelled` text."""

COMMON = {
    1: ("fin de la pobreza", "no poverty", "erradicacao da pobreza", "pas de pauvrete"),
    2: ("hambre cero", "zero hunger", "fome zero", 'faim "?zero"?'),
    3: (
        "salud y bienestar",
        "good health and well-?being",
        "saude e bem-estar",
        "saude de qualidade",
        "bonne sante et bien-etre",
    ),
    4: (
        "educacion de calidad",
        "quality education",
        "educacao de qualidade",
        "education de qualite",
    ),
    5: ("igualdad de genero", "gender equality", "igualdade de genero", "egalite entre les sexes"),
    6: (
        "agua limpia y saneamiento",
        "clean water and sanitation",
        "agua potavel e saneamento",
        "eau propre et assainissement",
    ),
    10: (
        "reduccion de las desigualdades",
        "reduced inequalit(?:ies|y)",
        "reducao das desigualdades",
        "inegalites reduites",
    ),
    11: ("sustainable cities and communities",),
    13: (
        "accion por el clima",
        "climate action",
        "acao (?:climatica|contra a mudanca global do clima)",
        "lutte contre les changements climatiques",
    ),
    14: ("vida submarina", "vie aquatique"),
    15: ("life on land", "vida terrestre", "vie terrestre"),
}
"""Names that are also ordinary words: they tell a goal only right behind «ODS» or its number."""


def is_target(goal: int, number: str) -> bool:
    """Whether a goal has the target of this number or letter."""
    last, letters = TARGETS[goal]
    return 1 <= int(number) <= last if number.isdecimal() else number in letters
