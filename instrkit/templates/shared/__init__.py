"""
What templates share: no template itself.

`turn` reads the notation regular layouts are written in, `chat` is the base class made of it, `calls` writes tools,
calls and their arguments as models read them.
"""
