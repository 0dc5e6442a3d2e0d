"""The queue on PostgreSQL: a Procrastinate worker, in a process of its own or in a thread of the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Job

from models.db import utc_now
from tasks.jobs.work import MAXIMUM_ATTEMPTS, Context, Handlers, Work, perform, wait_seconds
from tasks.site import Site

_log = logging.getLogger(__name__)


class JobWorker:
    """Does the work in the queue until stopped, `concurrency` jobs at a time.

    A job whose worker died is handed out again once that worker has been silent for `stalled_seconds`.
    """

    def __init__(
        self,
        handlers: Handlers,
        site: Site,
        in_context: Context,
        *,
        database_url: str,
        concurrency: int = 2,
        heartbeat_seconds: float = 5.0,
        stalled_seconds: float = 30.0,
    ) -> None:
        self._handlers, self._site, self._in_context = handlers, site, in_context
        self._database_url = database_url
        self._concurrency = concurrency
        self._heartbeat_seconds, self._stalled_seconds = heartbeat_seconds, stalled_seconds
        self._stopping = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Work in a thread of this process. Comes back by itself when the database was away."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Let running jobs finish, for at most `timeout_seconds`; what is left is handed out again later."""
        self._stopping.set()
        self._stop()
        self._thread.join(timeout_seconds)

    def run_pending(self) -> None:
        """Do all work that is due now, in this thread."""
        asyncio.run(self._work(wait=False))

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101  # for the type checker: a coroutine that runs is a task's
        self._stop = partial(_cancel, loop, task)
        while not self._stopping.is_set():
            try:
                await self._work()
            except exceptions.ConnectorException:
                _log.exception("the job queue cannot be reached; trying again")
            await asyncio.sleep(2)

    async def _work(self, *, wait: bool = True) -> None:
        app = self._app()
        async with app.open_async():
            rescue = asyncio.create_task(self._rescue_stalled(app))
            try:
                await app.run_worker_async(
                    wait=wait,
                    concurrency=self._concurrency,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    fetch_job_polling_interval=1.0,
                    update_heartbeat_interval=self._heartbeat_seconds,
                    stalled_worker_timeout=self._stalled_seconds,
                )
            finally:
                rescue.cancel()

    def _app(self) -> procrastinate.App:
        conninfo = self._database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))
        for kind in self._handlers:
            app.task(name=kind, retry=_Backoff(), pass_context=True)(self._perform)
        return app

    def _perform(
        self, context: procrastinate.JobContext, *, key: str, payload: Mapping[str, Any], company_id: int | None
    ) -> None:
        """Called by Procrastinate in a thread. That it is finished is noted apart from its effect, which bears it."""
        work = Work(context.job.task_name, key, payload, company_id)
        perform(work, self._handlers, self._site, self._in_context)

    async def _rescue_stalled(self, app: procrastinate.App) -> None:
        while True:
            await asyncio.sleep(self._stalled_seconds / 3)
            try:
                stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled_seconds)
                for job in stalled:
                    await self._hand_out_again(app, job)
            except exceptions.ConnectorException:
                _log.warning("cannot look for stalled jobs", exc_info=True)

    @staticmethod
    async def _hand_out_again(app: procrastinate.App, job: Job) -> None:
        _log.warning("job %s lost its worker and is handed out again", job.task_kwargs.get("key"))
        with contextlib.suppress(exceptions.ConnectorException):  # another worker was faster
            await app.job_manager.retry_job(job)


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    with contextlib.suppress(RuntimeError):  # it has ended already
        loop.call_soon_threadsafe(task.cancel)


class _Backoff(procrastinate.BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        attempts = job.attempts + 1
        if attempts >= MAXIMUM_ATTEMPTS:
            _log.error("job %s failed %d times and is given up", job.task_kwargs.get("key"), attempts)
            return None
        return procrastinate.RetryDecision(retry_at=utc_now() + timedelta(seconds=wait_seconds(attempts)))
