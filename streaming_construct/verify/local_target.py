"""The stack of `verify`, synthesized and served by the local gateway."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from threading import Condition, Lock
from typing import Final
from urllib.parse import urlsplit

from streaming_construct.local.gateway.arns import find_location
from streaming_construct.local.gateway.authorizers.sigv4 import Credentials
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi
from streaming_construct.verify.case import Case, Credential
from streaming_construct.verify.report import VerifyReport
from streaming_construct.verify.runner import Progress, run_cases
from streaming_construct.verify.signing import SigningKey, create_signature_headers
from streaming_construct.verify.stack_outputs import APP_MODULE, TOKEN_SCOPE
from streaming_construct.verify.target import CredentialError, Target, TargetKind

TIME_SCALE: Final = 100.0
"""The time scale of slow cases: the idle timeout of five minutes takes three seconds."""

SLOW_SECONDS: Final = 30.0
"""Cases that need more seconds on AWS run against a gateway with `TIME_SCALE`."""

_LOGGER: Final = "streaming_construct.local.local_api"
_RECORD_SECONDS: Final = 10.0


class SynthesisError(Exception):
    """The CDK app of the stack failed. The message contains its output."""


def run_locally(cases: Sequence[Case], progress: Progress | None = None) -> VerifyReport:
    """Run cases against the local gateway.

    Slow cases run at the same time, against a second gateway with a time scale.

    Raises:
        SynthesisError: The stack cannot be synthesized.
    """
    slow = [case for case in cases if case.duration_seconds > SLOW_SECONDS]
    quick = [case for case in cases if case.duration_seconds <= SLOW_SECONDS]
    versions = {
        "streaming-construct": version("streaming-construct"),
        "Python": python_version(),
    }
    with TemporaryDirectory(prefix="verify-") as folder:
        synthesize(Path(folder))
        with ThreadPoolExecutor(2) as pool:
            futures = [
                pool.submit(_run_part, Path(folder), part, scale, versions, progress)
                for part, scale in ((quick, 1.0), (slow, TIME_SCALE))
                if part
            ]
            reports = [future.result() for future in futures]
    results = {result.id: result for report in reports for result in report.results}
    return VerifyReport(
        kind=TargetKind.LOCAL,
        region=reports[0].region,
        date=reports[0].date,
        versions=versions,
        results=tuple(results[case.id] for case in cases),
    )


def synthesize(folder: Path) -> None:
    """Synthesize the stack into a folder, in a child process: this one imports no CDK.

    Raises:
        SynthesisError: The app failed.
    """
    finished = subprocess.run(
        [sys.executable, "-m", APP_MODULE],
        env={**os.environ, "CDK_OUTDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise SynthesisError(f"The stack cannot be synthesized.\n{finished.stderr.strip()}")


class LogLevel:
    """The level of the gateways' logger: INFO while at least one target runs.

    Targets run at the same time and end in any order, so none of them restores the level alone.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = Lock()
        self._targets = 0
        self._level = logging.NOTSET

    @contextmanager
    def raise_level(self) -> Iterator[None]:
        """Log at INFO until the context ends."""
        with self._lock:
            if not self._targets:
                self._level = self._logger.level
                self._logger.setLevel(logging.INFO)
            self._targets += 1
        try:
            yield
        finally:
            with self._lock:
                self._targets -= 1
                if not self._targets:
                    self._logger.setLevel(self._level)


_LOG_LEVEL: Final = LogLevel(logging.getLogger(_LOGGER))


