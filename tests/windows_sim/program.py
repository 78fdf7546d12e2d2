"""The program that a service runs: answers HTTP until it is told to stop, then ends what it has begun.

Behaviours: `ok`; `unhealthy` (503 to everything); `deaf` (does not listen); `flaky` (after four answers, every second one is 500).
"""
import itertools
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, BEHAVIOUR, NAME, LINGER = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3], float(sys.argv[4])
COUNT = itertools.count()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind = BEHAVIOUR["behaviour"]
        code = 503 if kind == "unhealthy" else 200
        if kind == "flaky":
            number = next(COUNT)
            code = 500 if number >= 4 and number % 2 else 200
        body = json.dumps({"service": NAME, "version": BEHAVIOUR["version"], "headers": dict(self.headers)}).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128


def main():
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    if PORT and BEHAVIOUR["behaviour"] != "deaf":
        server = Server(("127.0.0.1", PORT), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    stopped.wait(float(BEHAVIOUR.get("lifetime", 600)))
    if PORT and BEHAVIOUR["behaviour"] != "deaf":
        server.shutdown()
        server.server_close()
    # It has reported that it stopped, and is still there for a moment.
    with open(os.path.join(os.environ["SIM_HOME"], f"stopped-{os.getpid()}"), "w"):
        time.sleep(LINGER)


main()
