"""Several chats at once with asyncio, `httpx` and `httpx-sse`: each word with its time.

python clients/chat_asyncio.py URL QUESTION [QUESTION ...] [--seconds N]

URL is the API's with its stage. TOKEN in the environment is sent as a bearer token. The exit status
is 1 if an answer is not whole.
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

SILENCE = httpx.Timeout(60, connect=5)  # between two reads; how long in all is said below


class BrokenStreamError(Exception):
    """The API refused, or the answer failed in mid-stream or ended without saying so."""


async def answer(client: httpx.AsyncClient, model: str, question: str) -> AsyncIterator[str]:
    """Yield the words of an answer as they arrive.

    Leaving early closes the connection; at AWS the function runs on to its own end all the same.
    Nothing is asked twice: an answer that broke off would be another one the second time, and cost
    as much.

    Raises:
        httpx.HTTPError, SSEError: The connection failed, or the answer is no event stream.
        BrokenStreamError: The API refused, the stream told of a failure, or it has no end.
    """
    messages = [{"role": "user", "content": question}]
    body = {"model": model, "messages": messages, "stream": True}
    async with aconnect_sse(client, "POST", "v1/chat/completions", json=body) as source:
        if not source.response.is_success:  # its text is worth more than its number
            text = (await source.response.aread()).decode(errors="replace")
            raise BrokenStreamError(f"{source.response.status_code}: {text}")
        # Not httpx's own `aiter_lines`: that ends lines at U+2028 as well, which JSON may contain.
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
    raise BrokenStreamError("the answer has no end")


async def ask(client: httpx.AsyncClient, model: str, question: str, seconds: float) -> bool:
    """Print an answer word by word; tell whether it was whole."""
    began = time.monotonic()
    words: list[str] = []

    async def read() -> None:
        async for word in answer(client, model, question):
            words.append(word)
            print(f"{time.monotonic() - began:8.3f} s  {question}  {word.strip()}", flush=True)

    try:
        await asyncio.wait_for(read(), seconds)
    except asyncio.TimeoutError:
        print(f"{question!r} was given up after {seconds:g} s", file=sys.stderr)
        return False
    except (httpx.HTTPError, SSEError, BrokenStreamError) as error:
        print(f"{question!r} is not whole: {error or type(error).__name__}", file=sys.stderr)
        return False
    finally:
        print(f"{question}\n  {''.join(words)}", flush=True)
    return True


async def converse(url: str, questions: list[str], seconds: float, token: str | None) -> bool:
    """Ask all questions at once; tell whether every answer was whole.

    Raises:
        httpx.HTTPError: The API does not say what model it has.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    base = url.rstrip("/") + "/"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=SILENCE) as client:
        models = (await client.get("v1/models")).raise_for_status().json()
        model = models["data"][0]["id"]
        asked = [ask(client, model, question, seconds) for question in questions]
        return all(await asyncio.gather(*asked))


def main() -> int:
    """Read the command line, print what arrives; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("questions", nargs="+", metavar="question")
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_args()
    token = os.environ.get("TOKEN")  # options can be read by everyone on the machine
    try:
        whole = asyncio.run(converse(arguments.url, arguments.questions, arguments.seconds, token))
    except httpx.HTTPError as error:
        print(f"no answer: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
