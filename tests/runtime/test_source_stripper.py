"""The source stripper removes what only readers and type checkers need."""

from __future__ import annotations

from streaming_construct.runtime.source_stripper import strip_source

SOURCE = '''"""Docstring."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Pair:
    """Docstring."""

    first: str


class Text:  # a comment
    size: int

    def join(self, a: Any = "é", *rest: str, sep: str = "#") -> Any:
        """Docstring
        of two lines.
        """
        text: str = f"""{a + a}
        # é {sep}"""  # é
        return text, [
            rest,
        ]
'''
STRIPPED = '''








class Pair:
 ""

 ""


class Text:


 def join(self,a="é",*rest,sep="#"):



  text=f"""{a + a}
        # é {sep}"""
  return text,[
rest,
]
'''


def test_code_with_an_effect_stays_on_its_line() -> None:
    assert strip_source(SOURCE) == STRIPPED
