"""Celery as it is recommended: how fast a worker consumes a task that does nothing.

Runs in an environment of its own: `python celery_task.py REDIS_URL TASKS WORKERS`.
"""
# mypy: ignore-errors

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from celery import Celery
from redis import Redis

URL = os.environ.get("BENCH_REDIS") or sys.argv[1]
BROKER = URL.replace("unix://", "redis+socket://")
app = Celery("celery_task", broker=BROKER)
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=4)


@app.task
def nothing() -> None:
    """Do nothing."""
    client().incr("done")


_client = None


def client() -> Redis:
    """Return this process's connection."""
    global _client
    _client = _client or Redis.from_url(URL)
    return _client


def main() -> None:
    """Queue tasks, start the worker, and time it from the first to the last."""
    tasks, workers = int(sys.argv[2]), sys.argv[3]
    client().flushall()
    for _ in range(tasks):
        nothing.delay()
    command = [sys.executable, "-m", "celery", "-A", "celery_task", "worker", "-c", workers]
    child = subprocess.Popen(
        [*command, "--loglevel", "ERROR", "--without-gossip", "--without-mingle"],
        cwd=os.path.dirname(os.path.abspath(__file__)),
        env={**os.environ, "BENCH_REDIS": URL},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not int(client().get("done") or 0):
            time.sleep(0.005)
        began, first = time.perf_counter(), int(client().get("done"))
        while int(client().get("done")) < tasks:
            time.sleep(0.005)
        print(f"{(tasks - first) / (time.perf_counter() - began):,.0f} tasks/s")
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


if __name__ == "__main__":
    main()
