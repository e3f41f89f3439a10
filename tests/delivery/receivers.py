"""Local receivers of mail, webhooks and Slack: they take, refuse, and record what they took."""

import json
import socketserver
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLACK_TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@dataclass(frozen=True)
class Taken:
    """A message as its receiver reads it; `key` by the header, or by the last line in Slack."""

    key: str
    title: str
    text: str


class Web:
    """An HTTP server that is a webhook and Slack's incoming webhooks at once."""

    def __init__(self) -> None:
        self.answer = 200
        self.asked = 0
        self.webhook: list[Taken] = []
        self.slack: list[Taken] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if receiver.answer == 200 and self.path.startswith("/services/"):
                    assert self.path.endswith(SLACK_TOKENS)
                    (part,) = body["attachments"]
                    key = part["text"].splitlines()[-1].removeprefix("message ")
                    receiver.slack.append(Taken(key, part["title"], part["text"]))
                elif receiver.answer == 200:
                    key = self.headers["X-Tapewatch-Key"]
                    assert key == body["key"]
                    receiver.webhook.append(Taken(key, body["title"], body["message"]))
                receiver.asked += 1
                self.send_response(receiver.answer)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def routes(self) -> dict[str, str]:
        return {"webhook": f"json://{self.place}/hook", "slack": f"slack://{SLACK_TOKENS}"}

    @property
    def slack_address(self) -> str:
        """What apprise posts to in place of Slack's own address."""
        return f"http://{self.place}/services"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Mail:
    """An SMTP server."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken: list[Taken] = []
        receiver = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 tests")
                while line := self.rfile.readline():
                    command = line.strip().upper()
                    if command == b"DATA":
                        self.say("354 go on")
                        receiver.taken.append(read(self.body()))
                        receiver.asked += 1
                    self.say("221 bye" if command == b"QUIT" else "250 ok")
                    if command == b"QUIT":
                        return

            def body(self) -> bytes:
                lines: list[bytes] = []
                while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(line)
                return b"".join(lines)

            def say(self, answer: str) -> None:
                self.wfile.write(f"{answer}\r\n".encode())

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that was killed is no error of the server."""

        self._server = Server(("127.0.0.1", 0), Handler)
        port = self._server.server_address[1]
        self.url = f"mailto://127.0.0.1:{port}/?from=tapewatch@example.org&to=desk@example.org"
        self.url += "&mode=insecure"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def read(mail: bytes) -> Taken:
    """A mail's key, subject and text."""
    parsed = message_from_bytes(mail, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    text = parsed.get_content().replace("\r\n", "\n").strip()
    return Taken(parsed["X-Tapewatch-Key"], parsed["Subject"], text)
