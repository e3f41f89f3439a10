"""The warm process: it loads everything once and executes one run after another.

A supervisor restarts it whenever it ends, killed or grown too large; meanwhile Dagster's own
launcher starts the runs.
"""

import gc
import json
import logging
import os
import queue
import resource
import signal
import socketserver
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from orchestration.warm_runs.protocol import Request

# the process's peak memory in KiB, because a process hardly returns memory
LARGEST_KIB = 3 << 20
RESTART_SECONDS = 1.0

log = logging.getLogger("tapewatch.warm")


@dataclass
class RunSlot:
    """Passes one run at a time from the listening thread to the main thread."""

    waiting: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)
    current: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> bool:
        run_id = request["run_id"]
        with self._lock:
            match request["operation"]:
                case "run":
                    if self.current is not None:
                        return False
                    self.current = run_id
                    self.waiting.put(run_id)
                    return True
                case "cancel":
                    if self.current == run_id:
                        os.kill(os.getpid(), signal.SIGINT)
                    return self.current == run_id
                case "status":
                    return self.current == run_id

    def clear(self) -> None:
        with self._lock:
            self.current = None


def listen(slot: RunSlot, path: Path) -> socketserver.ThreadingUnixStreamServer:
    """Answer in a separate thread on a socket that only this user can access."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            answer = slot.answer(json.loads(self.rfile.readline()))
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
    finally:
        os.umask(before)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def execute(run_id: str, instance: Any) -> None:
    """Execute an existing run; an error goes to its log and ends only this run."""
    from dagster._core.errors import DagsterExecutionInterruptedError
    from dagster._grpc.impl import core_execute_run
    from dagster._utils.hosted_user_process import recon_job_from_origin
    from dagster._utils.interrupts import capture_interrupts

    run = instance.get_run_by_id(run_id)
    # canceled or abandoned before it began
    if run is None or run.is_finished:
        return
    instance.report_engine_event(f"Started in the warm process {os.getpid()}.", run)
    with capture_interrupts():
        try:
            job = recon_job_from_origin(run.job_code_origin)
            deque(core_execute_run(job, run, instance, inject_env_vars=False), maxlen=0)
        except (Exception, KeyboardInterrupt, DagsterExecutionInterruptedError) as error:
            # core_execute_run has written why to the run's log, and marked the run
            log.warning("run %s: %r", run_id, error)


def work(path: Path) -> None:
    """Load the platform, then execute runs until SIGTERM or until the process has grown large."""
    import dagster as dg
    from dagster._core.storage import local_compute_log_manager

    from orchestration.definitions import definitions
    from orchestration.warm_runs.launcher import cache_storage_checks

    # Dagster would start four processes per run to copy its output to our console
    local_compute_log_manager.mirror_stream_to_file = _print_to_file  # pyright: ignore[reportPrivateImportUsage]
    definitions.get_repository_def().load_all_definitions()
    # loaded modules are permanent: the garbage collector need not scan them again
    gc.collect()
    gc.freeze()
    with dg.DagsterInstance.get() as instance:
        cache_storage_checks(instance)
        slot = RunSlot()
        signal.signal(signal.SIGTERM, lambda *_: slot.waiting.put(None))
        server = listen(slot, path)
        log.info("process %d takes runs on %s", os.getpid(), path)
        while (run_id := slot.waiting.get()) is not None:
            execute(run_id, instance)
            slot.clear()
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > LARGEST_KIB:
                log.info("process %d has grown too large and ends", os.getpid())
                break
        server.shutdown()
        path.unlink(missing_ok=True)


@contextmanager
def _print_to_file(stream: IO[str], path: str) -> Iterator[None]:
    """Redirect a run's output to the file that the UI shows."""
    from dagster._core.execution.compute_logs import redirect_to_file
    from dagster._utils import ensure_file

    ensure_file(path)
    with redirect_to_file(stream, path):
        yield


def supervise(path: Path) -> None:
    """Restart the warm process whenever it ends, until SIGTERM or SIGINT."""
    _log_to_console()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        command = [sys.executable, "-m", __spec__.name, str(path)]
        process = subprocess.Popen(command)  # noqa: S603 (this program)
        while process.poll() is None and not stopping.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
            process.wait()
        elif not stopping.wait(RESTART_SECONDS):
            log.warning("the process ended with %d, starting it again", process.returncode)


def _log_to_console() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


if __name__ == "__main__":
    _log_to_console()
    work(Path(sys.argv[1]))
