"""A tokenizer that lacks what a template writes is refused before anything is read."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import open_template
from instrkit.tokens.matching import open_matching, refuse_mismatch
from tests.tokens.small import byte_level


def test_a_lacking_control_token_is_named(tmp_path):
    tokenizer = open_matching(str(byte_level(tmp_path)))
    with pytest.raises(UsageError, match=r"has no control token '.+': expected the tokenizer of that model"):
        refuse_mismatch(tokenizer, open_template("zephyr"))


def test_what_cannot_be_opened_is_a_mistake_of_the_caller(tmp_path):
    with pytest.raises(UsageError, match="tokenizer: "):
        open_matching(str(tmp_path / "none"))
