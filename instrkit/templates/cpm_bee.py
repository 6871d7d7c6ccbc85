"""CPM-Bee: a tree of texts by name, written key by key, with the answer under `<ans>`."""

from __future__ import annotations

from typing import ClassVar, Literal

from instrkit.sample import Sample
from instrkit.templates.base import Kind, Piece, Template, special, template
from instrkit.templates.cpm_bee_tree import ANS, Leaf, Node, cut, tree_of

__all__ = ["CPMBee"]

_BASIC = "\uffff"
_BEGIN = special("<s>")
_END = special("</s>")


@template("cpm-bee")
class CPMBee(Template):
    """
    Write keys and texts in the order of the record, each between `<s>` and `</s>`; texts of the answer have no `</s>`.

    Those texts are trained, with the `<s>` before each: what is predicted there is the next token, and `</s>` behind
    the last. Training shuffles the answers under `<ans>`; here they keep their order.

    Marks are numbered anew in the order they appear: `<mask_7>` is `<mask#0>` where it is the first mask, for the
    model's tokens are `<mask>` with a number beside it. In the same way a text that the vocabulary lacks becomes
    `<unk#0>`. Both are reported as altered text. Marks are control tokens where a CPM-Bee record has them; in other
    samples `<mask_0>` is text.

    A sample of another format is a record with `input`, or `prompt` and `input`; several rounds are a transcript whose
    answers are masks, as in the project's own chat tutorial.

    Attributes:
        vocabulary: Which characters have a token: `basic` those up to U+FFFF, so that emoji are unknown, `all` every
            one. CPM-Bee's own list of words is not part of this package.
    """

    vocabulary: Literal["basic", "all"] = "basic"

    source: ClassVar[str] = "OpenBMB/CPM-Bee@95cc575e956c:src/cpm_live/training_tasks/bee/pretrain.py"
    summary: ClassVar[str] = "CPM-Bee: a tree of texts by name, the answer under <ans>"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<root>", "<ans>", "<mask>", "<option>", "<unk>", "<pad>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the texts under `<ans>` are trained."""
        root = tree_of(sample, generate=generate)
        writer = _Writer(self.vocabulary == "basic")
        return [_BEGIN, special("<root>"), _END, *writer.node(root, None, "$", train=False)]


class _Writer:
    """Writes a tree and counts its marks and unknown texts."""

    def __init__(self, basic: bool) -> None:
        self.basic = basic
        self.numbers: dict[str, dict[str, int]] = {}

    def node(self, node: Node, message: int | None, path: str, *, train: bool) -> list[Piece]:
        """The pieces of an object: each key, then what stands under it."""
        pieces: list[Piece] = []
        for key, value in node.children.items():
            answer = train or (path == "$" and key == ANS)
            at = f"{path}.{key}"
            owner = node.message if isinstance(value, Node) or not value else value[0].message
            pieces.append(_BEGIN)
            if path == "$" and key == ANS:
                pieces.append(special(ANS))
            else:
                pieces += self.leaf(Leaf(key, owner, "raw"), at, "header", train=False)
            pieces.append(_END)
            if isinstance(value, Node):
                pieces += self.node(value, owner, at, train=answer)
                continue
            last = value[-1].message if value else message
            trained = answer and bool(value)
            pieces.append(("<s>", "special", last if trained else None, trained, None))
            for leaf in value:
                kind: Kind = "header" if leaf.message is None else "content"
                pieces += self.leaf(leaf, at, kind, train=trained)
            if not answer:
                pieces.append(_END)
        return pieces

    def leaf(self, leaf: Leaf, path: str, kind: Kind, *, train: bool) -> list[Piece]:
        """The pieces of a text: marks by name and number, and what stands between them."""
        pieces: list[Piece] = []
        for text, mark in cut(leaf.text, leaf.way, path):
            if mark:
                numbered = self.numbered(text[1:-1].partition("_")[0], text) if "_" in text else text
                # `end`: under an answer a mark is what is said, and the policy `assistant` trains it
                pieces.append((numbered, "end" if train else "special", leaf.message, train, None))
            elif not self.basic or text.isascii() or max(text) <= _BASIC:
                pieces.append((text, kind, leaf.message, train, None))
            else:
                pieces += [(said, kind, leaf.message, train, None) for said in self.known(text)]
        return pieces

    def known(self, text: str) -> list[str]:
        """*text* in pieces, each stretch of unknown characters by its number."""
        pieces: list[str] = []
        start = 0
        for at in range(1, len(text) + 1):
            if at < len(text) and (text[at] > _BASIC) == (text[start] > _BASIC):
                continue
            piece = text[start:at]
            pieces.append(self.numbered("unk", piece) if piece[0] > _BASIC else piece)
            start = at
        return pieces

    def numbered(self, name: str, text: str) -> str:
        """The token for *text*: the same text has the same number."""
        numbers = self.numbers.setdefault(name, {})
        return f"<{name}#{numbers.setdefault(text, len(numbers))}>"
