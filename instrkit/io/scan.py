r"""
Find where the elements of a JSON array (or of a file of JSON objects) begin and end, in bounded memory, damaged or not.

The scanner looks at strings and brackets only, and leaves it to the codec to judge an element. A string never holds a
raw line break, text outside strings is blanks, numbers and three literals, and a bracket has its place in the grammar;
where one of these fails an element is damaged, and the scanner goes on at the next plausible start (see `marks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from instrkit.io.marks import Marks

__all__ = ["BLANKS", "Element", "Note", "Scanner", "lexically_open"]

BLANKS = b" \t\r\n"

# Possessive throughout: each byte is looked at once per attempt, whatever the input.
_STRING = rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
_GAP = rb"[ \t\r\n,:0-9+.truefalsnNIityE\-]*+"
_PLAIN = rb"(?:" + _GAP + _STRING + rb")*+" + _GAP
_RUN = re.compile(_PLAIN + rb"[{}\[\]]")
_PREFIX = re.compile(_PLAIN)
# A whole element without nested brackets at one go; group 1 is the comma before it.
_FLAT = re.compile(rb"[ \t\r\n]*+(,?)[ \t\r\n]*+(\{" + _PLAIN + rb"\})")
_BLANK = re.compile(rb"[ \t\r\n]*+")
_STRING_START = re.compile(rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+')
_SCALAR = re.compile(rb"(?:" + _STRING + rb"|-?[0-9][0-9.eE+\-]*+|true|false|null|NaN|-?Infinity)(?=[ \t\r\n]*+[,\]])")
_GARBAGE = re.compile(rb"[^\n{}\[\],]*+[}\n]?")

_OVERLAP = 4096  # how far back a search for a start goes on after more bytes have come
_CLOSER = {0x7B: 0x7D, 0x5B: 0x5D}
_COMMA, _OPEN, _CLOSE, _BRACE_OPEN, _BRACE_CLOSE, _QUOTE, _COLON = b',[]{}":'


class Element(NamedTuple):
    """
    One element of an array.

    Attributes:
        start: Offset of its first byte in the file.
        end: Offset after its last byte.
        line: The line it starts on, for a damaged element; `Scanner.line_of` counts it for the others.
        truncated: Whether the file ends inside it.
        head: Its first bytes, for a damaged element that was too large to hold.
    """

    start: int
    end: int
    line: int = 0
    truncated: bool = False
    head: bytes = b""


class Note(NamedTuple):
    """Something between the elements that should not be there, or should and is not."""

    line: int
    cause: str


def lexically_open(line: bytes) -> bool:
    """Return whether *line* is the sound beginning of an object that goes on after it."""
    depth, position = 0, 0
    while run := _RUN.match(line, position):
        position = run.end()
        depth += 1 if line[position - 1] in _CLOSER else -1
    return depth > 0 and _PREFIX.fullmatch(line, position) is not None


class Scanner:
    """
    Iterate over the elements and the notes of an array, or of objects one after the other.

    Args:
        chunks: The bytes, from the start of the file or from the start of an element on.
        marks: How elements begin.
        array: Whether they stand in an array; otherwise nothing stands between them.
        start: Offset in the file of the first byte of *chunks*.
        line: Its line, from 1.
        last: Whether *chunks* go to the end of the file.
        limit: Bytes an element may have. Memory is bounded by twice this, and typically by two chunks.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        marks: Marks,
        *,
        array: bool,
        start: int = 0,
        line: int = 1,
        last: bool = True,
        limit: int = 64 << 20,
    ) -> None:
        self._chunks, self._marks, self._array, self._last, self._limit = chunks, marks, array, last, limit
        self._buffer, self._base, self._position = b"", start, 0
        self._line, self._counted = line, 0  # the line of buffer[_counted]
        self._state = "start"  # then: element, comma, closed; cut: nothing is due after damage

    def raw(self, element: Element) -> bytes:
        """Return the bytes of the element just yielded."""
        return element.head or self._buffer[element.start - self._base : element.end - self._base]

    def line_of(self, offset: int) -> int:
        """Return the line of an offset not before the element just yielded."""
        at = offset - self._base
        if at < self._counted:
            self._line -= self._buffer.count(b"\n", at, self._counted)
        else:
            self._line += self._buffer.count(b"\n", self._counted, at)
        self._counted = at
        return self._line

    def __iter__(self) -> Iterator[Element | Note]:
        """Yield elements and notes in the order of the file."""
        self._enter()
        while True:
            flat = _FLAT.match(self._buffer, self._position)
            if flat and (flat.end(1) > flat.start(1)) == (self._array and self._state == "element"):
                if self._state == "closed":
                    yield self._note(flat.start(2), "data after the closing bracket")
                self._position, self._state = flat.end(), "element"
                yield Element(self._base + flat.start(2), self._base + self._position)
            elif not self._skip_blanks():
                break
            else:
                yield from self._step()
        yield from self._finish()

    def _enter(self) -> None:
        if self._base:
            return
        while len(self._buffer) < 4 and self._more(0):
            pass
        self._position = 3 if self._buffer.startswith(b"\xef\xbb\xbf") else 0
        if self._array and self._skip_blanks() and self._buffer[self._position] == _OPEN:
            self._position += 1

    def _more(self, keep: int) -> bool:
        """Take more bytes in, at least as many as are held, and forget those before *keep*; False at the end."""
        taken: list[bytes] = []
        wanted = max(1, len(self._buffer) - keep)
        while wanted > 0 and (chunk := next(self._chunks, b"")):
            taken.append(chunk)
            wanted -= len(chunk)
        if not taken:
            return False
        self.line_of(self._base + keep)
        self._buffer = b"".join((self._buffer[keep:], *taken))
        self._base += keep
        self._position -= keep
        self._counted = 0
        return True

    def _skip_blanks(self) -> bool:
        while True:
            blanks = _BLANK.match(self._buffer, self._position)
            self._position = blanks.end() if blanks else self._position
            if self._position < len(self._buffer):
                return True
            if not self._more(self._position):
                return False

    def _note(self, at: int, cause: str) -> Note:
        return Note(self.line_of(self._base + at), cause)

    def _step(self) -> Iterator[Element | Note]:
        """Deal with whatever stands at the position, which is no blank."""
        at, byte = self._position, self._buffer[self._position]
        if byte == _COMMA:
            self._position += 1
            yield from self._comma(at)
        elif byte == _CLOSE and self._array:
            self._position += 1
            if self._state in {"comma", "closed"}:
                trailing = "trailing comma before the closing bracket"
                yield self._note(at, trailing if self._state == "comma" else "a second closing bracket")
            self._state = "closed"
        elif byte == _OPEN and self._state == "closed":
            self._position, self._state = at + 1, "start"
            yield self._note(at, "a second array after the closing bracket")
        elif byte in _CLOSER or (self._array and self._scalar()):
            if due := self._missing():
                yield self._note(self._position, due)
            self._state = "element"
            yield self._container() if byte in _CLOSER else self._take_scalar()
        else:
            yield self._garbage()

    def _comma(self, at: int) -> Iterator[Note]:
        if not self._array:
            yield self._note(at, "a comma between objects outside an array")
        elif self._state in {"start", "comma"}:
            yield self._note(at, "a comma with no element before it")
        elif self._state == "closed":
            yield self._note(at, "data after the closing bracket")
        self._state = "comma"

    def _missing(self) -> str | None:
        if not self._array or self._state not in {"element", "closed"}:
            return None
        return "missing comma between elements" if self._state == "element" else "data after the closing bracket"

    def _scalar(self) -> re.Match[bytes] | None:
        while True:
            scalar = _SCALAR.match(self._buffer, self._position)
            # A scalar may go on in the bytes to come; a line of garbage ends this.
            if scalar or self._buffer.find(b"\n", self._position) >= 0 or self._held() > self._limit:
                return scalar
            if not self._more(self._position):
                return None

    def _take_scalar(self) -> Element:
        start = self._position
        scalar = _SCALAR.match(self._buffer, start)
        self._position = scalar.end() if scalar else start + 1
        return Element(self._base + start, self._base + self._position)

    def _garbage(self) -> Note:
        note = self._note(self._position, "text between elements" if self._array else "text between objects")
        while True:
            garbage = _GARBAGE.match(self._buffer, self._position)
            end = max(garbage.end() if garbage else 0, self._position + 1)
            self._position = end
            if end < len(self._buffer) or not self._more(end):
                return note

    def _container(self) -> Element:
        """Return the element that begins at the position, an opening bracket."""
        closers = [_CLOSER[self._buffer[self._position]]]
        seen = self._position + 1
        while True:
            run = _RUN.match(self._buffer, seen)
            if run is None:
                start = self._position
                if self._unfinished(seen) and self._held() <= self._limit and self._more(start):
                    seen -= start
                    continue
                return self._resync()
            seen = run.end()
            byte = self._buffer[seen - 1]
            if byte in _CLOSER:
                if not self._fits(seen - 1, closers[-1]):
                    return self._resync()
                closers.append(_CLOSER[byte])
            elif closers.pop() != byte:
                return self._resync()
            elif not closers:
                start, self._position = self._position, seen
                return Element(self._base + start, self._base + seen)

    def _fits(self, at: int, closer: int) -> bool:
        """Return whether a bracket may open here: after a colon in an object, after a comma or bracket in an array."""
        at -= 1
        while self._buffer[at] in BLANKS:
            at -= 1
        before = self._buffer[at]
        return before == _COLON if closer == _BRACE_CLOSE else before in {_COMMA, _OPEN}

    def _unfinished(self, seen: int) -> bool:
        """Return whether no bracket follows merely because the bytes held end too early."""
        prefix = _PREFIX.match(self._buffer, seen)
        at = prefix.end() if prefix else seen
        if at == len(self._buffer):
            return True
        string = _STRING_START.match(self._buffer, at)  # None at text outside a string
        # The string stops at a line break, or at a backslash whose partner may be still to come.
        return string is not None and self._buffer[string.end() :] in {b"", b"\\"}

    def _held(self) -> int:
        return len(self._buffer) - self._position

    def _resync(self) -> Element:
        """Return the damaged element at the position; go on at the next plausible start."""
        start, head = self._base + self._position, b""
        line = self.line_of(start)
        search = self._position + 1
        self._state = "cut"
        while not (found := self._marks.start.search(self._buffer, search)):
            search = max(self._position + 1, len(self._buffer) - _OVERLAP)
            keep = self._position
            if self._held() > self._limit:
                head = head or self._buffer[keep : keep + _OVERLAP]
                keep = search
                self._position = search
            if not self._more(keep):
                return self._last_damaged(start, head, line)
            search -= keep
        self._position = found.start(1)
        # Seen from the next start, blanks and the comma before it belong to neither.
        before = self._buffer[max(0, start - self._base) : self._position].rstrip(BLANKS)
        end = self._base + max(0, start - self._base) + len(before.removesuffix(b",").rstrip(BLANKS))
        return Element(start, end, line, head=head)

    def _last_damaged(self, start: int, head: bytes, line: int) -> Element:
        """End a damaged element at the array's closing bracket, if there is one, else at the end of the bytes."""
        low = max(0, start - self._base)
        tail = self._buffer[low:].rstrip(BLANKS)
        inner = tail.removesuffix(b"]")
        closed = self._array and inner != tail and (inner[-1:] == b"\n" or inner.rstrip(BLANKS).endswith(b"}"))
        self._position = low + len(inner) if closed else len(self._buffer)
        body = inner.rstrip(BLANKS).removesuffix(b",") if closed else tail.removesuffix(b",")
        end = self._base + low + len(body.rstrip(BLANKS))
        return Element(start, end, line, truncated=self._last and not closed, head=head)

    def _finish(self) -> Iterator[Note]:
        at = len(self._buffer)
        if not self._array:
            return
        if self._last:
            if self._state in {"start", "element", "comma"}:
                yield self._note(at, "missing closing bracket")
        elif due := self._missing():
            yield self._note(at, due)
