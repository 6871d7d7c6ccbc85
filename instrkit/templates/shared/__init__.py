"""
What templates share: no template itself.

Base classes: `chat` (turns by role, `chat_quick` is its quick path), `tool_tags` (ChatML with tools), `role_tokens`
(GLM), `colon` (FastChat's transcripts), `instruction` (Alpaca and its heirs). `turn` reads the notation that layouts
are written in, `separators` makes it of FastChat's styles, and `rows` registers templates from tables of it.

`calls` writes tools, calls and their arguments as models read them, `think_tags` thinking. `by_turns` refuses messages
out of turn, `split_loss` finds answers as trainers do that split the text, `layout` says what that variable means,
`text_only` which messages a quick path can write.
"""
