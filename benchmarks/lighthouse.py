"""What Lighthouse says of the pages of a running server: marks, LCP, TBT and bytes, on a phone.

    python -m benchmarks.lighthouse http://127.0.0.1:8000 [--runs 3] [PATH …]

Needs Node: `lighthouse` is installed from npm into a temporary folder (`--tool FOLDER` keeps it for
the next time). Its mobile preset, so network and processor are simulated. Medians of some runs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from urllib.request import urlopen

CHROMIUM = "/usr/bin/chromium"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
CATEGORIES = ("performance", "accessibility", "best-practices")
QUESTION = "¿Cuáles son los principios de gobernanza eficaz?"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Marks:
    """What Lighthouse says of one page: marks of 100, milliseconds, kilobytes, and what fails."""

    path: str
    performance: float
    accessibility: float
    best_practices: float
    lcp_ms: float
    tbt_ms: float
    kilobytes: float
    failed: tuple[str, ...] = ()


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    address = options.address.rstrip("/")
    paths = options.paths or [*PATHS, document_path(address)]
    with tempfile.TemporaryDirectory(prefix="acervo-lighthouse-") as work:
        program = installed(options.tool or Path(work))
        print(row("path", "perf", "a11y", "best", "LCP ms", "TBT ms", "KB", "runs"))
        found = []
        for path in paths:
            runs = [measured(program, address, path, Path(work)) for _ in range(options.runs)]
            found.append(middle(runs))
            print(row(*list(asdict(found[-1]).values())[:-1], len(runs)), flush=True)
            for audit in found[-1].failed:
                print(f"    {audit}")
    if options.json:
        text = json.dumps([asdict(marks) for marks in found], indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", "utf-8")
    return 0


PATHS = (
    "/",
    f"/?{urlencode({'q': QUESTION})}",
    "/documentos",
    "/acerca",
    "/accesibilidad",
    "/privacidad",
    "/widget",
)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("address", help="of the server, without a final slash")
    parser.add_argument("paths", nargs="*", help="pages; by default one of each kind")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tool", type=Path, help="where lighthouse is, or is to be, installed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    return parser.parse_intermixed_args(arguments)


def document_path(address: str) -> str:
    """The reader at the first page of the first document with page images."""
    with urlopen(f"{address}/api/v1/documents") as answer:
        documents = json.load(answer)["documents"]
    found = next((item for item in documents if item["media_type"] == PDF), documents[0])
    return str(found["url"])


def installed(folder: Path) -> Path:
    """The program, installed first if need be."""
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "lighthouse"]
        subprocess.run([*command, "--prefix", str(folder)], check=True)
    return program


def measured(program: Path, address: str, path: str, work: Path) -> Marks:
    """One run over one page."""
    result = work / "result.json"
    command = [str(program), f"{address}{path}", "--quiet", "--output=json"]
    command += [f"--output-path={result}", f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--chrome-flags={FLAGS}"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    # A browser that starts cold may miss the beginning of its own trace: «please run again».
    if subprocess.run(command, env=environment).returncode != 0:
        subprocess.run(command, check=True, env=environment)
    said = json.loads(result.read_text("utf-8"))
    audits, categories = said["audits"], said["categories"]
    judged = [item["id"] for name in CATEGORIES[1:] for item in categories[name]["auditRefs"]]
    failed = [audits[id_]["title"] for id_ in judged if audits[id_]["score"] == 0]
    performance, accessibility, best = (100 * (categories[n]["score"] or 0) for n in CATEGORIES)
    return Marks(
        path=path,
        performance=performance,
        accessibility=accessibility,
        best_practices=best,
        lcp_ms=audits["largest-contentful-paint"]["numericValue"],
        tbt_ms=audits["total-blocking-time"]["numericValue"],
        kilobytes=audits["total-byte-weight"]["numericValue"] / 1000,
        failed=tuple(dict.fromkeys(failed)),
    )


def middle(runs: Sequence[Marks]) -> Marks:
    """The median of each number."""
    return Marks(
        path=runs[0].path,
        performance=round(median(run.performance for run in runs)),
        accessibility=round(median(run.accessibility for run in runs)),
        best_practices=round(median(run.best_practices for run in runs)),
        lcp_ms=round(median(run.lcp_ms for run in runs)),
        tbt_ms=round(median(run.tbt_ms for run in runs)),
        kilobytes=round(median(run.kilobytes for run in runs), 1),
        failed=runs[-1].failed,
    )


def row(*cells: object) -> str:
    path, *numbers = map(str, cells)
    return f"{path[:48]:48}" + "".join(f"{number:>9}" for number in numbers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
