"""Shared fixtures: where real material lies, and the real model."""

import os
from pathlib import Path

import pytest

from search.errors import ModelError
from search.model import build_model, verify_model

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


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
