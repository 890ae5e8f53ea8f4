#!/usr/bin/env python3
"""Stands between a client and Signpost and behaves as a busy or broken line would, to see what the client does then.

    python3 busy.py ORIGIN MODE      prints the address it listens on, and then each request with its answer

MODE busy answers the first request for each address with 429 and Retry-After; MODE damaged spoils every export.
"""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

origin, mode = sys.argv[1:]
asked = set()
PASSED_ON = ("Content-Type", "ETag", "Link", "Retry-After")


class Line(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if mode == "busy" and self.path not in asked:
            asked.add(self.path)
            return self.send(429, {"Retry-After": "1", "Content-Type": "application/problem+json"}, b"{}")
        tag = {"If-None-Match": self.headers["If-None-Match"]} if self.headers["If-None-Match"] else {}
        try:
            answer = urlopen(Request(origin + self.path, headers=tag), timeout=60)
        except HTTPError as error:
            answer = error
        body = answer.read()
        if mode == "damaged" and self.path.startswith("/v1/export.ndjson"):
            body = body.replace(b"a", b"b", 1)
        # The exports are asked for here too, and not past us.
        if self.path.startswith("/v1/export.manifest.json"):
            body = body.replace(origin.encode(), self.server.origin.encode())
        self.send(answer.status, {name: answer.headers[name] for name in PASSED_ON if answer.headers[name]}, body)

    def send(self, status, headers, body):
        print(status, self.path, flush=True)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if status != 304:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
server.origin = f"http://127.0.0.1:{server.server_port}"
print(server.origin, flush=True)
server.serve_forever()
