"""`Theme`: creates the cases of one group of the report."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.verify.case import Case, CaseRequest, Facts, Knowledge


@dataclass(frozen=True, kw_only=True)
class Theme:
    """A group of cases with common values.

    Args:
        name: The name in the report.
        id_prefix: The beginning of the ids.
        page: The page that makes the claims, unless a case names another.
        source_url: The page of AWS that documents the claims, unless a case names another.
            Default: none, a case without a source is not known on AWS.
        duration_seconds: The seconds that AWS needs for a case. Default: 5.
    """

    name: str
    id_prefix: str
    page: str
    source_url: str | None = None
    duration_seconds: float = 5.0

    def case(
        self,
        name: str,
        claim: str,
        request: CaseRequest,
        expected: Facts,
        *,
        source_url: str | None = None,
        page: str | None = None,
        duration_seconds: float | None = None,
        is_unknown: bool = False,
        is_optional: bool = False,
    ) -> Case:
        """Return a case of one request.

        Args:
            name: The end of the id.
            claim: The claim in one sentence.
            request: The request.
            expected: The facts that the response must show.
            source_url: The page of AWS that documents the claim. Default: that of the theme.
            page: The page that makes the claim. Default: that of the theme.
            duration_seconds: The seconds that AWS needs. Default: those of the theme.
            is_unknown: Whether no source documents the claim, in spite of the theme's. Default:
                False.
            is_optional: Whether the case runs only if the user names it. Default: False.
        """
        source = None if is_unknown else source_url or self.source_url
        return Case(
            id=f"{self.id_prefix}-{name}",
            theme=self.name,
            claim=claim,
            page=page or self.page,
            knowledge=Knowledge.DOCUMENTED if source else Knowledge.UNKNOWN,
            source_url=source,
            requests=(request,),
            expected=expected,
            duration_seconds=duration_seconds or self.duration_seconds,
            is_optional=is_optional,
        )
