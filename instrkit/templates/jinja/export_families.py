"""Layouts of templates whose classes do more than their notation says of plain messages, each written down here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from instrkit.templates.baichuan import Baichuan
from instrkit.templates.base import Template
from instrkit.templates.fastchat import FastChat
from instrkit.templates.hermes import Hermes2Pro
from instrkit.templates.internlm2 import InternLM2
from instrkit.templates.jinja.export_layout import (
    LATE_SYSTEM,
    NO_TEXT,
    SAID,
    Answer,
    Layout,
    Refusal,
    irregular,
    plain,
    regular,
)
from instrkit.templates.llama3 import Llama3HF
from instrkit.templates.minicpm import MiniCPM, Training
from instrkit.templates.phi import Phi3, Phi35
from instrkit.templates.qwen3 import InstructTurns, Qwen3, ThinkingTurns
from instrkit.templates.qwq import QwQ
from instrkit.templates.shared.colon import Colon
from instrkit.templates.shared.layout import for_training, keeps_all
from instrkit.templates.shared.turn import Turn, fixed
from instrkit.templates.starchat import StarChat
from instrkit.templates.tulu import THINK, Tulu, TuluThinker
from instrkit.templates.vicuna import VicunaOneShot, VicunaV1, VicunaZeroShot

__all__ = ["FAMILIES"]

_THINKING: Final = "There is no place for thinking"


def _baichuan(template: Baichuan) -> Layout:
    made = plain(template)
    return replace(made, end=template.eos, ends="answer only", refused=(*made.refused, LATE_SYSTEM))


def _fastchat(template: FastChat) -> Layout:
    made = plain(template, ("in turn", "with text", *(("stripped",) if template.strip else ())))
    return replace(made, first_round=template.first_round)


def _llama3_hf(template: Llama3HF) -> Layout:
    return replace(regular(template), always_open=True)


def _minicpm(template: MiniCPM) -> Layout:
    if not keeps_all(template.layout):
        return regular(template)
    made = regular(Training(default_system=template.default_system))
    return replace(made, end=template.eos, ends="any")


def _phi3(template: Phi3) -> Layout:
    return replace(plain(template), end=template.eos)


def _phi35(template: Phi35) -> Layout:
    return replace(_phi3(template), unwritten=frozenset({"system"}))


def _qwen3(template: Qwen3) -> Layout:
    """The trainer's answers all have a thought, an empty one here; in chat only one behind the last question has."""
    thought = Answer(ThinkingTurns.forms().roles["assistant"], text=f"{SAID}.lstrip('\\n')")
    trains = [for_training(template.layout, generate=generate) for generate in (True, False)]
    chat = "" if all(trains) else "add_generation_prompt" if any(trains) else "true"
    answers = "message['role'] == 'assistant'"
    tags: Refusal = (f"{answers} and '</think>' in {SAID} and '<think>' in {SAID}", _THINKING)
    made = plain(template)
    if not chat:
        return replace(made, answers=(thought,), refused=(*made.refused, tags))
    # questions that spell a tool's result do not count as such
    result = f"message['role'] == 'user' and '<tool_response>' in {SAID}"
    refused: tuple[Refusal, ...] = (
        *made.refused,
        tags,
        (f"{chat} and {answers} and '</think>' in {SAID}", _THINKING),
        (f"{chat} and {result}", "There is no place for the result of a tool"),
    )
    asked = "messages | selectattr('role', 'equalto', 'user') | rejectattr('content', 'none') | list"
    bare = Answer(InstructTurns.forms().roles["assistant"], when=f"{chat} and not (loop.last and ({asked}))")
    return replace(made, answers=(bare, thought), refused=refused)


