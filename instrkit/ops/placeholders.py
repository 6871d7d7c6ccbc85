"""
Words that stand where a text should be.

Collected from Alpaca (52,002 English and 17,476 Chinese records), where some 800 inputs and 80 outputs consist of them.
"""

from __future__ import annotations

import re

__all__ = ["is_placeholder"]

_LONGEST = 40  # characters; whatever is longer says something

_PLACEHOLDER = re.compile(
    r"""[\s<(\[{（【《“"'`\\]{0,6}
    (?:no[ _-]?(?:in|out)put(?:[ ](?:is[ ])?(?:required|needed|necessary|given|provided|available|expected))?
      |(?:no|without)[ ](?:response|answer|content|text)[ ](?:given|provided|available)
      |n\.?/a|not[ ]applicable|<none>|<null>|<empty>
      |(?:无|無|没有|沒有|无需|無需|不需要|不需|空)(?:任何)?(?:输入|輸入|输出|輸出)(?:内容)?|不适用|不適用)
    [\s>)\]}）】》”"'`\\.。!！;；]{0,6}""",
    re.IGNORECASE | re.VERBOSE,
)


def is_placeholder(text: str) -> bool:
    """
    Return whether *text* says nothing but that there is no text: `<noinput>`, `No input required.`, `N/A`, `无输出`.

    `None`, `null`, `Na` (sodium) and `无` are answers, not placeholders.

    Examples:
        >>> is_placeholder("<nooutput>"), is_placeholder("None"), is_placeholder("No input is used by this function.")
        (True, False, False)
    """
    return len(text) <= _LONGEST and _PLACEHOLDER.fullmatch(text) is not None
