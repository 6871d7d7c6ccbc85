"""The page needs nothing else, and no text of a sample can become markup."""

from html.parser import HTMLParser

import instrkit
from instrkit.sample import Message, Sample
from instrkit.show import page, show


def made(*messages: Message, template: str = "chatml") -> str:
    sample = Sample(messages)
    return page([show(sample, instrkit.render(sample, template))], "a & b")


class Texts(HTMLParser):
    """Collects the text of a page, and the tags and addresses in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.data: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in {"src", "href"}]

    def handle_data(self, data):
        self.data.append(data)


def test_the_text_stands_in_it():
    said = "".join(Texts(made(Message("user", "1 < 2 & 3"), Message("assistant", "好\n的"))).data)
    assert "1 < 2 & 3" in said
    assert "好⏎\n的" in said


def test_it_needs_nothing_from_elsewhere():
    found = Texts(made(Message("user", "x")))
    assert found.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(found.tags)


def test_text_cannot_become_markup():
    found = Texts(made(Message("user", "<script>alert(1)</script><img src=x>")))
    assert not {"script", "img"} & set(found.tags)


def test_text_cannot_turn_the_direction_of_writing():
    sample = Sample((Message("user", "a\u202eb\x1b[2J"), Message("assistant", "c")), id="x\u2066y")
    said = page([show(sample, instrkit.render(sample, "chatml"))])
    assert "a⟨RLO⟩b␛[2J" in said
    assert "x⟨LRI⟩y" in said
    assert not {"\u202e", "\u2066", "\x1b"} & set(said)


def test_loss_and_masks_are_marked():
    said = made(Message("tool", "result"), Message("assistant", "answer"))
    assert '<span class="r tool masked"' in said
    assert '<span class="r text loss"' in said


def test_what_was_lost_is_said():
    assert "system message dropped" in made(Message("system", "S"), Message("user", "q"), template="alpaca")