def _qwq(template: QwQ) -> Layout:
    """Answers but the last one lose the line breaks before them, and in chat the thoughts in them."""
    made = plain(template)
    (answer,) = made.answers
    kept = replace(answer, when=f"loop.last or '</think>' in {SAID}")
    bare = replace(answer, text=f"{SAID}.lstrip('\\n')")
    cut = f"not loop.last and message['role'] == 'assistant' and '</think>' in {SAID}"
    refused = made.refused if keeps_all(template.layout) else (*made.refused, (cut, _THINKING))
    return replace(made, answers=(kept, bare), refused=refused)


def _starchat(template: StarChat) -> Layout:
    return replace(plain(template), default_trained=True)


def _tulu(template: Tulu) -> Layout:
    """No line break follows an answer that ends the text."""
    made = plain(template)
    (answer,) = made.answers
    turn = answer.turn
    last = Turn(turn.before, turn.train, turn.after[:-1])
    return replace(made, answers=(Answer(last, when="loop.last"), answer))


def _tulu_thinker(template: TuluThinker) -> Layout:
    """The tag that an answer begins with carries no loss."""
    made = _tulu(template)
    begins = f"{SAID}.startswith('{THINK}')"
    ways: list[Answer] = []
    for way in made.answers:
        turn = Turn((*way.turn.before, (THINK, "header", False)), way.turn.train, way.turn.after)
        ways.append(Answer(turn, f"{way.when} and {begins}" if way.when else begins, f"{SAID}[{len(THINK)}:]"))
    return replace(made, answers=(ways[0], made.answers[0], ways[1], made.answers[1]))


def _colon(template: Colon, early: str = "") -> Layout:
    """A transcript; *early* is what an answer's loss begins with, of what stands between its name and its text."""
    user, assistant = template.names
    gap, stop = template.gap, template.stop
    between = f"⟦{early}" if early else " ⟦"
    answer = f"{assistant}:{between}{{}}{stop[: template.stopped]}⟧{stop[template.stopped :]}"
    roles = {
        "system": Turn.read(f"{{}}{gap}{template.example}", ()),
        "user": Turn.read(f"{user}: {{}}{gap}", ()),
        "assistant": Turn.read(answer, ()),
    }
    roles["developer"] = roles["system"]
    return Layout(
        roles=roles,
        answers=(Answer(roles["assistant"]),),
        default=template.default_system,
        opening=fixed(f"{assistant}:", ()),
        order="in turn",
        refused=((f"message['role'] in ['user', 'assistant'] and {NO_TEXT[0]}", NO_TEXT[1]),),
    )


def _vicuna(template: VicunaV1) -> Layout:
    """The trainer finds no answers in a text that does not end with one, and takes what it splits at for its own."""
    if "</s>" in template.default_system or "ASSISTANT" in template.default_system:
        raise irregular(template, "the trainer would split its default system text")
    begins = [for_training(template.layout, generate=generate) for generate in (True, False)]
    made = _colon(template, early=" ")
    splits: Refusal = (
        f"'</s>' in {SAID} or 'ASSISTANT' in {SAID}",
        "There is no place for a text with </s> or ASSISTANT, at which the trainer splits",
    )
    return replace(
        made,
        start=fixed("<s>" if any(begins) else "", ()),
        start_when="" if all(begins) else "not add_generation_prompt",
        refused=(*made.refused, splits),
        unmarked="messages[-1]['role'] != 'assistant'",
    )


FAMILIES: Final[dict[type[Template], Callable[[Any], Layout]]] = {
    Baichuan: _baichuan,
    FastChat: _fastchat,
    Hermes2Pro: plain,
    InternLM2: plain,
    Llama3HF: _llama3_hf,
    MiniCPM: _minicpm,
    Phi3: _phi3,
    Phi35: _phi35,
    Qwen3: _qwen3,
    QwQ: _qwq,
    StarChat: _starchat,
    Tulu: _tulu,
    TuluThinker: _tulu_thinker,
    VicunaOneShot: _colon,
    VicunaV1: _vicuna,
    VicunaZeroShot: _colon,
}
"""The layout of each class, for templates of that class, or of one below it that has no method of its own."""
