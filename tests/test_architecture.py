"""The house stays as it was drawn: which door opens which way, and no two rooms need each other."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter

import pytest
from places import ROOT

from search.text.vocabulary import (
    CARDINALS,
    MONTHS,
    SAME_DAY,
    WEEKDAYS,
    fold,
    month_numbers,
    number_words,
)

PACKAGES = ("ingest", "search", "service")
FORBIDDEN = {
    "search": {"ingest", "service"},
    "ingest": {"service"},
    "service": set[str](),
}
NOT_CODE = {"benchmarks", "corpus", "render", "tests"}
ENGINES = {"faiss", "sqlite3", "tantivy"}
ENGINE_FOLDER = "search/index/"
RECORDS_FOLDER = "service/usage/"
"""Keys and records of use are no part of the index and have no engine to be exchanged: they are
rows of SQLite, and so may be said there and nowhere else in the service."""
HEAVY = {"sentence_transformers", "torch", "transformers"}
CURIOUS = HEAVY | {"huggingface_hub", "onnxruntime"}
"""Libraries that look for telemetry hosts, model hubs or places for caches unless told not to."""
QUIET = "search/__init__.py"
"""Tells them before they are loaded, since Python runs it before any other module of the package:
they are loaded nowhere else. It sets the environment, which no module of ours reads."""
VOCABULARY = "search/text/vocabulary.py"
MONTHS_OF = {fold(name): number for name, number in month_numbers().items()}
DAYS = {name: day for day, names in enumerate(SAME_DAY) for name in names}
NUMBERS = {fold(word): number for word, number in number_words(0, 1000).items()}
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of ours: its path below the project and what is written in it."""

    path: str
    text: str

    @property
    def package(self) -> str:
        return self.path.partition("/")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        """As it is imported: `search.index.content`; a folder's own is that of the folder."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def place(self, line: int) -> str:
        return f"{self.path}:{line}"


Rule = Callable[[Module], list[str]]
"""A module → the places where it breaks a rule."""


@cache
def modules(*folders: str) -> list[Module]:
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths]


def imports(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, int]]:
    """The whole name of everything imported, a relative import as `.`, and its line."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." * node.level + (node.module or ""), node.lineno)


def nodes_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported: all but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, Function) and not is_type_checking(node):
            yield from nodes_at_import(node)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def wrong_doors(module: Module) -> list[str]:
    closed = FORBIDDEN[module.package] | NOT_CODE | {""}
    found = imports(ast.walk(module.tree))
    return [module.place(line) for name, line in found if name.partition(".")[0] in closed]


def strange_engines(module: Module) -> list[str]:
    if module.path.startswith(ENGINE_FOLDER):
        return []
    strange = ENGINES - {"sqlite3"} if module.path.startswith(RECORDS_FOLDER) else ENGINES
    found = imports(ast.walk(module.tree))
    return [module.place(line) for name, line in found if name.partition(".")[0] in strange]


def heavy_imports(module: Module) -> list[str]:
    found = imports(nodes_at_import(module.tree))
    return [module.place(line) for name, line in found if name.partition(".")[0] in HEAVY]


def curious_imports(module: Module) -> list[str]:
    if module.package == "search":
        return []
    found = imports(ast.walk(module.tree))
    return [module.place(line) for name, line in found if name.partition(".")[0] in CURIOUS]


def reads_environment(module: Module) -> list[str]:
    if module.package == "service" or module.path == QUIET:
        return []
    return [module.place(line) for line in environment_lines(module.tree)]


def environment_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (node.lineno for alias in node.names if alias.name in ENVIRONMENT)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os":
            yield from [node.lineno] if node.attr in ENVIRONMENT else []


def file_imports(every: list[Module]) -> dict[str, set[str]]:
    """Which of these files each of them imports, inside functions too."""
    places = {module.name: module.path for module in every}
    found: dict[str, set[str]] = {}
    for module in every:
        named = {name for node in ast.walk(module.tree) for name in imported_names(node)}
        found[module.path] = {place for name in named for place in nearest(name, places)}
        found[module.path] -= {module.path}
    return found


