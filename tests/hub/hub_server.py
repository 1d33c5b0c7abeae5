#!/usr/bin/env python3
"""A hub on this machine, for tests: the URLs of a model hub and of its file storage, with faults.

    hub_server.py ROOT

serves ROOT/owner/name/FILE as repositories on two free loopback ports: one for the hub, one for
the storage that it redirects to for large files (here: every *.safetensors file). It is spoken to
by one JSON object a line on standard input, answers each with one on standard output, and ends
when standard input does. It begins by saying {"hub": PORT, "storage": PORT}.

    {"set": {...}}   the behaviour from now on (an absent key takes its default); forgets the log
        "token": "..."       the hub wants this token
        "siblings": [...]    the listing of every repository
        "faults": [{...}]    the first one that fits a request and has times left changes it:
            "method", "path" (a part of it), "times" (default: for ever), and one or more of
            "status": N      answers with that code and nothing else
            "headers": {}    replaces these headers (null: leaves it out)
            "redirect": URL  answers with 302 to there
            "cut_after": N   drops the connection after N bytes of the body
            "keep": N        the body ends, properly, after N bytes
            "damage": true   the body's first byte is another
            "ignore_range"   sends the whole file
            "pause": S       waits S seconds after each 64 KiB of the body
    {"log": true}    {"connections": N, "requests": [{"server", "method", "path", "range",
                     "authorization"}, ...]}
"""

import hashlib
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse


def commit_of(repository):
    return hashlib.sha1(repository.encode()).hexdigest()


class State:
    def __init__(self, root):
        self.root = root
        self.lock = threading.Lock()
        self.storage_port = 0
        self.set({})

    def set(self, behaviour):
        with self.lock:
            self.behaviour = behaviour
            self.requests = []
            self.connections = 0

    def fault_for(self, method, path):
        with self.lock:
            for fault in self.behaviour.get("faults", []):
                fits = fault.get("method", method) == method and fault.get("path", "") in path
                if fits and fault.get("times", 1) > 0:
                    if "times" in fault:
                        fault["times"] -= 1
                    return fault
        return {}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, name, state):
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.state = state

    def verify_request(self, request, client_address):
        with self.state.lock:
            self.state.connections += 1
        return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        state = self.server.state
        with state.lock:
            state.requests.append({
                "server": self.server.name,
                "method": self.command,
                "path": self.path,
                "range": self.headers.get("Range", ""),
                "authorization": self.headers.get("Authorization", ""),
            })
        self.fault = state.fault_for(self.command, self.path)
        if "status" in self.fault:
            self.reply(self.fault["status"], {}, b"")
        elif "redirect" in self.fault:
            self.reply(302, {"Location": self.fault["redirect"]}, b"")
        elif self.server.name == "storage":
            self.serve_storage()
        elif state.behaviour.get("token") and (
                self.headers.get("Authorization") != "Bearer " + state.behaviour["token"]):
            self.reply(401, {"X-Error-Code": "RepoNotFound"}, b"")
        else:
            self.serve_hub()

    def serve_hub(self):
        parts = [urllib.parse.unquote(part) for part in self.path.split("/")[1:]]
        if parts[:2] == ["api", "models"] and parts[4:5] == ["revision"] and len(parts) == 6:
            repository, revision, file = "/".join(parts[2:4]), parts[5], None
        elif len(parts) == 5 and parts[2] == "resolve":
            repository, revision, file = "/".join(parts[:2]), parts[3], parts[4]
        else:
            return self.reply(404, {}, b"")
        folder = os.path.join(self.server.state.root, repository)
        if not os.path.isdir(folder):
            return self.reply(404, {"X-Error-Code": "RepoNotFound"}, b"")
        if revision not in ("main", "refs/pr/1", commit_of(repository)):
            return self.reply(404, {"X-Error-Code": "RevisionNotFound"}, b"")
        if file is None:
            names = self.server.state.behaviour.get("siblings", sorted(os.listdir(folder)))
            body = {"id": repository, "sha": commit_of(repository),
                    "siblings": [{"rfilename": name} for name in names]}
            return self.reply(200, {"Content-Type": "application/json"}, json.dumps(body).encode())
        return self.serve_file(repository, os.path.join(folder, file))

    def serve_file(self, repository, path):
        if not os.path.isfile(path):
            return self.reply(404, {"X-Error-Code": "EntryNotFound"}, b"")
        with open(path, "rb") as source:
            content = source.read()
        headers = {"X-Repo-Commit": commit_of(repository)}
        if not path.endswith(".safetensors"):
            blob = b"blob %d\0" % len(content) + content
            headers["ETag"] = '"%s"' % hashlib.sha1(blob).hexdigest()
            return self.reply_with_range(headers, content)
        headers["X-Linked-Size"] = str(len(content))
        headers["X-Linked-ETag"] = '"%s"' % hashlib.sha256(content).hexdigest()
        headers["Location"] = "http://127.0.0.1:%d/%s?signature=secret" % (
            self.server.state.storage_port, urllib.parse.quote(os.path.relpath(
                path, self.server.state.root)))
        return self.reply(302, headers, b"redirected")

    def serve_storage(self):
        name = urllib.parse.unquote(self.path.partition("?")[0].lstrip("/"))
        with open(os.path.join(self.server.state.root, name), "rb") as source:
            self.reply_with_range({"ETag": '"not-the-hash"'}, source.read())

    def reply_with_range(self, headers, content):
        wanted = self.headers.get("Range", "")
        if not wanted or self.fault.get("ignore_range"):
            return self.reply(200, headers, content)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            return self.reply(416, {"Content-Range": "bytes */%d" % len(content)}, b"")
        headers["Content-Range"] = "bytes %d-%d/%d" % (start, len(content) - 1, len(content))
        return self.reply(206, headers, content[start:])

    def reply(self, status, headers, body):
        body = body[:self.fault.get("keep", len(body))]
        if self.fault.get("damage") and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        headers = {**headers, "Content-Length": str(len(body)), **self.fault.get("headers", {})}
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        sent = body[:self.fault.get("cut_after", len(body))]
        try:
            for start in range(0, len(sent), 1 << 16):
                self.wfile.write(sent[start:start + (1 << 16)])
                time.sleep(self.fault.get("pause", 0))
        except OSError:  # the client has hung up, as some tests make it do
            self.close_connection = True
        if len(sent) < len(body):
            self.close_connection = True


def main():
    state = State(sys.argv[1])
    hub, storage = Server("hub", state), Server("storage", state)
    state.storage_port = storage.server_address[1]
    for server in (hub, storage):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"hub": hub.server_address[1], "storage": state.storage_port}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        answer = {}
        if "set" in command:
            state.set(command["set"])
        if command.get("log"):
            with state.lock:
                answer = {"connections": state.connections, "requests": state.requests}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
