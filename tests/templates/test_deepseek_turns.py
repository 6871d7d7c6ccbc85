"""The turns of V3 and R1 remember what has been opened."""

from instrkit.sample import Message, ToolCall
from instrkit.templates.deepseek_tokens import ASSISTANT, CALLS, CALLS_END, EOS, OUTPUTS, OUTPUTS_END
from instrkit.templates.deepseek_turns import DeepSeekTurns

CALL = Message("assistant", None, tool_calls=(ToolCall(name="f"),))


def turns(*, whole: bool = False, closes: bool = True) -> DeepSeekTurns:
    return DeepSeekTurns([], whole=whole, role_loss=False, output_gap="", closes=closes)


def written(made: DeepSeekTurns) -> str:
    return "".join(piece[0] for piece in made.pieces)


def test_calls_are_opened_once() -> None:
    made = turns()
    made.calls(CALL, 0, ["{}"])
    made.calls(CALL, 1, ["{}"])
    assert written(made).count(CALLS) == written(made).count(ASSISTANT) == 1
    assert written(made).count(CALLS_END + EOS) == 2


def test_where_turns_are_not_closed_later_calls_are() -> None:
    made = turns(closes=False)
    made.calls(CALL, 0, ["{}"])
    assert EOS not in written(made)
    made.calls(CALL, 1, ["{}"])
    assert written(made).endswith(CALLS_END + EOS)


def test_results_are_opened_once_and_ended_where_they_end() -> None:
    made = turns()
    made.result(Message("tool", "1"), 0)
    made.answer(Message("assistant", "a</think>b"), 1)
    made.result(Message("tool", "2"), 2)
    assert not made.end()
    assert written(made).count(OUTPUTS) == 1
    assert written(made).count(OUTPUTS_END) == 2
    assert "a</think>b" in written(made)


def test_an_answer_can_be_opened_behind_anything_else() -> None:
    made = turns()
    made.user(Message("user", "x"), 0)
    assert made.end()
