"""Alpaca-LoRA: Alpaca's layout in the four wordings of its template files."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.alpaca import Alpaca
from instrkit.templates.base import template
from instrkit.templates.shared.instruction import Instruction

__all__ = ["AlpacaLora", "AlpacaLoraLegacy", "AlpacaLoraShort", "Vigogne"]

_LORA = "tloen/alpaca-lora@8bb8579e403d:utils/prompter.py + finetune.py"


@template("alpaca-lora:alpaca", "alpaca-lora")
class AlpacaLora(Instruction):
    """
    Write the last question and its answer as `templates/alpaca.json`: Alpaca with a line break before the response.

    The loss is that of `finetune.py --train_on_inputs False`; the script's default trains the prompt too, which is the
    loss policy `all`.
    """

    source: ClassVar[str] = f"{_LORA} + templates/alpaca.json"
    summary: ClassVar[str] = "Alpaca-LoRA: Alpaca with a line break before the response"

    with_input: ClassVar[str | None] = Alpaca.with_input
    without_input: ClassVar[str] = Alpaca.without_input
    response: ClassVar[str] = "\n\n### Response:\n"


@template("alpaca-lora:alpaca_legacy")
class AlpacaLoraLegacy(AlpacaLora):
    """Write the last question and its answer as `templates/alpaca_legacy.json`: Stanford's text."""

    source: ClassVar[str] = f"{_LORA} + templates/alpaca_legacy.json"
    summary: ClassVar[str] = "Alpaca-LoRA, legacy: Stanford Alpaca's text, without that line break"

    response: ClassVar[str] = Alpaca.response


@template("alpaca-lora:alpaca_short")
class AlpacaLoraShort(AlpacaLora):
    """Write the last question and its answer as `templates/alpaca_short.json`: the headings alone."""

    source: ClassVar[str] = f"{_LORA} + templates/alpaca_short.json"
    summary: ClassVar[str] = "Alpaca-LoRA, short: the headings without the sentences before them"

    with_input: ClassVar[str | None] = "### Instruction:\n{instruction}\n\n### Input:\n{input}"
    without_input: ClassVar[str] = "### Instruction:\n{instruction}"


@template("alpaca-lora:vigogne")
class Vigogne(AlpacaLora):
    """Write the last question and its answer as `templates/vigogne.json`, in French."""

    source: ClassVar[str] = f"{_LORA} + templates/vigogne.json"
    summary: ClassVar[str] = "Alpaca-LoRA, Vigogne: Alpaca in French"

    with_input: ClassVar[str | None] = (
        "Ci-dessous se trouve une instruction qui décrit une tâche, associée à une entrée qui fournit un contexte "
        "supplémentaire. Écrivez une réponse qui complète correctement la demande.\n\n"
        "### Instruction:\n{instruction}\n\n### Entrée:\n{input}"
    )
    without_input: ClassVar[str] = (
        "Ci-dessous se trouve une instruction qui décrit une tâche. "
        "Écrivez une réponse qui complète correctement la demande.\n\n"
        "### Instruction:\n{instruction}"
    )
    response: ClassVar[str] = "\n\n### Réponse:\n"
