"""The figures of the picture and of the tables are those of `aws/limits.py`."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from streaming_construct.aws import limits
from tests.docs.pages import DOCS, find_section, list_table_rows, read_page

PICTURE = DOCS / "limits.svg"
# Every limit of time and rate that a stream can meet.
OF_STREAMS = {
    "STREAM_MAX_SECONDS",
    "STREAM_IDLE_SECONDS_REGIONAL",
    "STREAM_IDLE_SECONDS_EDGE",
    "STREAM_UNTHROTTLED_BYTES",
    "STREAM_BYTES_PER_SECOND",
    "TIMEOUT_MIN_MS",
    "STREAM_TIMEOUT_MAX_MS",
    "BUFFERED_TIMEOUT_MAX_MS",
    "INTEGRATION_TIMEOUT_DEFAULT_MS",
    "REQUEST_MAX_BYTES",
    "REQUEST_HEADERS_MAX_BYTES",
    "PRELUDE_MAX_BYTES",
    "FUNCTION_TIMEOUT_DEFAULT_SECONDS",
    "FUNCTION_TIMEOUT_MAX_SECONDS",
    "FUNCTION_STREAM_MAX_BYTES",
    "FUNCTION_STREAM_UNTHROTTLED_BYTES",
    "FUNCTION_STREAM_BYTES_PER_SECOND",
    "FUNCTION_PAYLOAD_MAX_BYTES",
    "FUNCTION_INIT_SECONDS",
    "FUNCTION_SHUTDOWN_SECONDS",
    "ACCOUNT_RATE_PER_SECOND",
    "ACCOUNT_BURST",
}


def format_limit(name: str) -> str:
    """Return a limit as the pages write it. The end of its name is its unit."""
    value = getattr(limits, name)
    assert isinstance(value, int)
    if name.endswith("_MS"):
        return f"{value} ms" if value < 1000 else format_seconds(value / 1000)
    if "SECONDS" in name and "PER_SECOND" not in name:
        return format_seconds(value)
    if name.endswith("_MB"):
        return f"{value} MB"
    if "BYTES" in name:
        return format_bytes(value)
    return f"{value:,}"


def format_seconds(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds > 60 else f"{seconds:g} s"


def format_bytes(count: int) -> str:
    if count % limits.MIB == 0:
        return f"{count // limits.MIB} MB"
    if count & (count - 1) == 0:
        return f"{count // limits.KIB} KB"
    return f"{count:,} bytes"


def test_each_figure_on_the_picture_is_the_limit_that_it_names() -> None:
    """The picture has every limit of a stream."""
    figures = [
        (element.attrib["data-limit"], element.text)
        for element in ET.parse(PICTURE).iter()
        if "data-limit" in element.attrib
    ]

    assert figures == [(name, format_limit(name)) for name, _ in figures]
    assert {name for name, _ in figures} >= OF_STREAMS


def test_the_picture_has_two_color_schemes_and_a_description() -> None:
    """Its colors follow the color scheme of the screen. It has a title for screen readers."""
    root = ET.parse(PICTURE).getroot()
    tags = {element.tag.partition("}")[2] for element in root}

    assert "prefers-color-scheme: dark" in PICTURE.read_text(encoding="utf-8")
    assert {"title", "desc"} <= tags
    assert root.attrib["role"] == "img"


def test_the_table_of_times_starts_with_the_shortest() -> None:
    """The times are those of the picture."""
    names = [
        row[0] for row in list_table_rows(find_section(read_page("timeouts"), "What ends a stream"))
    ]

    assert names == [
        format_limit("FUNCTION_TIMEOUT_DEFAULT_SECONDS"),
        format_limit("INTEGRATION_TIMEOUT_DEFAULT_MS"),
        format_limit("STREAM_IDLE_SECONDS_EDGE"),
        format_limit("STREAM_IDLE_SECONDS_REGIONAL"),
        format_limit("STREAM_MAX_SECONDS"),
        format_limit("FUNCTION_TIMEOUT_MAX_SECONDS"),
    ]


def test_the_table_of_sizes_has_each_limit() -> None:
    """Each row has its limits."""
    cells = [
        row[1] for row in list_table_rows(find_section(read_page("timeouts"), "Sizes and rates"))
    ]
    expected = [
        ["REQUEST_MAX_BYTES", "REQUEST_HEADERS_MAX_BYTES"],
        ["FUNCTION_PAYLOAD_MAX_BYTES"],
        [
            "FUNCTION_STREAM_MAX_BYTES",
            "FUNCTION_STREAM_UNTHROTTLED_BYTES",
            "FUNCTION_STREAM_BYTES_PER_SECOND",
        ],
        ["STREAM_UNTHROTTLED_BYTES", "STREAM_BYTES_PER_SECOND"],
        ["PRELUDE_MAX_BYTES"],
        [],  # a resource policy's length is not a limit that anything here reads
        ["ACCOUNT_RATE_PER_SECOND", "ACCOUNT_BURST"],
    ]

    for cell, names in zip(cells, expected, strict=True):
        assert [name for name in names if format_limit(name) not in cell] == []
    assert f"{limits.REQUEST_HEADERS_MAX_BYTES_PRIVATE:,}" in cells[0]


def test_the_comparison_has_the_limits_of_rest_apis_and_function_urls() -> None:
    """The limits of other services are not constants of this project."""
    rest_api, function_url, *_ = list_table_rows(
        find_section(read_page("choosing-a-setup"), "What streams, and how far")
    )

    assert rest_api[1] == format_limit("STREAM_MAX_SECONDS")
    assert format_limit("STREAM_IDLE_SECONDS_REGIONAL") in rest_api[2]
    assert format_limit("STREAM_IDLE_SECONDS_EDGE") in rest_api[2]
    assert format_limit("STREAM_UNTHROTTLED_BYTES") in rest_api[3]
    assert format_limit("FUNCTION_TIMEOUT_MAX_SECONDS") in function_url[1]
    assert format_limit("FUNCTION_STREAM_MAX_BYTES") in function_url[3]


def test_the_computed_times_are_right() -> None:
    """The page computes how long a large response takes at the rate of Lambda."""
    free = limits.FUNCTION_STREAM_UNTHROTTLED_BYTES
    rate = limits.FUNCTION_STREAM_BYTES_PER_SECOND
    text = read_page("chunk-sizes")

    assert f"100 MB take {(100 * limits.MIB - free) / rate:.0f} s at least" in text
    most = limits.FUNCTION_STREAM_MAX_BYTES
    assert f"{format_limit('FUNCTION_STREAM_MAX_BYTES')}, the most" in text
    assert f"take {(most - free) / rate:.0f} s. Give" in text
