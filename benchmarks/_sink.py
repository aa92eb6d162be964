"""A server that takes whatever is posted and does nothing with it: ``python -m benchmarks._sink`` says its port.

Given a number of seconds it answers after so long, and says first when the request came (seconds since 1970), one a
line. It answers as Resend does to a batch, and as Mailgun does: an id for each mail, and one for all.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parent.parent
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@contextmanager
def sink() -> Iterator[int]:
    """Start one that answers at once; its port."""
    with _started() as process:
        yield _port(process)


@contextmanager
def slow_sink(seconds: float) -> Iterator[tuple[int, IO[str]]]:
    """Start one that answers after so long; its port, and what it says of requests."""
    with _started(str(seconds)) as process:
        port = _port(process)
        assert process.stdout
        yield port, process.stdout


@contextmanager
def _started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "benchmarks._sink", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout
    return int(process.stdout.readline())


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    wait = float(sys.argv[1]) if sys.argv[1:] else 0.0
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            if wait:
                print(time.time(), flush=True)
                await asyncio.sleep(wait)
            writer.write(_answer(body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(body: bytes) -> bytes:
    mails = len(json.loads(body)) if body[:1] == b"[" else 1
    content = json.dumps({"data": [{"id": "taken"}] * mails, "id": "<taken@example.nl>", "message": "Queued."}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(content),
        content,
    )


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
