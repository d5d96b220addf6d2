"""What happens in the service → numbers for Prometheus; never the text of a query."""

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from service.records.log import QueryLog
from service.snapshots import Snapshots
from service.work import Workers

BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)


class Shed(Collector):
    """How many requests were refused, read when somebody asks."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> list[CounterMetricFamily]:
        """The counter as it stands."""
        text = "Búsquedas rechazadas por exceso de demanda"
        return [CounterMetricFamily("acervo_shed", text, value=self._workers.shed)]


class Unrecorded(Collector):
    """How many records of searches were given up, read when somebody asks."""

    def __init__(self, log: QueryLog) -> None:
        self._log = log

    def collect(self) -> list[CounterMetricFamily]:
        """The counter as it stands."""
        text = "Búsquedas y avisos que no se pudieron anotar"
        return [CounterMetricFamily("acervo_unrecorded", text, value=self._log.dropped)]


class Metrics:
    """The numbers of one application, in a registry of its own."""

    def __init__(self, workers: Workers, snapshots: Snapshots, log: QueryLog) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "acervo_http_request_seconds",
            "Duración de las peticiones",
            ["route", "status"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        queue = Gauge("acervo_queue_depth", "Búsquedas en espera", registry=self.registry)
        queue.set_function(lambda: workers.waiting)
        generation = Gauge("acervo_index_generation", "Generación servida", registry=self.registry)
        generation.set_function(lambda: snapshots.info.generation if snapshots.info else 0)
        self.registry.register(Shed(workers))
        self.registry.register(Unrecorded(log))
        ProcessCollector(registry=self.registry)