@contextmanager
def create_local_target(assembly: Path, time_scale: float = 1.0) -> Iterator[Target]:
    """Serve the synthesized stack until the context ends."""
    options = GatewayOptions(time_scale=time_scale, access_log=True)
    api = LocalApi.from_assembly(assembly, options=options)
    location = find_location(api.model)
    logger, logs = logging.getLogger(_LOGGER), AccessLogHandler()
    logger.addHandler(logs)
    try:
        with _LOG_LEVEL.raise_level(), api:
            url = api.url_for_path("/").rstrip("/")
            yield Target(
                kind=TargetKind.LOCAL,
                url=url,
                region=location.region,
                credentials=LocalCredentials(api, location.region),
                logs=logs,
                time_scale=time_scale,
                values={
                    "account": location.account,
                    "api_id": api.model.id,
                    "host": urlsplit(url).netloc,
                    "source_ip": "127.0.0.1",
                },
            )
    finally:
        logger.removeHandler(logs)


@dataclass(frozen=True)
class LocalCredentials:
    """The credentials that the local gateway accepts."""

    api: LocalApi
    region: str

    def create_headers(
        self, credential: Credential, method: str, url: str, body: bytes | None
    ) -> Mapping[str, str]:
        """Return the headers to add to a request.

        Raises:
            CredentialError: The gateway cannot create the credential.
        """
        try:
            return self._create_headers(credential, method, url, body)
        except LookupError as error:
            raise CredentialError(str(error.args[0])) from error

    def _create_headers(
        self, credential: Credential, method: str, url: str, body: bytes | None
    ) -> Mapping[str, str]:
        api = self.api
        if credential is Credential.API_KEY:
            return {"x-api-key": self._read_api_key("ApiKey")}
        if credential is Credential.QUOTA_API_KEY:
            return {"x-api-key": self._read_api_key("ApiQuotaKey")}
        if credential is Credential.COGNITO:
            return {"Authorization": api.create_token()}
        if credential is Credential.COGNITO_ACCESS:
            return {"Authorization": api.create_token(scopes=[TOKEN_SCOPE])}
        if credential is Credential.JWT:
            return {"Authorization": f"Bearer {api.create_token(issuer=self._find_issuer())}"}
        if credential is Credential.LAMBDA:
            return {"Authorization": "allow", "X-Token": "allow"}
        if credential is Credential.IAM:
            keys = Credentials.from_name(api.model.id)
            key = SigningKey(access_key=keys.access_key, secret_key=keys.secret_key)
            return create_signature_headers(key, self.region, method, url, body)
        return {}

    def _read_api_key(self, logical_id: str) -> str:
        """Return the value of the key whose logical id is this one with a hash of CDK."""
        names = [
            key.name
            for plan in self.api.model.usage_plans
            for key in plan.api_keys
            if key.name[:-8] == logical_id
        ]
        if not names:
            raise LookupError(f"The stack has no API key {logical_id}.")
        return self.api.get_api_key(names[0])

    def _find_issuer(self) -> str:
        for route in self.api.model.routes:
            authorizer = route.access.authorizer
            if authorizer is not None and authorizer.jwt is not None:
                return authorizer.jwt.issuers[0].issuer
        raise LookupError("The stack has no JWT authorizer.")


@dataclass
class AccessLogHandler(logging.Handler):
    """Collects the access log records of the gateways of this process."""

    records: dict[str, Mapping[str, str]] = field(default_factory=dict)
    arrived: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        super().__init__(logging.INFO)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line that is an access log record. Other lines are messages of the gateway."""
        line = record.getMessage()
        if not line.startswith('{"requestId"'):
            return
        try:
            fields: Mapping[str, str] = json.loads(line)
        except ValueError:
            return
        with self.arrived:
            self.records[fields["requestId"]] = fields
            self.arrived.notify_all()

    def read_access_log_record(self, request_id: str) -> Mapping[str, str] | None:
        """Return the record of a request, None if it has not arrived within ten seconds."""
        with self.arrived:
            self.arrived.wait_for(lambda: request_id in self.records, _RECORD_SECONDS)
            return self.records.get(request_id)


def _run_part(
    assembly: Path,
    cases: Sequence[Case],
    time_scale: float,
    versions: Mapping[str, str],
    progress: Progress | None,
) -> VerifyReport:
    with create_local_target(assembly, time_scale) as target:
        return run_cases(target, cases, versions=versions, progress=progress)
