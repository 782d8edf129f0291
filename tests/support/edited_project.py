"""A CDK app that tests edit, without the CDK: `app.py` writes its cloud assembly."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.support.streaming_assembly import template

# What a synthesis does, as far as the local gateway sees it: assets are copies named by content.
APP = """
import hashlib, json, os, pathlib, shutil

STAGE = "prod"
here = pathlib.Path(__file__).parent
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir(exist_ok=True)
(out / "cdk.out").write_text("{}")
template = json.loads((here / "template.json").read_text())
template["Resources"]["Stage"]["Properties"]["StageName"] = STAGE
files = {}
for name in ("web", "plain"):
    source = here / "lambda_src" / name
    digest = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(source.glob("*.py"))))
    asset = "asset." + digest.hexdigest()[:16]
    if not (out / asset).exists():
        shutil.copytree(source, out / asset)
        if name == "web":
            (out / asset / "run.sh").write_text("#!/bin/sh\\nexec python app.py\\n")
            (out / asset / "run.sh").chmod(0o755)
    destinations = {"here": {"bucketName": "b", "objectKey": name + ".zip"}}
    files[name] = {"source": {"path": asset}, "destinations": destinations}
(out / "Chat.template.json").write_text(json.dumps(template))
(out / "Chat.assets.json").write_text(json.dumps({"files": files}))
stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Chat.template.json"}}
(out / "manifest.json").write_text(json.dumps({"artifacts": {"Chat": stack}}))
"""

WEB = """
import os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = b"one"

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(12 if self.path == "/slow" else 1):
            self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(VERSION), VERSION))
            time.sleep(0.25 if self.path == "/slow" else 0)
        self.wfile.write(b"0\\r\\n\\r\\n")

    def log_message(self, *args):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

PLAIN = """
def handler(event, context):
    return {"statusCode": 200, "body": "plain"}
"""


def write_project(folder: Path) -> Path:
    """Write the project into a new folder, without its assembly; return the folder."""
    (folder / "lambda_src/web").mkdir(parents=True)
    (folder / "lambda_src/plain").mkdir()
    (folder / "lambda_src/web/app.py").write_text(WEB)
    (folder / "lambda_src/web/words.py").write_text("# a second file, as most have")
    (folder / "lambda_src/plain/index.py").write_text(PLAIN)
    (folder / "app.py").write_text(APP)
    document = template()
    del document["Resources"]["Node"]
    del document["Resources"]["Api"]["Properties"]["Body"]["paths"]["/node/{name}"]
    (folder / "template.json").write_text(json.dumps(document))
    command = f"'{sys.executable}' app.py"
    watch = {"include": ["app.py", "*.json", "lambda_src/**"], "exclude": ["**/*.md"]}
    (folder / "cdk.json").write_text(json.dumps({"app": command, "watch": watch}))
    return folder
