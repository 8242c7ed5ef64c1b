"""`/healthz`: this process lives. `/readyz`: it can do its work. `/metrics`: the numbers behind."""

from __future__ import annotations

import logging

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from bot import __version__
from bot.services.ports import Readiness, Sample
from bot.web.parts import get_parts

PAGE = Blueprint("health", __name__)

BROKEN = "检查本身失败，见日志"
MEANS = {
    "ready": "1 when timers, dispatcher and database do their work",
    "last_tick_age_s": "seconds since the scheduler's last tick",
    "outbox_backlog": "texts that could leave now and have not",
    "oldest_due_s": "seconds the oldest of them has waited",
    "officer_sends_missed": "texts of a week that did not reach officers on no branch's roll",
    "deliveries_lately": "texts that ended in the last 15 minutes, by how they ended",
    "delivery_seconds_mean": "seconds accepted texts of the last 15 minutes took on average",
    "delivery_seconds_max": "seconds the slowest of them took",
    "plugin_faults": "how often a plugin broke in this process, or a piece of it did not load",
}

log = logging.getLogger(__name__)


@PAGE.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer without touching anything outside the process."""
    return {"status": "ok", "version": __version__}


@PAGE.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 when the process can work, else 503 and why, with every check by name."""
    ready = _look()
    checks = {name: {"ok": ok, "value": value} for name, (ok, value) in ready.checks.items()}
    answer = {"ok": ready.ok, "reasons": list(ready.reasons), "checks": checks}
    return answer, 200 if ready.ok else 503


@PAGE.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Answer the numbers in the form of Prometheus, where its client is installed."""
    try:
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
    except ImportError:
        abort(404)
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for sample in _samples():
        names = [name for name, _ in sample.labels]
        if sample.name not in gauges:
            gauges[sample.name] = Gauge(
                f"zhibu_{sample.name}", MEANS[sample.name], names, registry=registry
            )
        gauge = gauges[sample.name]
        (gauge.labels(**dict(sample.labels)) if names else gauge).set(sample.value)
    return generate_latest(registry), 200, {"Content-Type": CONTENT_TYPE_LATEST}


def _look() -> Readiness:
    try:
        return get_parts().health.ready()
    except Exception:
        log.exception("readiness could not be told")
        return Readiness(ok=False, checks={"health": (False, BROKEN)}, reasons=(BROKEN,))


def _samples() -> list[Sample]:
    ready = [Sample(name, value) for name, value in _look().gauges().items()]
    try:
        return [*ready, *get_parts().health.samples()]
    except Exception:
        log.exception("deliveries could not be counted")
        return ready
