"""BenTsao (HuaTuo): medical questions in the three Chinese wordings of its template files."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.instruction import Instruction

__all__ = ["HuaTuo", "HuaTuoBloom", "HuaTuoLiterature"]

_HUATUO = "SCIR-HI/Huatuo-Llama-Med-Chinese@ba9b3d65b33b:utils/prompter.py + finetune.py"


@template("huatuo:med_template", "bentsao", "huatuo")
class HuaTuo(Instruction):
    """
    Write the last question and its answer as `templates/med_template.json`.

    The layout has no place for an input beside the instruction: it is left out, as the reference does, and reported.
    The full stop before the first line break is ASCII's.
    """

    source: ClassVar[str] = f"{_HUATUO} + templates/med_template.json"
    summary: ClassVar[str] = "BenTsao (HuaTuo): a medical question and its answer; no input"

    with_input: ClassVar[str | None] = "下面是一个问题，运用医学知识来正确回答提问.\n### 问题:\n{instruction}"
    without_input: ClassVar[str] = "下面是一个问题，运用医学知识来正确回答提问.\n### 问题:\n{instruction}"
    response: ClassVar[str] = "\n### 回答:\n"


@template("huatuo:bloom_deploy")
class HuaTuoBloom(Instruction):
    """
    Write the last question and its answer as `templates/bloom_deploy.json`: no heading above the question.

    An input is left out and reported; where there is one, the file has two more line breaks before the answer.
    """

    source: ClassVar[str] = f"{_HUATUO} + templates/bloom_deploy.json"
    summary: ClassVar[str] = "BenTsao for Bloom: a medical question without a heading; no input"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", "<pad>")

    with_input: ClassVar[str | None] = "下面是一个问题，运用医学知识来正确回答提问.\n{instruction}\n\n"
    without_input: ClassVar[str] = "下面是一个问题，运用医学知识来正确回答提问.\n{instruction}"
    response: ClassVar[str] = "\n### 回答：\n"


@template("huatuo:literature_template")
class HuaTuoLiterature(Instruction):
    """
    Write the last question and its answer as `templates/literature_template.json`.

    The file has no wording for a question with an input, and the reference fails on one: so it is refused here.
    """

    source: ClassVar[str] = f"{_HUATUO} + templates/literature_template.json"
    summary: ClassVar[str] = "BenTsao for medical literature: a task and its answer; an input is refused"

    with_input: ClassVar[str | None] = None
    without_input: ClassVar[str] = (
        "以下是描述任务的说明，编写适当地回复完成请求的响应。\n\n ### 说明:\n{instruction}"  # the blank is the file's
    )
    response: ClassVar[str] = "\n\n### 回复:\n"
