"""
A filter of your own, used in a recipe: keep samples whose question ends as a question or an order does.

A script's own ops run in its own process. To use one from the command line and in several processes, put it into an
installed package that names its module under the entry point group `instrkit.ops`.
"""

from pathlib import Path

import instrkit
from instrkit.ops import Filter, op
from instrkit.recipe import parse_recipe


@op("finished_question")
class FinishedQuestion(Filter):
    """Judge whether the last question ends with a mark that ends sentences: 1.0 yes, 0.0 no."""

    min: float | None = 1.0
    why = "unfinished question"

    def measure_one(self, sample: instrkit.Sample) -> float:
        """Return 1.0 or 0.0; samples without a question are kept."""
        questions = [message.text.rstrip() for message in sample.messages if message.role == "user"]
        return float(not questions or questions[-1].endswith((".", "?", "!", ":", "。", "？", "！", "：")))


RECIPE = """
version: 1
steps:
  - finished_question
  - length: {max: 2000}
"""

report = instrkit.clean(Path(__file__).parent / "data" / "openai.jsonl", "custom-op-out", parse_recipe(RECIPE))
for step, sources in report.steps.items():
    print(step, sources["openai"].dropped)
