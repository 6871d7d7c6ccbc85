"""One Alpaca record to a training text, then the example data cleaned into ./quickstart-out."""

from pathlib import Path

import instrkit

sample = instrkit.parse({"instruction": "Name a prime.", "input": "", "output": "7"})
print(instrkit.dump(sample, "openai"))

rendered = instrkit.render(sample, "chatglm2")
print(repr(rendered.text))
print("trained:", [rendered.text[start:end] for start, end in rendered.loss_spans])

report = instrkit.clean(Path(__file__).parent / "data", "quickstart-out")
print(f"{report.read} read, {report.kept} kept, {report.dropped} dropped, {report.rejected_records} rejected")
