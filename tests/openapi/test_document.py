"""`OpenApi` names a source that is neither a file nor a document."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct import OpenApi


@pytest.mark.parametrize("value", ["chat.yaml", [], None])
def test_a_document_that_is_no_dict_is_an_error(value: Any) -> None:
    """The message names the method for a file."""
    with pytest.raises(TypeError, match=r"not a dict\. For a file, call OpenApi\.from_file"):
        OpenApi.from_dict(value)


@pytest.mark.parametrize("value", [5, {"openapi": "3.1.0"}, None])
def test_a_file_that_is_no_path_is_an_error(value: Any) -> None:
    """The message names the method for a dict."""
    with pytest.raises(TypeError, match=r"not a path\. For a dict, call OpenApi\.from_dict"):
        OpenApi.from_file(value)
