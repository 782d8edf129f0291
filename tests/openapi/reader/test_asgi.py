"""`OpenApi.from_asgi` reads the document of an application in a separate process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from streaming_construct.openapi import OpenApi, OpenApiError, OperationKey
from tests.openapi.conversion import import_rules

if TYPE_CHECKING:
    from pathlib import Path

APP = """
import sys
from typing import Annotated, Optional
from fastapi import APIRouter, Cookie, Depends, FastAPI
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

print("noise on standard output")
router = APIRouter(prefix="/files")


class Item(BaseModel):
    name: str
    note: Optional[str] = None
    size: Annotated[int, Field(gt=0, lt=2**63)] = 1
    parent: "Optional[Item]" = None


@router.get("/{name:path}")
def read(name: str) -> Item: ...


@router.get("/{name:path}/meta", dependencies=[Depends(HTTPBearer())])
def meta(name: str) -> dict[str, str]: ...


@router.post("/{folder}/items/")
def create(folder: str, item: Item, session: Annotated[str | None, Cookie()] = None) -> Item: ...


def make() -> FastAPI:
    inner = FastAPI(title="Files")
    inner.include_router(router, prefix="/v1")
    return inner


class Wrapper:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


app = Wrapper(make())
"""

FACTORY = """
class App:
    def openapi(self):
        return {"openapi": "3.1.0", "info": {"title": "Made", "version": "1"}, "paths": {}}


def make(debug=False):
    return App()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files_app.py").write_text(APP)
    (tmp_path / "broken_app.py").write_text("import json\nraise RuntimeError('no database')\n")
    (tmp_path / "other_app.py").write_text("nothing = object()\n")
    (tmp_path / "factory_app.py").write_text(FACTORY)
    (tmp_path / "slow_app.py").write_text("import time\ntime.sleep(30)\n")
    return tmp_path


def test_a_fastapi_application_converts(folder: Path) -> None:
    """A module or a factory names it. Routes that span segments become greedy."""
    document = OpenApi.from_asgi("files_app", directory=folder)
    conversion = document.convert()
    assert import_rules.findings(conversion.document) == []
    greedy = "/v1/files/{name+}"
    assert conversion.operations == {
        OperationKey("GET", "/v1/files/{name}"): OperationKey("GET", greedy),
        OperationKey("GET", "/v1/files/{name}/meta"): OperationKey("GET", greedy),
        OperationKey("POST", "/v1/files/{folder}/items/"): OperationKey("POST", greedy),
    }
    assert "files_app" not in sys.modules
    report = "\n".join(map(str, conversion.dropped))
    assert "parameter session (cookie)" in report
    assert "security: HTTPBearer" in report


def test_a_factory_makes_the_application(folder: Path) -> None:
    """A function without required parameters is called."""
    document = OpenApi.from_asgi("factory_app:make", directory=folder).document

    assert document["info"]["title"] == "Made"


def test_the_error_of_an_application_that_fails_has_its_traceback(folder: Path) -> None:
    """It ends with the exception."""
    with pytest.raises(OpenApiError) as caught:
        OpenApi.from_asgi("broken_app:app", directory=folder)
    assert 'broken_app.py", line 2' in str(caught.value)
    assert str(caught.value).endswith("RuntimeError: no database")


def test_an_object_without_a_document_is_an_error(folder: Path) -> None:
    """The error names the type of the object."""
    with pytest.raises(OpenApiError, match=r"builtins\.object has no openapi\(\)"):
        OpenApi.from_asgi("other_app:nothing", directory=folder)


def test_an_application_that_does_not_return_is_stopped(folder: Path) -> None:
    """The import has a time limit."""
    with pytest.raises(OpenApiError, match=r"longer than 0\.5 s"):
        OpenApi.from_asgi("slow_app:app", directory=folder, timeout_seconds=0.5)


def test_a_missing_interpreter_is_an_error(folder: Path) -> None:
    """The error has its path."""
    with pytest.raises(OpenApiError, match="no-such-python"):
        OpenApi.from_asgi("files_app:app", directory=folder, python="/no-such-python")


LITESTAR = """
from pathlib import Path
from litestar import Litestar, get


@get("/files/{name:path}")
async def read(name: Path) -> str: ...


@get("/items/{number:int}")
async def item(number: int) -> str: ...


app = Litestar([read, item])
"""

DJANGO = """
from django.conf import settings
settings.configure(ROOT_URLCONF="django_app", SECRET_KEY="x", ALLOWED_HOSTS=["*"])
from django.core.asgi import get_asgi_application
from django.urls import path
from ninja import NinjaAPI, Router

api, router = NinjaAPI(), Router()


@router.get("/files/{path:name}")
def read(request, name: str):
    return name


@api.get("/items/{int:number}")
def item(request, number: int):
    return number


def view(request):
    raise NotImplementedError


api.add_router("/", router)
urlpatterns = [path("api/", api.urls)]
application = get_asgi_application()
"""


def test_a_litestar_application_converts(tmp_path: Path) -> None:
    """A parameter of type `path` spans segments, which is not in its document."""
    (tmp_path / "litestar_app.py").write_text(LITESTAR)

    conversion = OpenApi.from_asgi("litestar_app:app", directory=tmp_path).convert()

    assert list(conversion.document["paths"]) == ["/files/{name+}", "/items/{number}"]


@pytest.mark.parametrize("app", ["django_app:application", "django_app:api"])
def test_a_django_ninja_application_converts(tmp_path: Path, app: str) -> None:
    """The argument names its API, or the URLs of the project have it."""
    (tmp_path / "django_app.py").write_text(DJANGO)

    conversion = OpenApi.from_asgi(app, directory=tmp_path).convert()

    assert sorted(conversion.document["paths"]) == ["/api/files/{name+}", "/api/items/{number}"]


def test_a_django_project_without_an_api_is_an_error(tmp_path: Path) -> None:
    """The error says what to pass."""
    (tmp_path / "django_app.py").write_text(DJANGO.replace("api.urls", "view"))

    with pytest.raises(OpenApiError, match="have 0 APIs of Django Ninja"):
        OpenApi.from_asgi("django_app:application", directory=tmp_path)
