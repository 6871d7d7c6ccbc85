"""IP addresses, version 4 and 6, that lead to somebody: globally routable, and not a version or a section number."""

from __future__ import annotations

import re
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import pairwise

from instrkit.pii.base import RULES, Rule

__all__: list[str] = []

_PATTERN = re.compile(
    r"(?<![0-9A-Za-z.])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])"
    # All global unicast addresses lie in 2000::/3 (RFC 4291 2.4), so `::`, `10:30:00` and `fe80::1` never get here.
    r"|(?<![0-9A-Za-z:.])[23][0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{0,4}){1,6}:[0-9A-Fa-f]{1,4}(?![0-9A-Za-z]|:[0-9A-Fa-f:]|\.[0-9])"
)

# IANA special-purpose registries, 2024-10. Not `is_global`: its answer changed within Python 3.11 and 3.12.
_SPECIAL = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24"
    " 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24"
    " 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
)
# What Google, Cloudflare, Quad9, OpenDNS, Verisign, Level 3, AdGuard, Yandex, 114DNS, AliDNS, DNSPod, Baidu, CNNIC,
# DNSPai and OneDNS publish for everybody.
_RESOLVERS = (
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 1.1.1.2 1.1.1.3 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 64.6.64.6"
    " 64.6.65.6 4.2.2.1 4.2.2.2 4.2.2.3 4.2.2.4 94.140.14.14 94.140.15.15 77.88.8.8 114.114.114.114 114.114.115.115"
    " 223.5.5.5 223.6.6.6 119.29.29.29 182.254.116.116 180.76.76.76 1.2.4.8 210.2.4.8 101.226.4.6 117.50.10.10"
    " 2001:4860:4860::8888 2001:4860:4860::8844 2606:4700:4700::1111 2606:4700:4700::1001 2620:fe::fe 2620:fe::9"
    " 2400:3200::1 2400:3200:baba::1"
)

_VERSION_BEFORE = re.compile(
    r"(?:(?<![0-9A-Za-z])(?:v|ver\.?|version|release|build|firmware|driver|rev(?:ision)?\.?|update|upgrade|patch|kernel|linux|windows|android|ios|macos|chrome|firefox|edge)"
    r"|版本号?|固件|升级到|更新到|[=~<>!]=|\^|[0-9A-Za-z_)]/)[ ]?(?:is|为|是)?[ ]?[:：=]?[ ]?[vV]?\Z",
    re.IGNORECASE,
)
_BUILD_AFTER = re.compile(r"[-+~][A-Za-z]")  # 5.15.90.1-microsoft
_SECTION_BEFORE = re.compile(
    r"(?:(?<![0-9A-Za-z])(?:section|chapter|clause|article|figure|fig\.|table|rule|step|oid|appendix)"
    r"|§|第|章节?|条款|图|表)[ ]?[:：]?[ ]?\Z",
    re.IGNORECASE,
)
_SECTION_AFTER = re.compile(r"[ ]?(?:节|章|版|条|小节|款)")
_PREFIX_AFTER = re.compile(r"/([0-9]{1,2})(?![0-9])")
_ADDRESS_NEAR = re.compile(
    r"(?<![0-9A-Za-z])(?:ip(?:v[46])?|dns|server|host|address|ping|gateway)(?![0-9A-Za-z])|地址|服务器|主机|网关",
    re.IGNORECASE,
)
_SLICE_BEFORE = re.compile(r"[0-9A-Za-z_)\]]\[\Z")


# Both begin with a literal: the search skips to it, at 0.5 ns a character. Over the shape a quad is zeros and stops.
_QUAD_SHAPE = re.compile(rb"0\.0{1,3}\.0{1,3}\.0")
_TWO_COLONS = re.compile(":[0-9A-Fa-f０-９Ａ-Ｆａ-ｆ]{0,4}:")


def _gate(text: str, shape: bytes) -> bool:
    return bool(_QUAD_SHAPE.search(shape) or _TWO_COLONS.search(text))


@cache
def _special() -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, _SPECIAL.split()))


def _netmask(number: int) -> bool:
    """Whether the bits of *number* are ones, then zeros."""
    holes = ~number & 0xFFFFFFFF
    return holes & (holes + 1) == 0


def _network(number: int, prefix: int) -> bool:
    """Whether *number* names the network of a CIDR prefix and no host in it."""
    return prefix < 32 and number & (0xFFFFFFFF >> prefix) == 0


def _judge(found: re.Match[str]) -> str | None:
    value = found[0]
    try:
        address = ip_address(value)
    except ValueError:
        return "not an address"
    if str(address) in _RESOLVERS.split():
        return "public resolver"
    if address.version == 4 and _netmask(int(address)):
        return "netmask"
    if any(address in network for network in _special() if network.version == address.version):
        return "reserved address"
    if ":" in value:
        few = sum(map(bool, value.split(":"))) < 3
        return "slice" if few or _SLICE_BEFORE.search(found.string, max(0, found.start() - 2), found.start()) else None
    return _judge_quad(found, [int(part) for part in value.split(".")])


def _judge_quad(found: re.Match[str], parts: list[int]) -> str | None:
    before = found.string[max(0, found.start() - 32) : found.start()]
    if _VERSION_BEFORE.search(before) or _BUILD_AFTER.match(found.string, found.end()):
        return "version number"
    if _SECTION_BEFORE.search(before) or _SECTION_AFTER.match(found.string, found.end()):
        return "section number"
    prefix = _PREFIX_AFTER.match(found.string, found.end())
    if parts[2:] == [0, 0] or (prefix and _network(int(ip_address(found[0])), int(prefix[1]))):
        return "network address"
    if len({after - first for first, after in pairwise(parts)}) == 1:
        return "placeholder"  # 1.2.3.4, 11.22.33.44, 7.7.7.7
    if max(parts) < 30 and (not before or before.endswith("\n")) and found.string[found.end() :][:1] in {" ", "\t"}:
        return "section number"
    # Four single digits are a version far more often than an address (the rule of bigcode-dataset@bebec92:pii).
    return "version number" if max(parts) < 10 and not _ADDRESS_NEAR.search(before) else None


def _canonical(value: str) -> str:
    return ip_address(value).compressed


def _derived(canonical: str) -> tuple[str, ...]:
    address = ip_address(canonical)
    if address.version == 6:
        return (address.exploded,) if address.exploded != canonical else ()
    octets = address.packed
    binary, hexa = [f"{octet:08b}" for octet in octets], [f"{octet:02x}" for octet in octets]
    bases = (joint.join(base) for base in (binary, hexa) for joint in (".", " ", ""))
    reverse = ".".join(str(octet) for octet in reversed(octets))
    network = ".".join(map(str, octets[:3]))  # the answer names the network or another host of it
    return (*bases, f"0x{''.join(hexa)}", binary[0], str(int(address)), reverse, network)


def _mask(canonical: str) -> str:
    if ":" in canonical:
        return canonical.partition(":")[0] + ":****"
    return ".".join([*canonical.split(".")[:2], "*", "*"])


RULES.add(
    "ip",
    Rule(
        summary="globally routable IPv4 and IPv6 addresses; not resolvers, netmasks, versions, sections",
        tag="IP",
        tag_zh="IP地址",
        gate=_gate,
        pattern=_PATTERN,
        judge=_judge,
        canonical=_canonical,
        subject=re.compile(r"(?<![0-9A-Za-z])ip(?:[ -]?v[46])?(?![0-9A-Za-z])", re.IGNORECASE),
        derived=_derived,
        mask=_mask,
    ),
)