def imported_names(node: ast.AST) -> list[str]:
    """What is imported by a statement, or by `import_module` with a text."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        return [a.value for a in node.args if isinstance(a, ast.Constant)]
    return []


def nearest(name: str, places: dict[str, str]) -> list[str]:
    """The file that a dotted name comes from: `search.results.Hit` from `search/results.py`."""
    while name and name not in places:
        name = name.rpartition(".")[0]
    return [places[name]] if name else []


def room_of(path: str) -> str:
    """A folder below one of the three, or a single file beside it."""
    return "/".join(path.split("/")[:2])


def room_imports(files: dict[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, others in files.items():
        rooms = {room_of(other) for other in others} - {room_of(path)}
        found.setdefault(room_of(path), set()).update(rooms)
    return found


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of those that need each other, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def silent_modules(module: Module) -> list[str]:
    return [] if ast.get_docstring(module.tree) else [module.path]


def spelt_out(module: Module) -> list[str]:
    """Statements that spell out three months, three weekdays, or three numbers in a row: they
    belong to the vocabulary. What a docstring tells is an example."""
    if module.path == VOCABULARY:
        return []
    found = []
    for statement in statements(module.tree):
        words = words_of(statement)
        named = any(len({table[w] for w in words if w in table}) > 2 for table in (MONTHS_OF, DAYS))
        counted = [NUMBERS.get(word) for word in words]
        rows = zip(counted, counted[1:], counted[2:], strict=False)
        if named or any(None not in row and len(set(row)) == 3 for row in rows):
            found.append(module.place(statement.lineno))
    return found


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """All that hold no other statement, but for strings that stand alone."""
    for node in ast.walk(tree):
        inner = getattr(node, "body", None)
        alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and not isinstance(inner, list) and not alone:
            yield node


def words_of(statement: ast.stmt) -> list[str]:
    """The folded words of the strings of a statement in the order in which they are written."""
    strings = [
        (node.lineno, node.col_offset, node.value)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [
        w for *_, text in sorted(strings) for w in re.findall(r"[a-zñ]+(?:-feira)?", fold(text))
    ]


def test_the_packages_are_where_this_test_looks() -> None:
    paths = {module.path for module in modules(*PACKAGES)}
    assert {"ingest/pipeline.py", "search/results.py", "service/cli/main.py"} < paths
    assert any(path.startswith(ENGINE_FOLDER) for path in paths)


@pytest.mark.parametrize(
    "rule",
    [wrong_doors, strange_engines, heavy_imports, reads_environment, spelt_out],
)
def test_the_packages_keep_the_rule(rule: Rule) -> None:
    assert [breach for module in modules(*PACKAGES) for breach in rule(module)] == []


def test_libraries_that_look_around_are_loaded_where_they_have_been_told_not_to() -> None:
    every = modules(*PACKAGES, "benchmarks", "corpus", "tests")
    assert [breach for module in every for breach in curious_imports(module)] == []


def test_no_files_and_no_rooms_need_each_other() -> None:
    files = file_imports(modules(*PACKAGES))
    assert sum(map(len, files.values())) > 500
    assert circle(files) == []
    assert circle(room_imports(files)) == []


def test_a_circle_is_seen_also_inside_functions_and_between_rooms() -> None:
    one = Module("search/index/a.py", "def f():\n    from search.b import x")
    assert circle(file_imports([one, Module("search/b.py", "import search.index.a")]))
    named = Module("search/b.py", "import_module('search.index.a')")
    assert circle(file_imports([one, named]))
    other, third = Module("search/b.py", ""), Module("search/index/c.py", "x = 1")
    assert circle(file_imports([one, other, third])) == []
    between = file_imports([one, Module("search/b.py", "from search.index.c import x"), third])
    assert circle(between) == []
    assert circle(room_imports(between))


def test_every_module_says_what_it_is() -> None:
    every = modules(*PACKAGES, "benchmarks", "corpus", "tests")
    assert [breach for module in every for breach in silent_modules(module)] == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (wrong_doors, "search/a.py", "def f():\n    from service.settings import Settings"),
        (wrong_doors, "search/a.py", "import ingest.pipeline as p"),
        (wrong_doors, "ingest/a.py", "from service import cli"),
        (wrong_doors, "service/a.py", "import corpus.build"),
        (wrong_doors, "service/a.py", "from . import cli"),
        (strange_engines, "search/ranking.py", "def f():\n    import sqlite3"),
        (strange_engines, "service/a.py", "from faiss import IndexFlatIP"),
        (strange_engines, "service/a.py", "import sqlite3"),
        (strange_engines, "service/usage/a.py", "import tantivy"),
        (heavy_imports, "search/a.py", "class A:\n    import torch"),
        (heavy_imports, "ingest/a.py", "try:\n    from transformers import x\nfinally: ..."),
        (curious_imports, "service/a.py", "def f():\n    from onnxruntime import InferenceSession"),
        (curious_imports, "benchmarks/a.py", "import huggingface_hub.constants"),
        (reads_environment, "ingest/a.py", "import os\nx = os.environ['X']"),
        (reads_environment, "search/a.py", "import os\nos.getenv('X')"),
        (reads_environment, "search/a.py", "from os import environ"),
        (silent_modules, "search/a.py", "x = 1"),
        (spelt_out, "ingest/a.py", "MONTHS = 'enero febrero março'.split()"),
        (spelt_out, "service/a.py", "def f():\n    return ['lundi', 'mardi', 'mercredi']"),
        (spelt_out, "search/a.py", "D = re.compile(r'(?:segunda-feira|terça-feira|sexta-feira)')"),
        (spelt_out, "search/a.py", "N = {'dos': 2, 'tres': 3, 'cuatro': 4}"),
        (spelt_out, "search/a.py", "N = f'{x} one|two' r'|three'"),
    ],
)
def test_a_rule_sees_its_breach(rule: Rule, path: str, text: str) -> None:
    assert len(rule(Module(path, text))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (wrong_doors, "service/a.py", "from ingest.pipeline import ingest\nimport search.results"),
        (wrong_doors, "ingest/a.py", "import search.results"),
        (strange_engines, "search/index/database.py", "import sqlite3"),
        (strange_engines, "service/usage/a.py", "import sqlite3"),
        (heavy_imports, "search/a.py", "def f():\n    import torch"),
        (heavy_imports, "search/a.py", "if TYPE_CHECKING:\n    import torch"),
        (curious_imports, "search/a.py", "import onnxruntime"),
        (reads_environment, "service/a.py", "import os\nos.environ['X']"),
        (reads_environment, "search/__init__.py", "import os\nos.environ['X'] = '1'"),
        (silent_modules, "search/a.py", '"""Words."""'),
        (spelt_out, VOCABULARY, "MONTHS = 'enero febrero março'.split()"),
        (spelt_out, "search/a.py", "def f():\n    'The months enero, febrero, marzo.'"),
        (spelt_out, "search/a.py", "A = 'un una uno dos'\nB = 'enero y marzo'\nC = 'tres'"),
    ],
)
def test_a_rule_allows_what_is_right(rule: Rule, path: str, text: str) -> None:
    assert rule(Module(path, text)) == []


def test_the_vocabulary_is_complete() -> None:
    languages = ("es", "en", "pt", "fr")
    months = {language: len(set(names)) for language, names in MONTHS.items()}
    assert months == dict.fromkeys((*languages, "ca"), 12)
    days = {language: len(set(names)) for language, names in WEEKDAYS.items()}
    assert days == dict.fromkeys(languages, 7)
    assert tuple(CARDINALS) == languages
    assert set(month_numbers(short=True).values()) == set(range(1, 13))


def test_serving_loads_no_training_library() -> None:
    """Also not through the libraries we use: start-up stays fast and small."""
    program = (
        "import sys, service.web.app, service.cli.main, service.cli.collection\n"
        "import search.embedding.encoder\n"
        f"print(sorted(sys.modules.keys() & {sorted(HEAVY)}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


def test_the_lock_names_no_place_to_download_from() -> None:
    """Where packages come from is the installer's choice; graphics card builds come with torch."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = [
            line
            for line in (ROOT / name).read_text("utf-8").splitlines()
            if line and not line.lstrip().startswith("#")
        ]
        assert [line for line in lines if "://" in line] == []
        assert [
            line for line in lines if line.lstrip().startswith("-") and "--hash" not in line
        ] == []
        pinned = [line.partition("==")[0] for line in lines if not line.startswith(" ")]
        assert {"torch", "triton"}.isdisjoint(pinned)
        assert [package for package in pinned if package.startswith("nvidia")] == []
        assert len(pinned) > 20
