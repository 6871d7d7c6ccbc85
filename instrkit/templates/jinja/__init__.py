"""
Chat templates in Jinja, as tokenizers have them: those of others rendered, our own written down as one.

`source` finds a tokenizer's template and tokens, `environment` runs it in the `sandbox`, on what `messages` gives it.
`marks` and `search` find the sample's text in what it writes, `spans` derives what carries loss, `pieces` cuts,
`rendering` is these together and `template` a template like any other. `export` writes a regular template as Jinja,
`writing` puts that into a tokenizer's files.
"""

from instrkit.templates.jinja.export import export_chat_template
from instrkit.templates.jinja.template import ChatTemplate, open_chat_template
from instrkit.templates.jinja.writing import write_chat_template

__all__ = ["ChatTemplate", "export_chat_template", "open_chat_template", "write_chat_template"]
