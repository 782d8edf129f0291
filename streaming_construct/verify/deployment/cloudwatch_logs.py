"""`CloudWatchLogs`: reads the access log of the deployed stage.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.deployed.errors import AwsAccessError, AwsCallError

# CloudWatch Logs shows a record some seconds after the request, rarely more than a minute.
RECORD_SECONDS: Final = 90.0
_INTERVAL_SECONDS: Final = 3.0
_EARLIER_SECONDS: Final = 60.0


class CloudWatchLogs:
    """The access log of the stage.

    All cases share the records: one call reads all that have arrived.

    Args:
        aws: The account and the Region.
        log_group: The log group of the access log.
        seconds: How long to wait for a record. Default: `RECORD_SECONDS`.
    """

    def __init__(
        self, aws: AwsWriteClient, log_group: str, seconds: float = RECORD_SECONDS
    ) -> None:
        self._aws = aws
        self._log_group = log_group
        self._seconds = seconds
        self._start = int((time.time() - _EARLIER_SECONDS) * 1000)
        self._lock = Lock()
        self._records: dict[str, Mapping[str, str]] = {}
        self._read_at = float("-inf")

    def read_access_log_record(self, request_id: str) -> Mapping[str, str] | None:
        """Return the record of a request, None if it has not arrived in time."""
        deadline = time.monotonic() + self._seconds
        while True:
            with self._lock:
                self._read_if_old(request_id)
                record = self._records.get(request_id)
            if record is not None or time.monotonic() >= deadline:
                return record
            time.sleep(_INTERVAL_SECONDS)

    def _read_if_old(self, request_id: str) -> None:
        now = time.monotonic()
        if request_id in self._records or now - self._read_at < _INTERVAL_SECONDS:
            return
        self._read_at = now
        try:
            events = self._aws.paginate(
                "logs",
                "filter_log_events",
                "events",
                logGroupName=self._log_group,
                startTime=self._start,
            )
        except (AwsAccessError, AwsCallError):
            # The case is not run without its record, which its result says.
            return
        for event in events:
            fields = _parse(str(event.get("message", "")))
            if fields is not None and "requestId" in fields:
                self._records[str(fields["requestId"])] = fields


def _parse(line: str) -> Mapping[str, Any] | None:
    try:
        fields: Any = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None
