"""Takes out of a text what says who and where somebody is: names, hosts, addresses, tokens, home folders. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from msgspec import Struct

LONGEST = 600  # characters of one value that are kept
LONGEST_BLOCK = 20_000  # the same of a text of several lines
REMOVED = "[removed]"
_PUBLIC = re.compile(
    r"(www\.|docs\.)?(github\.com|tensorflow\.org|nvidia\.com|catalog\.ngc\.nvidia\.com|keras\.io|pypi\.org|"
    r"conda\.anaconda\.org|repo\.radeon\.com|rocm\.docs\.amd\.com|hub\.docker\.com|quay\.io|jupyter-docker-stacks\.readthedocs\.io)"
)
"""Hosts of the pages that our own texts name."""
_GENERIC = frozenset(
    {
        "root",
        "user",
        "users",
        "admin",
        "jovyan",
        "jupyter",
        "notebook",
        "ubuntu",
        "debian",
        "centos",
        "ec2-user",
        "nobody",
        "localhost",
        "python",
        "tensorflow",
        "nvidia",
        "cuda",
        "keras",
        "docker",
        "conda",
        "home",
        "lib",
        "opt",
        "usr",
        "vm",
        "host",
        "computer",
    }
)
"""Names that tell nobody apart, and without which a report could not be read."""
_URL = re.compile(r"(?<![\w.])(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s\"'<>|`\\]+", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_SECRET = re.compile(
    r"(?<![\w-])(?P<name>[\w-]*(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credential)"
    r"[\w-]*)(?P<sign>[\"']?\s*(?:=|:(?!/))\s*|\s+)(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|[\"']?(?P<value>[^\s\"':;,&]+))",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\b(Authorization[\"']?\s*[:=]\s*[\"']?\w+)\s+[^\s\"']+", re.IGNORECASE)
_KNOWN_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_\w{8,}|github_pat_\w{8,}|glpat-[\w-]{8,}|hf_\w{8,}|sk-[\w-]{8,}|xox[a-z]-[\w-]{8,}|pypi-\w{8,}|"
    r"AKIA\w{8,}|AIza[\w-]{16,}|eyJ[\w-]{8,}(?:\.[\w-]*)*)"
)
_RANDOM = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{24,}(?![A-Za-z0-9])")
_LETTERS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{32,}(?![A-Za-z0-9])")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_IPV4 = re.compile(r"(?P<before>[=<>!]=\s*|[<>]|\.so\.)?(?<![\w.])(?P<ip>\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::"
    r"(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?)(?![\w:])",
    re.IGNORECASE,
)
_INTERNAL = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+(?:internal|intranet|local|localdomain|lan|corp|home|cluster|svc)(?![\w-])", re.IGNORECASE
)
# A name with a domain: of two words only where the last is no attribute of Python and no end of the name of a file.
_DOMAIN = re.compile(
    r"(?<![\w.@-])(?:(?:[a-z0-9][\w-]*\.)+(?:com|org|edu|gov|mil)|(?:[a-z0-9][\w-]*\.){2,}(?:net|ac\.at|au|be|br|ca|ch|cn|"
    r"cz|de|dk|es|eu|fi|fr|ie|it|jp|kr|nl|no|nz|pl|pt|ru|se|tw|uk|us))(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_MOUNTED = re.compile(r"(?<![\w.-])(/net/|/Network/Servers/)[^\s/:;,\"'`<>|]+")
_SHARE = re.compile(
    r"((?<![\w./\\:-])//|(?<![\w./\\:-])\\\\(?:\\\\)?)"
    r"(?!(?:bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|srv|sys|tmp|usr|var|wsl\.localhost)[/\\])"
    r"[a-z0-9][\w.-]*(?=[/\\])",
    re.IGNORECASE,
)
# A blank belongs to a path only where a slash follows within the same word.
_PATH_END = r"(?:[^\s:;,\"'`<>|]|[ ](?=[^\s:;,\"'`<>|/\\]+[/\\]))*"
# On Windows the name of a user is often two words, and nothing need follow them.
_HOME = re.compile(
    r"(?:(?<=[A-Za-z]:)[/\\]{1,2}Users[/\\]{1,2}[^\s/\\:;,\"'`<>|]+(?:[ ][A-Z][\w.-]*)?"
    rf"|[/\\](?:home|homes|Users|users|afs)[/\\])(?P<rest>{_PATH_END})"
)
_KEPT_NAME = re.compile(r"(lib[\w.+-]*\.so[\w.]*|lib|lib64|bin|stubs|compat|site-packages|python[\d.]*|__init__\.py)$")


class Identity(Struct, frozen=True, kw_only=True):
    """Who runs this, where: what is to be taken out."""

    homes: tuple[str, ...] = ()
    """Home folders of the user; they become `~`."""
    users: tuple[str, ...] = ()
    """Names of the user."""
    hosts: tuple[str, ...] = ()
    """Names of the machine."""


class Redaction(Struct, frozen=True, kw_only=True):
    """What is taken out of every text of one report."""

    identity: Identity
    """The user and the machine."""
    versions: frozenset[str] = frozenset()
    """Version numbers that look like an IP address, such as `9.3.0.75`; they are kept."""

    def line(self, text: object) -> str:
        """Return a text on one line, redacted and at most LONGEST characters long."""
        return _cut(self.block(" ".join(visible(str(text)).split())), LONGEST)

    def block(self, text: str) -> str:
        """Return a text of several lines, redacted and at most LONGEST_BLOCK characters long."""
        text = _cut(visible(text), LONGEST_BLOCK)
        for home in sorted(_homes(self.identity.homes), key=len, reverse=True):
            text = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
        text = _URL.sub(_address, text)
        text = _AUTHORIZATION.sub(rf"\1 {REMOVED}", text)
        text = _BEARER.sub(rf"\1 {REMOVED}", text)
        text = _SECRET.sub(_secret, text)
        text = _KNOWN_TOKEN.sub(REMOVED, text)
        text = _UUID.sub(REMOVED, text)
        text = _RANDOM.sub(REMOVED, text)
        text = _LETTERS.sub(_letters, text)
        text = _MAIL.sub(REMOVED, text)
        text = _IPV4.sub(self._ipv4, text)
        text = _IPV6.sub("[address]", text)
        text = _HOME.sub(_another_home, text)
        text = _MOUNTED.sub(r"\1[host]", text)
        text = _SHARE.sub(r"\1[host]", text)
        for words, suffix, name in (
            (self.identity.users, "", "[user]"),
            (self.identity.hosts, r"(?:\.[a-z][\w-]*)*", "[host]"),
        ):
            for word in sorted(_names(words), key=len, reverse=True):
                whole = rf"(?<![A-Za-z0-9]){re.escape(word)}{suffix}(?![A-Za-z0-9])"
                text = re.sub(whole, name, text, flags=re.IGNORECASE)
        text = _INTERNAL.sub("[host]", text)
        return _DOMAIN.sub(lambda found: found[0] if _PUBLIC.fullmatch(found[0]) else "[host]", text)

    def _ipv4(self, found: "re.Match[str]") -> str:
        before, number = found["before"] or "", found["ip"]
        if before or number in self.versions or any(int(part) > 255 for part in number.split(".")):
            return found[0]
        return "[address]"


def _cut(text: str, longest: int) -> str:
    """Shorten a text; not within a word, so that half of a token is not taken for something else."""
    if len(text) <= longest:
        return text
    ends = [found.end() for found in re.finditer(r"[\s:;,\"']", text[:longest])]
    return f"{text[: ends[-1] if ends else 0]}... ({len(text)} characters)"


def visible(text: str) -> str:
    """Drop what is not seen: escape sequences of terminals, control and format characters but for line ends."""
    text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text).expandtabs(4)
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")


def _homes(homes: Iterable[str]) -> list[str]:
    known = [one.rstrip("/\\") for one in homes]
    return [one for one in dict.fromkeys(known) if len(one) > 1]  # never the root of the file system


def _names(words: Iterable[str]) -> list[str]:
    whole = [one for word in words for one in (word, word.partition(".")[0])]
    return [one for one in dict.fromkeys(whole) if len(one) > 2 and one.lower() not in _GENERIC and not one.isdigit()]


def _address(found: "re.Match[str]") -> str:
    try:
        parts = urlsplit(found[0] if "://" in found[0] else f"//{found[0]}")
        public = parts.hostname is not None and _PUBLIC.fullmatch(parts.hostname) is not None
        private = parts.username or parts.password or parts.port or parts.query
    except ValueError:
        public, private = False, True
    return found[0] if public and not private else "[address]"


def _secret(found: "re.Match[str]") -> str:
    if not found["sign"].strip():  # "token abc": only where it looks like one, a sentence goes on with words
        value = found["value"] or found["double"] or found["single"] or ""
        looks = re.search(r"\d", value) and len(value) >= 8
        return f"{found['name']} {REMOVED}" if looks else found[0]
    return f"{found['name']}{found['sign']}{REMOVED}"


def _letters(found: "re.Match[str]") -> str:
    """Take out letters that no word is made of: words have vowels, and capitals only where one begins."""
    text = found[0]
    capitals = sum(one.isupper() for one in text)
    begins = len(re.findall(r"[a-z][A-Z]", text))
    mixed = 0.3 < capitals / len(text) < 0.7 and begins > len(text) / 6
    rare = re.findall(r"q(?!u)|[jxz]", text.lower())
    unspeakable = re.search(r"[^aeiouy]{8}", text.lower()) or (len(rare) > 3 and len(set(rare)) > 2)
    one_case = text[1:].islower() or text.isupper()
    return REMOVED if mixed or (one_case and unspeakable and len(set(text.lower())) > 8) else text


def _another_home(found: "re.Match[str]") -> str:
    """Return what may be known of a file in somebody's home: its own name, where it is one of everybody's."""
    last = re.split(r"[/\\]", found["rest"])[-1]
    deep = len(re.split(r"[/\\]", found["rest"])) > 1
    return f"[another home]/.../{last}" if deep and _KEPT_NAME.fullmatch(last) else "[another home]"
