"""
Rendered samples to look at: what carries loss, what does not, and where the control tokens stand.

`runs` cuts a rendering into stretches that look alike, `terminal` draws them in colour, `page` writes them as one HTML
file that needs nothing else.
"""

from instrkit.show.page import page
from instrkit.show.runs import Shown, show
from instrkit.show.terminal import draw

__all__ = ["Shown", "draw", "page", "show"]
