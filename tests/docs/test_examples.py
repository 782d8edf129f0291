"""An example of a page runs as a reader's file does, and fails at its line of the page."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from tests.docs import examples as examples_module
from tests.docs.examples import list_examples, run_example

PAGE = """\
# Title

```python
import json

def double(number: int) -> int:
    return number * 2
```

## Second

1. In a list:

   ```python
   total = double(4)
   assert total == EXPECTED
   ```

```console
$ python
```
"""


@pytest.fixture(autouse=True)
def _page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.setattr(examples_module, "DOCS", tmp_path)


def test_a_failure_has_its_line_of_the_page(tmp_path: Path) -> None:
    """It has that line in a list, too, and after a replacement."""
    first, second = list_examples("page")
    names = run_example(first)
    with pytest.raises(AssertionError) as raised:
        run_example(second, names, {"EXPECTED": "9"})

    frame = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (Path(frame.filename), frame.lineno) == (tmp_path / "page.md", 16)
    assert frame.line == "assert total == EXPECTED"


def test_no_import_of_the_test_applies_to_an_example() -> None:
    """This module postpones the evaluation of annotations, the page does not."""
    names = run_example(list_examples("page")[0])

    assert names["double"].__annotations__ == {"number": int, "return": int}


def test_a_section_has_its_own_examples_in_their_original_text() -> None:
    """A replacement applies to one run."""
    (example,) = list_examples("page", "Second")
    run_example(example, {"double": lambda _: 9}, {"EXPECTED": "9"})

    assert example.parsed == "total = double(4)\nassert total == EXPECTED\n"
