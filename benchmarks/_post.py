"""A program that posts one-click leavings as fast as they are taken, over connections that it keeps.

``python -m benchmarks._post PORT HOST SECONDS CONNECTIONS < tokens``: it prints, as JSON, how many seconds it took, how
many were answered with each status, how many got no answer, and the tokens that were answered with 200.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator

_BODY = b"List-Unsubscribe=One-Click"


async def main(port: int, host: str, seconds: float, connections: int, tokens: Iterator[str]) -> None:
    """Post until the time or the tokens are over."""
    statuses: Counter[str] = Counter()
    taken: list[str] = []
    begun = time.perf_counter()
    end = begun + seconds
    await asyncio.gather(*(_client(port, host, end, tokens, statuses, taken) for _ in range(connections)))
    took = time.perf_counter() - begun
    print(json.dumps({"seconds": took, "statuses": statuses, "taken": taken}))


async def _client(
    port: int, host: str, end: float, tokens: Iterator[str], statuses: Counter[str], taken: list[str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for token in tokens:
        writer.write(_request(host, token))
        try:
            status, closes = await _status(reader)
        except (OSError, asyncio.IncompleteReadError):
            status, closes = "none", True
        statuses[status] += 1
        if status == "200":
            taken.append(token)
        if time.perf_counter() >= end:
            break
        if closes:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def _request(host: str, token: str) -> bytes:
    head = (
        f"POST /leave/{token} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(_BODY)}\r\n\r\n"
    )
    return head.encode() + _BODY


async def _status(reader: asyncio.StreamReader) -> tuple[str, bool]:
    """Read an answer; return its status, and whether the connection ends with it."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = head.split("\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), None)
    if length is None:
        await reader.read()
    else:
        await reader.readexactly(length)
    return lines[0].split(" ")[1], "connection: close" in head or length is None


if __name__ == "__main__":
    port, host, seconds, connections = sys.argv[1:]
    asyncio.run(main(int(port), host, float(seconds), int(connections), iter(sys.stdin.read().split())))
