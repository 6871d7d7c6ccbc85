"""On a terminal every character is there, in colours that say what is trained; nothing in a text can move the cursor."""

from io import StringIO

import pytest
from rich.console import Console

import instrkit
from instrkit.sample import Message, Sample
from instrkit.show import draw, show


def drawn(*messages: Message, template: str = "chatml", width: int = 60, color: bool = False) -> str:
    sample = Sample(messages)
    out = StringIO()
    Console(file=out, width=width, force_terminal=color, color_system="standard" if color else None).print(
        draw([show(sample, instrkit.render(sample, template))])
    )
    return out.getvalue()


def test_turns_have_margins():
    lines = drawn(Message("user", "q"), Message("assistant", "a")).splitlines()
    assert "      user │ <|im_start|>user⏎" in lines
    assert "           │ q<|im_end|>⏎" in lines
    assert " assistant │ <|im_start|>assistant⏎" in lines
    assert "           ┃ a<|im_end|>⏎" in lines


def test_long_lines_keep_their_margin():
    lines = [line for line in drawn(Message("assistant", "word " * 40)).splitlines() if "word" in line]
    assert len(lines) > 3
    assert all(line.startswith("           ┃ ") and len(line) <= 60 for line in lines)


def test_masked_results_of_tools_are_hatched():
    assert "           ╱ {}<|im_end|>⏎" in drawn(Message("tool", "{}")).splitlines()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("a\x1b[2Jb", "a␛[2Jb", id="escape"),
        pytest.param("a\rb", "a␍b", id="carriage-return"),
        pytest.param("a\u202eb", "a⟨RLO⟩b", id="right-to-left"),
        pytest.param("[bold]x[/bold]", "[bold]x[/bold]", id="markup"),
    ],
)
def test_text_is_shown_and_not_obeyed(text, seen):
    assert seen in drawn(Message("assistant", text))


def test_the_id_of_a_sample_is_shown_and_not_obeyed():
    sample = Sample((Message("assistant", "a"),), id="i\x1b[2J")
    out = StringIO()
    Console(file=out, width=60).print(draw([show(sample, instrkit.render(sample, "chatml"))]))
    assert "i␛[2J" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_loss_is_bright_and_the_rest_dim():
    said = drawn(Message("user", "question"), Message("assistant", "answer"), color=True)
    assert "\x1b[2mquestion\x1b[0m" in said
    assert "\x1b[1;97manswer\x1b[0m" in said


def test_a_message_begins_a_line_where_the_layout_has_none():
    lines = drawn(Message("user", "q"), Message("assistant", "a"), Message("user", "r"), template="vicuna").splitlines()
    roles = [line[:10].strip() for line in lines if line[11:12] in {"│", "┃"}]
    assert [role for role in roles if role] == ["user", "assistant", "user"]
