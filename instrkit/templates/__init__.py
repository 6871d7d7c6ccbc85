"""
One model family per file: a sample becomes segments, and segments become text and the characters that carry loss.

`base` holds what a template is, `opening` finds one by name or path, `rendering` has the call that users make, `loss`
the policies, `control` what happens to control tokens inside user text, `account` how dropped and altered text is
found. `listing` and `models` find templates, `comparing`, `diff` and `diff_text` show where two differ. `shared` holds
what families have in common, `jinja` the chat templates of tokenizers. Every other
file is a family, or a part of the one it is named after.
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
    separator,
    special,
    template,
    template_info,
)
from instrkit.templates.control import CONTROL_POLICIES, ControlPolicy
from instrkit.templates.loss import LOSS_POLICIES, LossPolicy
from instrkit.templates.opening import job_variables, open_template
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
