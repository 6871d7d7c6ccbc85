"""Rendered text → token ids and labels: tokenizers, truncation, packing."""
