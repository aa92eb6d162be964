"""The nursery: it has loaded all, and forks a process a line that can be killed.

Its standard input is JSON, a line a process; it answers with the process's number. What a process has to say at its
end stands in the file ``<folder>/<pid>.said``: *done*, or an error; what it logs, in ``<pid>.log``.
"""

import json
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import sender_process
import worker_process

from newsletter.errors import NewsletterError

Json = dict[str, Any]

WORK = {"sender": sender_process.work, "worker": worker_process.work}


def nurse() -> None:
    """Start a process a line, and tell of those that were started; until nobody asks any more."""
    ended: dict[int, int] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        pid = asked.get("pid", asked.get("ended", 0))
        if pid and pid not in ended:
            which, status = os.waitpid(pid, os.WNOHANG)
            ended |= {pid: os.waitstatus_to_exitcode(status)} if which else {}
        said: object = ended.get(pid)
        if "start" in asked:
            said = _fork(asked["start"])
        elif "signal" in asked and pid not in ended:
            os.kill(pid, asked["signal"])
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _fork(told: Json) -> int:
    if pid := os.fork():
        return pid
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    said, code = "done", 0
    log = logging.FileHandler(Path(told["folder"], f"{os.getpid()}.log"))
    log.setFormatter(logging.Formatter("%(event)s %(message)s", defaults={"event": ""}))
    logging.basicConfig(handlers=[log])
    try:
        WORK[told["works_as"]](told)
    except NewsletterError as error:
        said, code = f"{type(error).__name__}: {error}", error.exit_code
    except BaseException:
        said, code = traceback.format_exc(), 1
    Path(told["folder"], f"{os.getpid()}.said").write_text(said, "utf-8")
    os._exit(code)
