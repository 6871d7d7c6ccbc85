"""FastChat's separator styles in the notation of layouts."""

import pytest

from instrkit.templates.shared.separators import Style, chatml, colon, glued, llama2, new_line, phoenix, rounds, spelled

ROLES = ("Q", "A")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        pytest.param(colon(ROLES, "\n"), ("Q: {}\n", "A: ⟦{}\n⟧", "Q:", "A:"), id="colon"),
        pytest.param(colon(ROLES, " ", "</s>"), ("Q: {} ", "A: ⟦{}</s>⟧", "Q:", "A:"), id="colon-two"),
        pytest.param(colon(ROLES, "\n", open_space=True), ("Q: {}\n", "A: ⟦{}\n⟧", "Q: ", "A: "), id="colon-space"),
        pytest.param(glued(ROLES, ""), ("Q{}", "A⟦{}⟧", "Q", "A"), id="glued"),
        pytest.param(new_line(ROLES, "\n"), ("Q\n{}\n", "A\n⟦{}\n⟧", "Q\n", "A\n"), id="new-line"),
        pytest.param(chatml(ROLES, "|"), ("Q\n{}|\n", "A\n⟦{}|⟧\n", "Q\n", "A\n"), id="chatml"),
        pytest.param(rounds("\n"), ("[Round ⟨n⟩]\n问：{}\n", "答：⟦{}\n⟧", "[Round ⟨n⟩]\n问：", "答："), id="rounds"),
        pytest.param(llama2(ROLES, " ", "|", "<"), ("Q {} ", "A ⟦{}|⟧<", "Q", "A"), id="llama2"),
        pytest.param(phoenix(ROLES), ("Q: <s>{}</s>", "A: <s>⟦{}</s>⟧", "Q: <s>", "A: <s>"), id="phoenix"),
        pytest.param(spelled(ROLES, ("|", ""), opening=("q", "a")), ("Q{}|", "A⟦{}⟧", "q", "a"), id="spelled"),
    ],
)
def test_a_style_is_four_lines(style: Style, expected: tuple[str, ...]):
    assert style == expected
