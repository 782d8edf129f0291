"""`Template`: facts of a whole template, which are not about one API."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.model.domain_name import BasePathMapping, DomainName
from streaming_construct.model.sampling_rule import SamplingRule
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.unknown_element import UnknownElement


@dataclass(frozen=True, kw_only=True)
class Include:
    """A file whose content stands in the place of an `Fn::Transform` of a template.

    Attributes:
        origin: The mapping that has the `Fn::Transform`.
        file: The included file.
        siblings: The keys of that mapping, which are not from the file.
    """

    origin: SourceLocation
    file: str
    siblings: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Template:
    """A CloudFormation template as it is written.

    Attributes:
        origin: The file.
        untransformed_sam_resources: SAM resources in a template without SAM's transform.
        short_form_includes: Included files that use short forms of intrinsic functions (`!Sub`).
        includes: Files that the template includes.
        domain_names: Custom domain names.
        base_path_mappings: Mappings of custom domain names to stages.
        sampling_rules: Sampling rules of X-Ray.
        unknown_elements: Resource types and values of resources that are not known.
        notes: Sentences on what is not read, or has no effect.
    """

    origin: SourceLocation
    untransformed_sam_resources: tuple[SourceLocation, ...] = ()
    short_form_includes: tuple[SourceLocation, ...] = ()
    includes: tuple[Include, ...] = ()
    domain_names: tuple[DomainName, ...] = ()
    base_path_mappings: tuple[BasePathMapping, ...] = ()
    sampling_rules: tuple[SamplingRule, ...] = ()
    unknown_elements: tuple[UnknownElement, ...] = ()
    notes: tuple[str, ...] = ()
