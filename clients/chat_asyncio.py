"""Several chats at once with asyncio and `httpx`, token by token, each with its time.

python clients/chat_asyncio.py URL QUESTION [QUESTION ...] [--seconds N] [--token TOKEN]

URL is the API's with its stage. The exit status is 1 if an answer is not whole.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SILENCE = httpx.Timeout(60, connect=5)  # between two reads; how long in all is said below


class BrokenStreamError(Exception):
    """The answer failed in mid-stream, or ended without saying that it was whole."""


async def answer(client: httpx.AsyncClient, model: str, question: str) -> AsyncIterator[str]:
    """Yield the words of an answer as they arrive.

    Leaving early closes the connection; at AWS the function runs on to its own end all the same.

    Raises:
        httpx.HTTPError: The API refused, or the connection failed.
        BrokenStreamError: The stream told of a failure, or has no end.
    """
    messages = [{"role": "user", "content": question}]
    body = {"model": model, "messages": messages, "stream": True}
    async with client.stream("POST", "v1/chat/completions", json=body) as response:
        if response.is_error:
            await response.aread()  # an error is short; its text is worth more than its number
            raise httpx.HTTPStatusError(
                f"{response.status_code}: {response.text}",
                request=response.request,
                response=response,
            )
        # Lines may be cut anywhere, in the middle of a character, too: httpx puts them together.
        async for line in response.aiter_lines():
            name, _, data = line.partition(": ")
            if name != "data":
                continue
            if data == "[DONE]":
                return
            chunk = json.loads(data)
            if "error" in chunk:
                raise BrokenStreamError(chunk["error"]["message"])
            for choice in chunk["choices"]:
                yield choice["delta"].get("content") or ""
    raise BrokenStreamError("the answer has no end")


async def ask(client: httpx.AsyncClient, model: str, question: str, seconds: float) -> bool:
    """Print an answer word by word; tell whether it was whole."""
    words: list[str] = []

    async def read() -> None:
        async for piece in answer(client, model, question):
            words.append(piece)
            print(f"{question[:20]!r}: {len(words)} pieces", flush=True)

    try:
        await asyncio.wait_for(read(), seconds)
    except asyncio.TimeoutError:
        print(f"{question!r} was given up after {seconds:g} s", file=sys.stderr)
        return False
    except (httpx.HTTPError, BrokenStreamError) as error:
        print(f"{question!r} is not whole: {error}", file=sys.stderr)
        return False
    finally:
        print(f"{question}\n  {''.join(words)}", flush=True)
    return True


async def converse(url: str, questions: list[str], seconds: float, token: str | None) -> bool:
    """Ask all questions at once; tell whether every answer was whole."""
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
    parser.add_argument("--token")
    arguments = parser.parse_args()
    try:
        whole = asyncio.run(
            converse(arguments.url, arguments.questions, arguments.seconds, arguments.token)
        )
    except httpx.HTTPError as error:
        print(f"no answer: {error}", file=sys.stderr)
        return 1
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
