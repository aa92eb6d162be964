"""A small IMAP server on this machine (RFC 3501, as much as is asked of it), over TLS from the start.

It misbehaves on order: an order for a command is a line to say instead of its answer, or one of the constants below.
"""

import base64
import re
import shlex
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

HANG_UP = "hang up"
SILENCE = "silence"


@dataclass
class Mailbox:
    """A folder and who may see it. ``mails`` are by UID, ``flags`` what was set on each.

    ``breaks_at`` are the UIDs that cannot be fetched, with what is said then.
    """

    port: int = 0
    user: str = "uit@example.nl"
    password: str = 'geheim é"\\'
    folder: str = "INBOX"
    keeps_keywords: bool = True
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    breaks_at: dict[int, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def add(self, raw: bytes, *flags: str) -> int:
        """A mail comes in; its UID."""
        uid = max(self.mails, default=6) + 1
        self.mails[uid], self.flags[uid] = raw, set(flags)
        return uid


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    @property
    def box(self) -> Mailbox:
        return cast("_Server", self.server).box

    def handle(self) -> None:
        self._say(f"* OK [CAPABILITY {self.box.capabilities}] ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().rstrip("\r\n").partition(" ")
            name = command.replace("UID ", "").partition(" ")[0].upper()
            self.box.commands.append(command if name not in {"LOGIN"} else name)
            order = self.box.orders.get(name)
            if order == SILENCE:
                time.sleep(2)
            if order in (HANG_UP, SILENCE):
                return
            if order:
                self._say(f"{tag} {order}")
            else:
                self._say(f"{tag} {getattr(self, f'_do_{name.lower()}')(command)}")
            if name == "LOGOUT":
                return

    def _do_capability(self, _: str) -> str:
        self._say(f"* CAPABILITY {self.box.capabilities}")
        return "OK done"

    def _do_authenticate(self, command: str) -> str:
        assert command.endswith(" PLAIN")
        self._say("+ ")
        given = base64.b64decode(self.rfile.readline()).decode().split("\0")
        return "OK welcome" if given == ["", self.box.user, self.box.password] else "NO [AUTHENTICATIONFAILED] wrong"

    def _do_login(self, command: str) -> str:
        _, *given = shlex.split(command)
        return "OK welcome" if given == [self.box.user, self.box.password] else "NO wrong"

    def _do_select(self, command: str) -> str:
        if shlex.split(command)[1] != self.box.folder:
            return "NO there is no such folder"
        keywords = r" \*" * self.box.keeps_keywords
        self._say(f"* {len(self.box.mails)} EXISTS")
        self._say(r"* FLAGS (\Seen \Deleted)")
        self._say(rf"* OK [PERMANENTFLAGS (\Seen \Deleted{keywords})] limited")
        return "OK [READ-WRITE] opened"

    def _do_search(self, command: str) -> str:
        flag = r"\Seen" if command.endswith("UNSEEN") else command.rpartition(" ")[2]
        found = " ".join(str(uid) for uid, flags in self.box.flags.items() if flag not in flags)
        self._say(f"* SEARCH {found}".rstrip())
        return "OK done"

    def _do_fetch(self, command: str) -> str:
        asked = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command)
        assert asked
        uid, most = int(asked[1]), int(asked[2])
        raw = self.box.mails.get(uid)
        if uid in self.box.breaks_at:
            return self.box.breaks_at[uid]
        if raw is not None:
            self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (uid, len(raw[:most])))
            self.wfile.write(raw[:most] + b")\r\n")
        return "OK done"

    def _do_store(self, command: str) -> str:
        asked = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \((.*)\)", command)
        assert asked
        self.box.flags[int(asked[1])] |= set(asked[2].split())
        return "OK done"

    def _do_logout(self, _: str) -> str:
        self._say("* BYE")
        return "OK done"

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, box: Mailbox, context: ssl.SSLContext) -> None:
        self.box = box
        self._context = context
        super().__init__(("127.0.0.1", 0), _Talk)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        return self._context.wrap_socket(cast("socket.socket", connection), server_side=True), address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error here."""


@contextmanager
def running(context: ssl.SSLContext) -> Iterator[Mailbox]:
    """Run a server on 127.0.0.1 as long as the block lasts."""
    box = Mailbox()
    with _Server(box, context) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()
