"""Functions are told as JSON, the model's own tools in fixed words, and anything else is refused."""

import pytest

from instrkit.errors import TemplateError
from instrkit.templates.glm4_tools import described


def told(*tools):
    return "".join(piece[0] for piece in described(tools, "S"))


def test_functions_as_json():
    assert told({"type": "function", "function": {"name": "f", "parameters": {"类型": 1}}}) == (
        'S\n\n# 可用工具\n## f\n\n{\n    "name": "f",\n    "parameters": {\n        "类型": 1\n    }\n}'
        "\n在调用上述函数时，请使用 Json 格式表示调用的参数。"
    )


def test_a_function_without_its_envelope():
    assert told({"name": "f"}) == told({"type": "function", "function": {"name": "f"}})


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("python", "这些在线内容的访问将不会成功。"),
        ("simple_browser", "也可以再次使用 `search` 进行搜索。"),
        ("cogview", "遵循中国社会主义价值观。"),
    ],
    ids=["python", "simple_browser", "cogview"],
)
def test_the_models_own_tools(kind, end):
    text = told({"type": kind})
    assert text.startswith(f"S\n\n# 可用工具\n## {kind}\n\n")
    assert text.endswith(end)


@pytest.mark.parametrize("tool", [{"type": "other"}, {"type": ["x"]}, "f", None], ids=["type", "list", "text", "none"])
def test_anything_else_is_refused(tool):
    with pytest.raises(TemplateError, match=r"tools\[1\]: unknown type .*: expected function, python"):
        described([{"name": "f"}, tool], "S")


def test_what_the_sample_says_is_no_header():
    kinds = {piece[0]: piece[1] for piece in described([{"name": "<|user|>"}], "S")}
    assert kinds["<|user|>"] == "tool"
