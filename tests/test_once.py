"""Tests run side by side: what they share is made once, and nobody meets it half made."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from in_browser import NewContext
from once import made_once

SUPPORT = Path(__file__).resolve().parent / "support"
MAKING = """
import sys, time
from pathlib import Path
from once import made_once

folder = Path(sys.argv[1])

def make():
    folder.mkdir()
    time.sleep(0.3)
    (folder / "whole").touch()
    print("made")

made_once(folder, make)
print((folder / "whole").exists())
"""


def test_processes_that_come_together_make_it_once_and_find_it_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKING, str(tmp_path / "shared")]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate()[0].split() for process in processes]
    assert sorted(said) == [["True"], ["True"], ["made", "True"]]


def test_what_could_not_be_made_is_tried_again(tmp_path: Path) -> None:
    tried = []

    def make() -> None:
        tried.append("once more")
        if len(tried) == 1:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        made_once(tmp_path / "shared", make)
    made_once(tmp_path / "shared", make)
    made_once(tmp_path / "shared", make)
    assert tried == ["once more", "once more"]


@pytest.mark.browser
def test_a_browser_opens_an_empty_page(new_context: NewContext) -> None:
    assert new_context().new_page().title() == ""


def test_an_event_loop_runs_after_a_browser_test() -> None:
    """The browser's own loop once counted as running, and no other could start."""

    async def answer() -> int:
        return 42

    assert asyncio.run(answer()) == 42


@pytest.mark.browser
def test_the_browser_is_still_there_after_another_loop(new_context: NewContext) -> None:
    page = new_context().new_page()
    page.set_content("<title>Acervo</title>")
    assert page.title() == "Acervo"
