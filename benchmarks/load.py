"""A running server on this machine → latency, throughput and cost under a closed loop of clients.

Each client sends its next request when the last one is answered, for a fixed time:

    python benchmarks/load.py --url http://127.0.0.1:8000 --queries corpus/consultas.jsonl \
        --clients 8 --seconds 60 --pid PID
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode, urlsplit

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MOST_CLIENTS = 64
MOST_SECONDS = 600
TIMEOUT_SECONDS = 30


@dataclass
class Tally:
    """What one client saw; only that client writes to it."""

    milliseconds: list[float] = field(default_factory=list)
    shed: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Usage:
    """CPU seconds and resident bytes of a process."""

    cpu: float
    resident: int


def main() -> int:
    options = arguments()
    address = urlsplit(options.url)
    if address.hostname not in LOOPBACK:
        print(f"only a server on this machine may be loaded, not {options.url}", file=sys.stderr)
        return 2
    texts = read_queries(options.queries)
    before = usage(options.pid) if options.pid else None
    begun = time.perf_counter()
    tallies = drive(address.hostname, address.port or 80, texts, options)
    seconds = time.perf_counter() - begun
    after = usage(options.pid) if options.pid else None
    print(json.dumps(report(tallies, seconds, before, after), indent=2))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--queries", type=Path, default=Path("corpus/consultas.jsonl"))
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pid", type=int, help="process of the server, for CPU and memory")
    options = parser.parse_args()
    if not 1 <= options.clients <= MOST_CLIENTS or not 0 < options.seconds <= MOST_SECONDS:
        parser.error(f"at most {MOST_CLIENTS} clients and {MOST_SECONDS} seconds")
    return options


def read_queries(path: Path) -> list[str]:
    """The `text` of each line of JSON."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines if line.strip()]
    if not texts:
        raise SystemExit(f"no queries in {path}")
    return texts


def drive(host: str, port: int, texts: list[str], options: argparse.Namespace) -> list[Tally]:
    """Run all clients until the time is up; each starts at another query."""
    tallies = [Tally() for _ in range(options.clients)]
    deadline = time.perf_counter() + options.seconds
    threads = []
    for number, tally in enumerate(tallies):
        start = number * len(texts) // options.clients
        own = texts[start:] + texts[:start]
        thread = threading.Thread(target=client, args=(host, port, own, deadline, tally))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return tallies


def client(host: str, port: int, texts: list[str], deadline: float, tally: Tally) -> None:
    """One request after the other over one connection."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    for text in cycle(texts):
        if time.perf_counter() >= deadline:
            break
        begun = time.perf_counter()
        try:
            status = ask(connection, text)
        except (OSError, http.client.HTTPException):
            tally.errors += 1
            connection.close()
            time.sleep(0.05)
            continue
        count(tally, status, (time.perf_counter() - begun) * 1000)
    connection.close()


def ask(connection: http.client.HTTPConnection, text: str) -> int:
    """The status of one search; its body is read to the end."""
    connection.request("GET", f"/api/v1/search?{urlencode({'q': text})}")
    response = connection.getresponse()
    response.read()
    return response.status


def count(tally: Tally, status: int, milliseconds: float) -> None:
    """Only answers count for latency: a refusal is quick and worth nothing."""
    if status == 200:
        tally.milliseconds.append(milliseconds)
    elif status == 503:
        tally.shed += 1
        time.sleep(0.05)
    else:
        tally.errors += 1


def usage(pid: int) -> Usage:
    """What the kernel says of a process (fields 14 and 15 of stat are user and system ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def report(
    tallies: list[Tally], seconds: float, before: Usage | None, after: Usage | None
) -> dict[str, float | int | None]:
    """The numbers, with None for what nobody could measure."""
    times = sorted(value for tally in tallies for value in tally.milliseconds)
    served = len(times)
    answered = served + sum(tally.shed for tally in tallies)
    cpu = after.cpu - before.cpu if before and after else None
    return {
        "clients": len(tallies),
        "seconds": round(seconds, 1),
        "served": served,
        "shed": sum(tally.shed for tally in tallies),
        "errors": sum(tally.errors for tally in tallies),
        "requests_per_second": round(served / seconds, 1),
        "ms_p50": percentile(times, 50),
        "ms_p95": percentile(times, 95),
        "ms_p99": percentile(times, 99),
        "cpu_ms_per_request": round(cpu * 1000 / answered, 2) if cpu and answered else None,
        "rss_mb": round(after.resident / 1e6, 1) if after else None,
    }


def percentile(times: list[float], percent: int) -> float | None:
    """The value below which so many percent of the times lie."""
    if len(times) < 2:
        return round(times[0], 2) if times else None
    return round(statistics.quantiles(times, n=100, method="inclusive")[percent - 1], 2)


if __name__ == "__main__":
    sys.exit(main())
