"""Run several chats concurrently with asyncio, `httpx` and `httpx-sse`; print words with times.

python clients/chat_asyncio.py URL QUESTION [QUESTION ...] [--seconds N]

URL is that of the API, with its stage. The client sends the variable TOKEN as a bearer token. The
exit status is 1 if a response is incomplete.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from typing import TYPE_CHECKING

import httpx
from httpx_sse import SSEError, aconnect_sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SILENCE = httpx.Timeout(60, connect=5)  # between two reads; --seconds limits the total


class BrokenStreamError(Exception):
    """The API rejected the request, or the response failed or lacks its end marker."""


async def stream_words(client: httpx.AsyncClient, model: str, question: str) -> AsyncIterator[str]:
    """Yield the words of a response as they arrive.

    A caller that stops early closes the connection. On AWS, the function continues to its end.
    A truncated response is not requested again: the second one would differ, and cost as much.

    Raises:
        httpx.HTTPError, SSEError: The connection failed, or the response is no event stream.
        BrokenStreamError: The API rejected the request, the stream reported a failure, or it lacks
            its end marker.
    """
    messages = [{"role": "user", "content": question}]
    body = {"model": model, "messages": messages, "stream": True}
    async with aconnect_sse(client, "POST", "v1/chat/completions", json=body) as source:
        if not source.response.is_success:  # the text of the error has more details than its status
            text = (await source.response.aread()).decode(errors="replace")
            raise BrokenStreamError(f"{source.response.status_code}: {text}")
        # httpx's `aiter_lines` would end lines at U+2028 as well, which JSON may contain.
        async for event in source.aiter_sse():
            if event.data == "[DONE]":
                return
            if not event.data:
                continue  # a comment
            chunk = json.loads(event.data)
            if "error" in chunk:
                raise BrokenStreamError(chunk["error"]["message"])
            for choice in chunk["choices"]:
                if word := choice["delta"].get("content"):
                    yield word
    raise BrokenStreamError("the response lacks its end marker")


async def print_response(
    client: httpx.AsyncClient, model: str, question: str, seconds: float
) -> bool:
    """Print a response word by word; return whether it was complete."""
    began = time.monotonic()
    words: list[str] = []

    async def read() -> None:
        async for word in stream_words(client, model, question):
            words.append(word)
            print(f"{time.monotonic() - began:8.3f} s  {question}  {word.strip()}", flush=True)

    try:
        await asyncio.wait_for(read(), seconds)
    except asyncio.TimeoutError:
        print(f"{question!r} timed out after {seconds:g} s", file=sys.stderr)
        return False
    except (httpx.HTTPError, SSEError, BrokenStreamError) as error:
        print(
            f"{question!r} has an incomplete response: {error or type(error).__name__}",
            file=sys.stderr,
        )
        return False
    finally:
        print(f"{question}\n  {''.join(words)}", flush=True)
    return True


async def converse(url: str, questions: list[str], seconds: float, token: str | None) -> bool:
    """Send all questions concurrently; return whether every response was complete.

    Raises:
        httpx.HTTPError: The API did not list its models.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    base = url.rstrip("/") + "/"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=SILENCE) as client:
        models = (await client.get("v1/models")).raise_for_status().json()
        model = models["data"][0]["id"]
        chats = [print_response(client, model, question, seconds) for question in questions]
        return all(await asyncio.gather(*chats))


def main() -> int:
    """Read the command line, and print the words; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("questions", nargs="+", metavar="question")
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_args()
    token = os.environ.get("TOKEN")  # other users of the machine can read options
    try:
        complete = asyncio.run(
            converse(arguments.url, arguments.questions, arguments.seconds, token)
        )
    except httpx.HTTPError as error:
        print(f"no response: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
