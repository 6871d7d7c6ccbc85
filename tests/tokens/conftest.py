"""What tests of tokens share: small tokenizers of each kind, and the real ones where they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrkit.tokens import Tokenizer, load_tokenizer
from tests.tokens.small import KINDS, build


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tokenizer]:
    """One small tokenizer of each kind."""
    return {kind: load_tokenizer(build(kind, tmp_path_factory.mktemp(kind))) for kind in KINDS}


@pytest.fixture(scope="session")
def aquila(real_data: Path) -> Tokenizer:
    path = real_data / "tokenizers" / "aquila"
    if not path.is_dir():
        pytest.skip("no real vocab.json + merges.txt beside this checkout (tokenizers/aquila)")
    return load_tokenizer(path)


@pytest.fixture(scope="session")
def chinese_llama(real_data: Path) -> Tokenizer:
    path = real_data / "tokenizers" / "chinese_llama_sp.model"
    if not path.is_file():
        pytest.skip("no real SentencePiece model beside this checkout (tokenizers/chinese_llama_sp.model)")
    return load_tokenizer(path)
