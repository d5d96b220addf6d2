"""Shared fixtures: where real material lies, the real model, and a real browser."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from in_browser import CHROMIUM, FLAGS
from once import made_once
from places import ROOT

from search.embedding.build import build_model
from search.embedding.encoder import verify_model
from search.errors import ModelError
from service.cli.main import main

SHARED = ROOT.parent / "shared" / "data"

os.environ.setdefault("ACERVO_QUERY_LOG", "0")
"""Tests that serve the developer's own index write nothing into it; those of the log ask for it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make golden` turns it on; `tests/ingest/test_golden.py` fails if it is left on."""
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite tests/ingest/golden")


@pytest.hookimpl(tryfirst=True)  # before -m chooses by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts a browser is marked so; the longest files come first, so that no worker is
    left waiting for them in the end."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("quality") is None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents and evaluation sets that lies beside the project."""
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs the evaluation material in {SHARED}")
        pytest.skip(f"the evaluation material is not beside the project: {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is made once a run, however many workers share the tests."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def model_folder(of_this_run: Path) -> Path:
    """The real model: where ACERVO_MODEL says, or in data/model, built there if need be."""
    folder = Path(os.environ.get("ACERVO_MODEL", ROOT / "data" / "model"))

    def build() -> None:
        try:
            verify_model(folder)
        except ModelError:
            build_model(folder, report=print)

    made_once(of_this_run / "modelo", build)
    return folder


@pytest.fixture(scope="session")
def demo_index(model_folder: Path, of_this_run: Path) -> Path:
    """The demonstration corpus in an index, made as users make it; nobody writes to it."""
    folder = of_this_run / "demostracion"
    arguments = ["ingest", str(ROOT / "corpus"), "--index", str(folder)]

    def ingest() -> None:
        assert main([*arguments, "--model", str(model_folder)]) == 0

    made_once(folder, ingest)
    return folder


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, which `make test` installs, in place of one that would be downloaded."""
    if shutil.which(CHROMIUM) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs a browser: {CHROMIUM}")
        pytest.skip(f"there is no browser: {CHROMIUM}")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "es-ES"}


@pytest.fixture(scope="session")
def _pw_artifacts_folder(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Where the plugin keeps recordings; its own folder outlives a worker, which then complains."""
    return SimpleNamespace(name=str(tmp_path_factory.mktemp("grabaciones")))


@pytest.fixture(scope="session")
def base_url() -> str | None:
    """None: servers get a port when they start. The plugin's own fixture makes pytest warn."""
    return None


@pytest.fixture(autouse=True)
def loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lets a test run an event loop though a browser has been used before it.

    Playwright keeps its own loop marked as running until the last browser test is over.
    """
    if "browser" in request.fixturenames:
        yield
        return
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)
