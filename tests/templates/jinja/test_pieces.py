"""A rendering is cut so that every piece has one kind, one owner and one mask, and all of them are the text."""

from instrkit.templates.control import control_tokens
from instrkit.templates.jinja.marks import Spot
from instrkit.templates.jinja.pieces import pieces_of

TOKENS = control_tokens(("<s>", "<e>"))
ENDS = frozenset({"<e>"})


def cut(text: str, *spots: Spot, loss: tuple = ()) -> list:
    pieces = pieces_of(text, list(spots), list(loss), TOKENS, ENDS)
    assert "".join(piece[0] for piece in pieces) == text
    return [piece[:4] for piece in pieces]


def test_a_turn():
    assert cut("<s>u:hi<e>\n", Spot(5, 7, (0, "content"))) == [
        ("<s>", "special", 0, False),
        ("u:", "header", 0, False),
        ("hi", "content", 0, False),
        ("<e>", "end", 0, False),
        ("\n", "separator", 0, False),
    ]


def test_whole_turns_before_the_first_text_are_the_templates_own():
    assert cut("S<e>u:hi", Spot(6, 8, (0, "content")))[:3] == [
        ("S", "header", None, False),
        ("<e>", "special", None, False),
        ("u:", "header", 0, False),
    ]


def test_a_control_token_in_a_text_is_text():
    assert cut("u:<e>", Spot(2, 5, (0, "content"))) == [("u:", "header", 0, False), ("<e>", "content", 0, False)]


def test_loss_cuts_pieces():
    assert cut("u:hi", Spot(2, 4, (0, "content")), loss=((1, 3),)) == [
        ("u", "header", 0, False),
        (":", "header", 0, True),
        ("h", "content", 0, True),
        ("i", "content", 0, False),
    ]


def test_what_opens_an_answer_is_nobodys():
    assert cut("hi<e><s>a:", Spot(0, 2, (0, "content")))[2:] == [
        ("<s>", "special", None, False),
        ("a:", "header", None, False),
    ]
