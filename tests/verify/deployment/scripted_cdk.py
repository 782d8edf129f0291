"""A CDK CLI that does what `FAKE_CDK` says, as a real child process.

`FAKE_CDK` is a JSON list with an action for each run: `ok`, `fail`, `hang`, `deny` ... A run after
the last one is `ok`. `FAKE_CDK_RUNS` is the folder that counts the runs.
"""

import json
import os
import signal
import sys
import urllib.request
from pathlib import Path


def send_change(name: str) -> None:
    url = f"{os.environ['AWS_ENDPOINT_URL']}/test/{name}"
    urllib.request.urlopen(urllib.request.Request(url, data=b""), timeout=30).close()


def main() -> None:
    command = sys.argv[1]
    actions = json.loads(os.environ["FAKE_CDK"])
    runs = Path(os.environ["FAKE_CDK_RUNS"])
    number = len(list(runs.iterdir()))
    (runs / f"{number:03}").write_text(json.dumps(sys.argv[1:]))
    action = actions[number] if number < len(actions) else "ok"
    print(f"{command} {action}", flush=True)
    if action == "hang":
        send_change("creating" if command == "deploy" else "deleting")
        while True:
            signal.pause()
    if action == "fail":
        send_change("failed" if command == "deploy" else "destroy-failed")
        print("the reason of the failure", flush=True)
        sys.exit(1)
    if command == "deploy":
        send_change("deployed")
        outputs = {
            "ApiUrl": f"{os.environ['AWS_ENDPOINT_URL']}/prod/",
            "ApiId": "abc123",
            "AccessLogGroup": "the-access-log",
            "UserPoolId": "us-east-1_p",
            "UserPoolClientId": "client",
            "ApiKeyId": "key",
            "QuotaApiKeyId": "quota",
        }
        file = Path(sys.argv[sys.argv.index("--outputs-file") + 1])
        app = sys.argv[sys.argv.index("--app") + 1].split()
        name = app[app.index("--name-prefix") + 1]
        file.write_text(json.dumps({name: outputs}))
    else:
        send_change("destroyed")


main()
