"""Handwritten templates, served: SAM and CloudFormation, with inline code, a folder or a zip
file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import httpx
import pytest

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.local_api import LocalApi
from streaming_construct.probe import probe

SAM = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: nodejs22.x, Handler: index.handler, Timeout: 20}}
Resources:
  Ticks:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          stream = awslambda.HttpResponseStream.from(stream, {
            statusCode: 200, headers: { "Content-Type": "text/event-stream" },
          });
          for (let tick = 0; tick < 5; tick++) {
            stream.write(`data: ${tick}\\n\\n`);
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          stream.end();
        });
      Events:
        Get:
          Type: Api
          Properties: {Path: /ticks, Method: get, ResponseTransferMode: RESPONSE_STREAM}
        Post:
          Type: Api
          Properties: {Path: /ticks, Method: post, ResponseTransferMode: RESPONSE_STREAM}
        Wrong:
          Type: Api
          Properties: {Path: /wrong, Method: get, ResponseTransferMode: STREAM}
  Zipped:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: zipped.zip
      Runtime: python3.13
      Layers: [!Ref Layer]
      Events: {Get: {Type: Api, Properties: {Path: /zipped, Method: get}}}
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer.zip}}
  Lost:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: nowhere
      Events: {Get: {Type: Api, Properties: {Path: /lost, Method: get}}}
"""
HANDLER = """\
import word
def handler(event, context):
    return {"statusCode": 200, "body": word.WORD}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template, with zip files beside it."""
    folder = tmp_path_factory.mktemp("sam")
    for name, inner, content in (
        ("zipped.zip", "index.py", HANDLER),
        ("layer.zip", "python/word.py", "WORD = 'from a layer'"),
    ):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr(inner, content)
    (folder / "template.yaml").write_text(SAM)
    return folder / "template.yaml"


def test_a_sam_template_is_served_as_deployed(file: Path) -> None:
    """Streamed routes stream, a wrong mode buffers, missing code disables only its route."""
    with LocalApi.from_template(file) as api:
        streamed, wrong = (
            probe(api.url_for_path("/ticks")),
            httpx.get(api.url_for_path("/wrong"), timeout=20),
        )
        posted = probe(api.url_for_path("/ticks"), method="POST", body='{"q": 1}')
        zipped, lost = (
            httpx.get(api.url_for_path("/zipped"), timeout=20),
            httpx.get(api.url_for_path("/lost")),
        )

    assert streamed.is_streamed, streamed
    assert posted.is_streamed, posted
    assert len(streamed.response.timeline.arrivals) >= 4
    # An invocation that streams behind a buffered route: its status, and no body.
    assert (wrong.status_code, wrong.content) == (200, b"")
    assert (zipped.status_code, zipped.text) == (200, "from a layer")
    assert lost.status_code == 501
    message = lost.json()["message"]
    assert message.startswith(f"GET /lost is not served locally: Lost in {file}: Code: ")
    assert message.endswith("nowhere does not exist. Put the archive there")
    assert "RESPONSE_STREAM" in api.notes[0]


def test_a_folder_is_an_error_that_names_its_templates(tmp_path: Path) -> None:
    """The error precedes the start of a function."""
    with pytest.raises(
        SourceError, match=r"is a folder\. Pass a template file, or use from_assembly"
    ):
        LocalApi.from_template(tmp_path)
