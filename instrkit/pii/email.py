"""E-mail addresses of people: glued to Chinese text or free, full-width or ASCII."""

from __future__ import annotations

import re

from instrkit.pii.base import RULES, Rule

__all__: list[str] = []

_PATTERN = re.compile(
    r"(?<![0-9A-Za-z_%+@])"
    r"(?P<local>[0-9A-Za-z_](?:[0-9A-Za-z._%+'-]{0,62}[0-9A-Za-z_%+-])?)"
    r"@(?P<domain>(?:[0-9A-Za-z-]{1,63}\.){1,6}(?:[a-z]{2,24}|[A-Z]{2,24}|Com|Net|Org|Edu|Cn|[Xx][Nn]--[0-9A-Za-z-]{2,59}))"
    r"(?![0-9A-Za-z])"
)
# The last label is of one case, so that a sentence begun without a blank (`bob@corp.com.Thanks`) is not part of it.

_RESERVED = re.compile(
    # RFC 2606, 6761, 6762, 7686, 9476; ICANN 2024 for `internal`
    r"(?:^|\.)(?:example|test|invalid|localhost|local|onion|alt|arpa|internal)$"
    r"|(?:^|\.)example\.[a-z.]{2,8}$"  # RFC 2606 for com, net, org; the same word is nobody's elsewhere either
    r"|^(?:your-?|my-?|some-?|example-?|sample-?)?(?:domain|company|website|host|server|provider|organi[sz]ation)"
    r"\.(?:com|org|net|cn|com\.cn)$"
)
_PLACEHOLDER = re.compile(
    r"(?:your|my|some)?[._-]?(?:e?-?mail|name|user|user-?name|address|account|someone|somebody|recipient|sender)"
    r"(?:[._-]?(?:e?-?mail|name|address|id|here))?"
    r"|your[._a-z-]{1,24}|my[._-][a-z._-]{0,16}(?:address|e?mail|account|name)"
    r"|example|sample|demo|test(?:er|user|email)?|(?:first|given)[._-]?(?:last|sur|family)?[._-]?name"
    r"|firstname[._-]lastname|x{2,20}|foo|bar|foobar"
)
_ROLES = (
    # RFC 2142, and what organisations use the same way
    "abuse admin administrator billing career careers contact contactus contact-us customercare customerservice"
    " customer.service daemon do-not-reply donotreply enquiries feedback ftp git hello help helpdesk hostmaster hr info"
    " inquiries inquiry jobs mailer-daemon marketing media news newsletter no-reply no_reply noc noreply notifications"
    " office orders postmaster press privacy recruiting reception root sales security service services subscribe"
    " support team unsubscribe usenet uucp webmaster www"
)
_FILES = (
    "png jpg jpeg gif svg webp bmp ico css js jsx tsx json html htm php txt pdf csv xml yml yaml exe dll jar java cpp"
    " mp3 mp4 wav doc docx xls xlsx ppt pptx ini cfg conf log sql"
)
_URL_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.]{1,14}://[0-9A-Za-z._~!$&'()*+=:%@-]{0,200}\Z")
_REMOTE_AFTER = re.compile(r":(?:[~/]|[0-9A-Za-z._-]{1,64}/)")
_REMOTE_BEFORE = re.compile(
    r"(?<![0-9A-Za-z])(?:ssh|scp|sftp|rsync|git clone)[ ](?:-[0-9A-Za-z]{1,8}[ ](?:[0-9]{1,5}[ ])?)?\Z"
)
_CALLED = re.compile(r"\(|\[[0-9:]")
_COMMON_TLD = re.compile(r"com|cn|net|org|edu|gov|[a-z]{2}")


def _judge(found: re.Match[str]) -> str | None:
    local, domain, text = found["local"].lower(), found["domain"].lower(), found.string
    before, last = text[max(0, found.start() - 220) : found.start()], domain.rpartition(".")[2]
    if ".." in local or domain.startswith("-") or "-." in domain or ".-" in domain:
        return "not an address"
    if last in _FILES.split():
        return "file name"
    if _URL_LOGIN.search(before):
        return "login of a URL"
    if local in {"git", "hg", "svn"} or _REMOTE_AFTER.match(text, found.end()) or _REMOTE_BEFORE.search(before):
        return "remote login"
    if _CALLED.match(text, found.end()) and not _COMMON_TLD.fullmatch(last):
        return "code"
    if _RESERVED.search(domain):
        return "reserved domain"
    if local in _ROLES.split():
        return "role mailbox"
    return "placeholder" if _PLACEHOLDER.fullmatch(local) else None


def _derived(canonical: str) -> tuple[str, ...]:
    local, _, domain = canonical.partition("@")
    # A local part of letters alone may be any word: `offers`.
    return (domain,) if local.isalpha() or len(local) < 5 else (local, domain)


def _names(canonical: str) -> tuple[str, ...]:
    labels = canonical.rpartition("@")[2].split(".")
    return (canonical, *(".".join(labels[k:]) for k in range(len(labels) - 1)))


def _mask(canonical: str) -> str:
    return f"{canonical[0]}***@{canonical.rpartition('@')[2]}"


RULES.add(
    "email",
    Rule(
        summary="e-mail addresses; not reserved domains, role mailboxes, logins, file names",
        tag="EMAIL",
        tag_zh="邮箱",
        gate=lambda text, _: "@" in text or "＠" in text,
        pattern=_PATTERN,
        judge=_judge,
        canonical=str.lower,
        subject=re.compile(r"e-?mail[ ](?:address|id|account)|邮箱|邮件地址|电邮地址", re.IGNORECASE),
        derived=_derived,
        mask=_mask,
        names=_names,
        priority=10,
    ),
)
