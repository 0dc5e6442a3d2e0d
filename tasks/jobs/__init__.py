"""Work that happens after a commit: put into a queue by the transaction that wants it, done by threads or workers.

On SQLite the queue is our own table, served by threads of the one process. On PostgreSQL it is Procrastinate's, served
by worker processes on any number of machines. On both, what a job does to the database happens exactly once.
"""

from tasks.jobs.queue import enqueue, prepare_queue
from tasks.jobs.threads import JobThreads, run_pending
from tasks.jobs.work import MAXIMUM_ATTEMPTS, Context, Handler, Work, wait_seconds
from tasks.jobs.workers import JobWorker

__all__ = [
    "MAXIMUM_ATTEMPTS",
    "Context",
    "Handler",
    "JobThreads",
    "JobWorker",
    "Work",
    "enqueue",
    "prepare_queue",
    "run_pending",
    "wait_seconds",
]
