"""One row, one registered template: its attributes are the class's, its variables have their own defaults."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import TEMPLATES, open_template
from instrkit.templates.fastchat import FastChat


def test_the_class_is_of_its_base_and_says_what_it_does():
    cls = TEMPLATES.get("solar@fastchat")
    assert issubclass(cls, FastChat)
    assert cls.__doc__ == FastChat.__doc__
    assert cls.__name__ == "SolarFastchat"


def test_variables_can_be_set_and_nothing_else():
    assert open_template("zephyr@llamafactory", {"default_system": "S"}).default_system == "S"
    assert open_template("zephyr@llamafactory").default_system == "You are Zephyr, a helpful assistant."
    with pytest.raises(UsageError, match="unknown variable 'date'"):
        open_template("zephyr@llamafactory", {"date": "x"})


def test_rows_of_one_base_do_not_share_their_variables():
    assert open_template("qwen@fastchat").default_system == "You are a helpful assistant."
    assert open_template("yi@fastchat").default_system is None
