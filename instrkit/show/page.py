"""Samples as one HTML page that needs nothing else: no script from elsewhere, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from instrkit.show.runs import Run, Shown
from instrkit.visible import named_controls

__all__ = ["page"]

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1c1e21; --dim: #757a83; --line: #e3e4e0;
  --loss: #0b6b3a; --wash: #e2f5e8; --token: #5b5fc7; --token-wash: #ebebfb; --tool: #8a5a00; --alert: #b3261e;
  --hatch: #e9d9b4;  --think: #7a3e9d; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1b1e24; --ink: #e8e9eb; --dim: #8b929e;
  --line: #2c3038; --loss: #7ee2a8; --wash: #143524; --token: #a9acff; --token-wash: #26284a; --tool: #e3b341;
  --alert: #ff8a80; --hatch: #5a4a1e; --think: #d7a6f5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; } h2 { font-size: 1rem; margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; color: var(--dim); margin-top: .8rem; }
.sample { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 1.5rem;
  overflow: hidden; }
.head { padding: .8rem 1.1rem; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .2rem 1rem;
  align-items: baseline; }
.counts { color: var(--dim); font-size: .85rem; } .note { color: var(--alert); font-size: .85rem; width: 100%; }
.bar { height: 4px; background: var(--line); } .bar i { display: block; height: 4px; background: var(--loss); }
.turn { display: grid; grid-template-columns: 6.5rem 1fr; border-top: 1px solid var(--line); }
.turn:first-of-type { border-top: 0; }
.role { padding: .6rem .4rem .6rem 1.1rem; color: var(--dim); font-size: .8rem; border-right: 3px solid var(--line); }
.turn.loss .role { border-color: var(--loss); color: var(--loss); font-weight: 600; }
pre { margin: 0; padding: .6rem 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 13.5px/1.65 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; }
.r { color: var(--dim); } .r.loss { color: var(--ink); background: var(--wash); box-shadow: 0 1px 0 var(--loss); }
.control { color: var(--token); background: var(--token-wash); border-radius: .25rem; padding: .05rem .2rem;
  font-size: .92em; }
.control.loss { color: var(--loss); background: var(--wash); outline: 1px solid var(--loss); box-shadow: none; }
.header { font-style: normal; opacity: .85; } .thinking { font-style: italic; } .thinking.loss { color: var(--think); }
.tool { color: var(--tool); }
.masked { background: repeating-linear-gradient(-45deg, transparent 0 5px, var(--hatch) 5px 7px); }
.lookalike { color: var(--alert); text-decoration: underline wavy; }
.nl { opacity: .45; user-select: none; } sup { color: var(--alert); font-size: .7em; }
footer { color: var(--dim); text-align: center; padding: 1rem; font-size: .8rem; }
"""

LEGEND = (
    ("r text loss", "carries loss"),
    ("r text", "does not"),
    ("r control", "control token"),
    ("r control loss", "control token with loss"),
    ("r thinking loss", "thinking"),
    ("r tool masked", "tool result, masked"),
    ("r lookalike", "looks like a control token, is text"),
)


def page(samples: Iterable[Shown], title: str = "instrkit render") -> str:
    """
    Return *samples* as a page, one after another.

    Args:
        samples: What to show.
        title: The page's title.
    """
    body = "".join(_sample(number, shown) for number, shown in enumerate(samples, 1))
    legend = "".join(f'<span><span class="{name}">{escape(said)}</span></span>' for name, said in LEGEND)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_said(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{_said(title)}</h1>What a model is shown, and what of it is trained."
        f'<div class="legend">{legend}</div></header>\n<main>\n{body}</main>\n'
        "<footer>every character is shown as it is rendered; ⏎ marks a line end</footer>\n</body>\n</html>\n"
    )


def _sample(number: int, shown: Shown) -> str:
    share = shown.trained / shown.characters if shown.characters else 0.0
    notes = "".join(f'<div class="note">{_said(note)}</div>' for note in shown.notes)
    turns = "".join(_turn(list(runs)) for _, runs in groupby(shown.runs, key=lambda run: run.message))
    return (
        f'<section class="sample" id="s{number}"><div class="head"><h2>{number} · {_said(shown.title)}</h2>'
        f'<span class="counts">{_said(shown.template)} · {escape(shown.summary)}</span>{notes}</div>'
        f'<div class="bar"><i style="width:{share:.1%}"></i></div>{turns}</section>\n'
    )


def _turn(runs: list[Run]) -> str:
    """The stretches of one message, or of the template between two."""
    trained = " loss" if any(run.train for run in runs) else ""
    text = "".join(map(_run, runs))
    return f'<div class="turn{trained}"><div class="role">{escape(runs[0].role)}</div><pre>{text}</pre></div>\n'


def _run(run: Run) -> str:
    names = ["r", run.look]
    if run.train:
        names.append("loss")
    elif run.role == "tool" and run.look == "tool":
        names.append("masked")
    where = "template" if run.message is None else f"messages[{run.message}]"
    said = _said(run.text).replace("\n", '<span class="nl">⏎</span>\n')
    label = "" if run.label is None else f"<sup>label {_said(run.label)}</sup>"
    trained = "carries loss" if run.train else "no loss"
    return f'<span class="{" ".join(names)}" title="{where} · {run.look} · {trained}">{said}</span>{label}'


def _said(text: str) -> str:
    """*text* without markup, and without what would turn the direction of what stands behind it."""
    return escape(named_controls(text), quote=False)
