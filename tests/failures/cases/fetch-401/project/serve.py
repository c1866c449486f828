import http.server
import subprocess
import sys
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS)
        if STATUS == 401:
            self.send_header("WWW-Authenticate", "Basic realm=x")
        self.end_headers()

    def log_message(self, *told):
        pass


STATUS = int(sys.argv[1])
server = http.server.HTTPServer(("127.0.0.1", 18731), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.call(sys.argv[2:]))
