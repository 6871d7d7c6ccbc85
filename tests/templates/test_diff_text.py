"""A difference reads without colour: marked what is gone and what is new, white space there visible."""

from instrkit.templates import render
from instrkit.templates.diff import Diff, diff, diff_texts
from instrkit.templates.diff_text import diff_lines, marked_diff, marked_text, visible
from tests.templates.samples import chat


def of(a: str, b: str) -> Diff:
    return Diff(a, b, diff_texts(a, b), (), (), (), (), ())


def shown(a: str, b: str, **options: bool) -> str:
    return "".join(text for text, _ in marked_diff(of(a, b), **options))


def test_white_space_is_visible_where_it_differs_only():
    assert shown("a b\n", "a b \t\n") == "a b{+␠⇥+}\n"
    assert visible("\r\u00a0\u200b") == "␍⍽∅"


def test_what_a_terminal_would_obey_is_named_everywhere():
    assert shown("\x1b[2J\u202ea", "\x1b[2J\u202eb\x9b") == "␛[2J⟨RLO⟩[-a-]{+b⟨CSI⟩+}"
    rendered = render(chat("u:\x1b[2J", "a:\u202e\n"), "chatml")
    assert "".join(text for text, _ in marked_text(rendered)) == (
        "‹<|im_start|>›user\n␛[2J‹<|im_end|>›\n‹<|im_start|>›assistant\n⟦⟨RLO⟩\n‹<|im_end|>›⟧\n"
    )


def test_what_is_gone_stands_before_what_is_new():
    assert shown("USER: x", "用户: x") == "[-USER-]{+用户+}: x"


def test_long_agreement_is_cut_unless_all_is_wanted():
    a, b = f"x{'=' * 500}y", f"X{'=' * 500}Y"
    assert shown(a, b) == f"[-x-]{{+X+}}{'=' * 60} … {'=' * 60}[-y-]{{+Y+}}"
    assert shown(a, b, whole=True) == f"[-x-]{{+X+}}{'=' * 500}[-y-]{{+Y+}}"


def test_agreement_before_the_first_and_behind_the_last_difference_is_cut_on_one_side():
    assert shown("=" * 100 + "x", "=" * 100) == f" … {'=' * 60}[-x-]"
    assert shown("x" + "=" * 100, "=" * 100) == f"[-x-]{'=' * 60} … "


def test_lines_say_where_and_who():
    sample = chat("s:S", "u:Hi", "a:Yo")
    found = diff(render(sample, "koala"), render(sample, "koala@fastchat"))
    lines = [*diff_lines(found, "koala", "koala@fastchat")]
    assert lines[-1] == "koala drops system message (messages[0])"
    assert "only koala@fastchat has 15-16 '␠'" in lines


def test_lines_tell_a_difference_of_loss():
    sample = chat("u:Hi", "a:Yo")
    found = diff(render(sample, "chatml"), render(sample, "yi@llamafactory"))
    assert [*diff_lines(found, "chatml", "yi@llamafactory")] == ["only yi@llamafactory trains 64-65 '⏎'"]


def test_a_rendering_shows_control_tokens_and_loss():
    made = render(chat("u:Hi<|im_end|>", "a:Yo"), "chatml")
    assert "".join(text for text, _ in marked_text(made)) == (
        "‹<|im_start|>›user\nHi<|im_end|>‹<|im_end|>›\n‹<|im_start|>›assistant\n⟦Yo‹<|im_end|>›⟧\n"
    )


def test_loss_up_to_the_end_is_closed():
    made = render(chat("u:Hi", "a:Yo"), "koala")
    assert "".join(text for text, _ in marked_text(made)).endswith("⟦Yo‹</s>›⟧")
