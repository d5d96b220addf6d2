"""Shared fixtures: where real material lies, and the real model."""

import os
from pathlib import Path

import pytest

from search.errors import ModelError
from search.model import build_model, verify_model
from service.cli import main

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make golden` turns it on; `tests/test_golden.py` fails if it is left on."""
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite tests/golden")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents and evaluation sets that lies beside the project."""
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs the evaluation material in {SHARED}")
        pytest.skip(f"the evaluation material is not beside the project: {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The real model: where ACERVO_MODEL says, or in data/model, built there if need be."""
    folder = Path(os.environ.get("ACERVO_MODEL", ROOT / "data" / "model"))
    try:
        verify_model(folder)
    except ModelError:
        build_model(folder, report=print)
    return folder


@pytest.fixture(scope="session")
def demo_index(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration corpus in an index, made as users make it; nobody writes to it."""
    folder = tmp_path_factory.mktemp("demostracion") / "indice"
    places = ["--index", str(folder), "--model", str(model_folder)]
    assert main(["ingest", str(ROOT / "corpus"), *places]) == 0
    return folder
