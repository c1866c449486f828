import http.server
import pathlib
import sys

PAGES = {
    "/blob/main/install.sh": b"<!DOCTYPE html>\n<html><head><title>install.sh</title></head><body>mkdir</body></html>\n",
    "/raw/main/install.sh": b"mkdir -p installed\n",
}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = PAGES[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Pages)
pathlib.Path(sys.argv[1]).write_text(str(server.server_port))
server.handle_request()
