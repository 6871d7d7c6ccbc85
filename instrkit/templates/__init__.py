"""
One model family per file: a sample becomes segments, and segments become text and the characters that carry loss.

`base` holds what a template is, `rendering` the call that users make, `loss` the policies, `control` what happens to
control tokens inside user text, `account` how dropped and altered text is found.
"""

from instrkit.templates.account import Change
from instrkit.templates.base import (
    TEMPLATES,
    Kind,
    Piece,
    Segment,
    Template,
    TemplateInfo,
    header,
    job_variables,
    open_template,
    separator,
    special,
    template,
    template_info,
)
from instrkit.templates.control import CONTROL_POLICIES, ControlPolicy
from instrkit.templates.loss import LOSS_POLICIES, LossPolicy
from instrkit.templates.rendering import LabelOverride, Rendered, Span, render

__all__ = [
    "CONTROL_POLICIES",
    "LOSS_POLICIES",
    "TEMPLATES",
    "Change",
    "ControlPolicy",
    "Kind",
    "LabelOverride",
    "LossPolicy",
    "Piece",
    "Rendered",
    "Segment",
    "Span",
    "Template",
    "TemplateInfo",
    "header",
    "job_variables",
    "open_template",
    "render",
    "separator",
    "special",
    "template",
    "template_info",
]
