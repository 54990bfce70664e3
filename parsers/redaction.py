"""Personal data and secrets: masked before anything is stored or shown, everything else left readable.

Mail addresses, IP addresses, tokens (JWT, bearer), passwords and keys in `name=value`, payment cards (Luhn, ISO/IEC
7812-1), IBANs (mod 97, ISO 13616), telephone numbers in international form. Every expression is bounded and starts
where a word starts, so the work grows with the length of the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from parsers.pseudonyms import Mark, plain

MAIL = r"(?<![\w.+%-])[\w.+%-]{1,64}+@[A-Za-z0-9][\w-]{0,62}+(?:\.[\w-]{1,63}+){1,8}+"
JWT = r"(?<![\w-])eyJ[\w-]{8,4096}+\.[\w-]{4,8192}+(?:\.[\w-]{0,4096}+)?"
IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"
IPV6 = (
    r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:])(?=[A-Fa-f:]{0,39}\d)(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|"
    r"(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}|(?:[0-9A-Fa-f]{1,4}:){1,7}:|:(?::[0-9A-Fa-f]{1,4}){1,7})"
    r"(?:(?:\.\d{1,3}){3})?(?:%\w{1,15})?(?![\w:])"
)
_KEY = (
    r"(?:[\w-]{0,64}(?:passw(?:or)?d|passphrase|pwd|secret(?:[_-]?key)?|token|api[_-]?key|access[_-]?key|private[_-]?key|"
    r"credentials?|authorization|session[_-]?id|sessid|set-cookie|cookie)|auth|sid(?==)|sess(?:ion)?(?==))"
)
_BLOCK = (
    "".join(f"(?<!END {kind}PRIVATE )" for kind in ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ")) + "KEY-----"
)
"""Ends the first line of a private key in PEM form (RFC 7468), and not its last one."""
_CREDENTIALS = (
    r"(?:(?<=authorization: )|(?<=authorization[:=])|(?<=authorization[:=][\"'])|(?<=authorization: [\"'])|"
    r"(?<=authorization[\"']:[\"'])|(?<=authorization[\"']: [\"'])|"
    r"(?<=authorization\\[\"']:\\[\"'])|(?<=authorization\\[\"']: \\[\"']))"
    r"[a-z][\w-]{0,63} {1,2}[\w.~+/:-]{1,8192}+={0,2}(?<!:)(?=[\s\"',;&)\]}\\]|$)"
)
"""Of a scheme that isn't known by its name (https://www.rfc-editor.org/rfc/rfc9110#section-11.4): the scheme goes, too,
as what stands there may be the secret itself and a word behind it."""
_SECRET = re.compile(
    rf"(?i)(?<![\w-])({_KEY}\\{{0,7}}[\"']?\s{{0,2}}(?:=>|[=:])\s{{0,2}}(?:\\{{0,7}}[\"'])?"
    rf"(?:\[?(?:bearer|basic|digest|token|api-?key|negotiate|ntlm|dpop) )?|{_BLOCK})"
    r"(?!<|null\b|none\b|true\b|false\b|\[|\{|$)"
    rf"((?<=-----)(?:[^-]|-(?!----)){{1,8192}}+|{_CREDENTIALS}|[^\s\"',;&)\]}}\\]{{1,8192}}+)"
)
_BEARER = re.compile(r"(?i)(?<!\w)(bearer |basic )(?=[\w.~+/=-]{0,64}[\d=._])([\w.~+/=-]{8,8192}+)")
_USERINFO = re.compile(r"(://)([^\s/@:]{0,128}+:[^\s/@]{1,256}+)(@)")
KNOWN_KEY = (
    r"(?<![A-Za-z0-9])(?:A(?:KI|SI)A[0-9A-Z]{16}|gh[pousr]_\w{36,255}+|github_pat_\w{22,255}+|xox[abprs]-[\w-]{10,255}+|sk-[A-Za-z0-9_-]{20,255}+|"
    r"[sr]k_(?:live|test)_\w{16,255}+|AIza[\w-]{35}|glpat-[\w-]{20,255}+|dw_[a-z2-7]{16}_[\w-]{43}|"
    # A line of a private key that was torn apart: 64 characters of base64.
    r"(?<!\S)(?=[^A-Z\s]{0,63}[A-Z])(?=[^a-z\s]{0,63}[a-z])(?=[^\d\s]{0,63}\d)"
    r"[A-Za-z0-9+/]{64}(?!\S))++"
)
# In the groups that cards have, and not in any: `200 4111111111111111 17` are three numbers, and one of them a card.
_CARD = re.compile(
    r"[2-6](?<![\w.-].)(?:\d{12,18}|\d{3}(?:[ -]\d{4}){3}|\d{3}[ -]\d{6}[ -]\d{4,5}|\d{7}[ -]\d{8})(?![\w-]|\.\d)"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_PHONE = re.compile(r"\+[1-9](?<![\w+]..)(?:[ ()./-]{0,2}\d){7,13}(?![\w:]|\.\d)")
_MAIL, _JWT, _IPV4, _IPV6, _KNOWN_KEY = (re.compile(text) for text in (MAIL, JWT, IPV4, IPV6, KNOWN_KEY))

_SECRET_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "key", "credential", "auth", "sess", "sid", "cookie")


_NAMED = re.compile(rf"(?i)(?<![\w-])(?:{_KEY}\\{{0,7}}[\"']?(?:[=:]|$)|KEY-----)")
_ACCOUNT = re.compile(r"[A-Z][A-Z]\d\d(?<!\w....)(?:[A-Z0-9]{4}|$)")


def luhn(number: str) -> bool:
    """Whether the digits of a number pass the check of payment cards."""
    digits = [int(digit) for digit in reversed(number) if digit.isdecimal()]
    return sum(digits[0::2]) % 10 == -sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10


def iban(number: str) -> bool:
    """Whether letters and digits pass the check of bank account numbers."""
    text = number.replace(" ", "")
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _checked(check: Callable[[str], bool], name: str, mark: Mark) -> Callable[[re.Match[str]], str]:
    return lambda found: mark(name, found[0]) if check(found[0]) else found[0]


def _wholly(name: str, mark: Mark) -> Callable[[re.Match[str]], str]:
    return lambda found: mark(name, found[0])


def redact_spanning(text: str, mark: Mark = plain) -> str:
    """Mask what only its surroundings give away or what holds spaces: secrets after their name, cards, IBANs, phones.

    What is left of `redact` is found word by word, by `parsers.masking` too. `mark` gives what stands for a value.
    """
    low = text.lower()
    for word in _SECRET_WORDS:  # a generator costs three times as much
        if word in low:
            text = _SECRET.sub(lambda found: found[1] + mark("SECRET", found[2]), text)
            break
    if "bearer " in low or "basic " in low:
        text = _BEARER.sub(lambda found: found[1] + mark("SECRET", found[2]), text)
    if "@" in text and "://" in text:
        text = _USERINFO.sub(lambda found: found[1] + mark("SECRET", found[2]) + found[3], text)
    if "+" in text:
        text = _PHONE.sub(_wholly("PHONE", mark), text)
    text = _IBAN.sub(_checked(iban, "IBAN", mark), text)
    return _CARD.sub(_checked(luhn, "CARD", mark), text)


def may_span(word: str) -> bool:
    """Whether a text with this word in it may hold something that `redact_spanning` masks.

    If it says no of each word of a text, that holds a payment card or nothing.
    """
    low = word.lower()
    if not word.isascii():  # some letters beyond ASCII count as one of it where case doesn't matter
        if _NAMED.search(word):
            return True
    else:
        for name in _SECRET_WORDS:
            if name in low:
                if _NAMED.search(word):
                    return True
                break
    if "+" in word or low.endswith(("bearer", "basic")) or ("@" in word and "://" in word):
        return True
    return _ACCOUNT.search(word) is not None


def holds_card(text: str) -> bool:
    """Whether something in the text looks like the number of a payment card."""
    return _CARD.search(text) is not None


def redact(text: str, mark: Mark = plain) -> str:
    """The text with personal data and secrets masked: `login of <EMAIL> from <IP>`; `mark` as in `redact_spanning`."""
    text = redact_spanning(text, mark)
    if "@" in text:
        text = _MAIL.sub(_wholly("EMAIL", mark), text)
    if "eyJ" in text:
        text = _JWT.sub(_wholly("TOKEN", mark), text)
    text = _KNOWN_KEY.sub(_wholly("SECRET", mark), text)
    if ":" in text:
        text = _IPV6.sub(_wholly("IP", mark), text)
    return _IPV4.sub(_wholly("IP", mark), text) if "." in text else text
