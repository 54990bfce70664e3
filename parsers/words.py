"""Which words are values and which are text: the part of masking that looks at one run of letters and digits."""

from __future__ import annotations

import re

_TERMS_WITH_DIGITS = (
    "utf7 utf8 utf16 utf32 http1 http2 http3 h2 h2c h3 s3 ec2 sqs2 ipv4 ipv6 ip4 ip6 inet4 inet6 tcp4 "
    "tcp6 udp4 udp6 l2 l3 l4 l7 md4 md5 sha1 sha2 sha3 sha224 sha256 sha384 sha512 crc32 crc32c blake2 "
    "blake2b blake3 bcrypt2 argon2 argon2id base16 base32 base58 base64 aes128 aes192 aes256 rsa2048 "
    "rsa4096 ed25519 x25519 p256 p384 p521 x509 tls1 tlsv1 sslv3 ssl3 pkcs1 pkcs7 pkcs8 pkcs12 oauth1 "
    "oauth2 saml2 log4j log4j2 slf4j k8s k3s i18n l10n a11y e2e p2p b2b b2c j2ee neo4j int8 int16 int32 "
    "int64 uint8 uint16 uint32 uint64 i32 i64 u8 u16 u32 u64 f32 f64 float16 float32 float64 x86 x64 "
    "x86_64 amd64 arm64 arm32 armv7 aarch64 win32 win64 lib64 h264 h265 mp3 mp4 gzip2 bzip2 lz4 zlib1 "
    "brotli1 py2 py3 python2 python3 es6 es2015 css3 html5 web3 ext3 ext4 raid0 raid1 zk1 level0 level1 "
    "level2 level3 cgroup2 cgroupv1 cgroupv2 sqlite3 h2db v4l2 d3 vue2 vue3 db2 mp2 g1 r2dbc 2xx 3xx 4xx "
    "5xx 2fa 3des i2c"
)
_TERMS = frozenset(_TERMS_WITH_DIGITS.split())
"""Names of things that carry a digit and are never values."""

ANY_DIGIT = {ord(digit): "2" for digit in "0123456789"}
"""For `str.translate`: words that differ in their digits only become the same."""
_LIKE_TERMS = frozenset(term.translate(ANY_DIGIT) for term in _TERMS)

_VERSION = re.compile(r"v\d{1,3}(?:(?:alpha|beta|rc)\d{1,3})?$")
_QUANTITY = re.compile(r"(?:\d{1,20}(?:ns|us|ms|s|sec|secs|min|mins|m|h|hr|hrs|d)){1,5}$")
_SIZE = re.compile(r"\d{1,20}(?:[KMGTPE]i?)?[Bb]$|\d{1,20}(?:[KMGTPE]i|[kKMGT])$")
_NAMED = re.compile(r"([A-Za-z]{2,})(\d{1,3})$")
_CAMEL = re.compile(r"[A-Za-z]{2,}\d[A-Za-z]{2,}$")
_HEX = re.compile(r"(?:[0-9a-f]{8,}|[0-9A-F]{8,})$")
_PAIRS = re.compile(r"(?:%[0-9A-Fa-f]{2})")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_MIN_LETTERS_HEX = 16
_GRPC_PATH = re.compile(r"/[A-Za-z][\w.]{0,200}+/[A-Z]\w{0,100}+$")
_MAX_SEGMENTS = 8


def mask_word(word: str) -> str:
    """A run of ASCII letters and digits, masked where it is a value and not part of the text.

    `1234` → `<NUM>`, `8fa3` and `Z1234` → `<ID>`, eight or more hexadecimal digits → `<HEX>`, `12ms` → `<DURATION>`,
    `4KB` → `<SIZE>`, `worker12` → `worker<NUM>`; `utf8`, `http2`, `v1beta1`, `Log4jFactory` stay.
    """
    if word.isdigit():
        return "<NUM>"
    if word.isalpha():
        return "<HEX>" if len(word) >= _MIN_LETTERS_HEX and _HEX.match(word) else word
    if word.lower() in _TERMS or _VERSION.match(word):
        return word
    if len(word) >= 8 and _HEX.match(word):
        return "<HEX>"
    if word[0].isdigit():
        if _QUANTITY.match(word):
            return "<DURATION>"
        return "<SIZE>" if _SIZE.match(word) else "<ID>"
    if named := _NAMED.match(word):
        return f"{named[1]}<NUM>"
    return word if _CAMEL.match(word) else "<ID>"


def like_term(shape: str) -> bool:
    """Whether a word translated by `ANY_DIGIT` holds what a name of a thing would become."""
    return any(piece in _LIKE_TERMS for piece in _PIECE.findall(shape.lower()))


def mask_segment(segment: str) -> str:
    """One segment of a path: `<ID>` where any word of it is a value, else itself (percent-escapes are letters)."""
    if segment.isalpha() or not segment:
        return segment if len(segment) <= 64 else "<ID>"
    bare = _PAIRS.sub("x", segment)
    if len(bare) > 64 or any(mask_word(word) != word for word in _PIECE.findall(bare)):
        return "<ID>"
    return segment if bare == segment else "<ID>"


def mask_path(path: str) -> str:
    """`/api/v1/items/21?q=x` as `/api/v1/items/<ID>`: the query is left out, and so is a scheme with its host.

    At most eight segments: what lies deeper is files or somebody's probing. A gRPC method stays as it is.
    """
    path = path.partition("?")[0].partition("#")[0][:1_000]
    if "://" in path[:16]:
        path = "/" + path.partition("://")[2].partition("/")[2]
    if _GRPC_PATH.match(path):
        return path
    segments = path.split("/")
    masked = "/".join(map(mask_segment, segments[: _MAX_SEGMENTS + 1]))
    return masked + "/…" if len(segments) > _MAX_SEGMENTS + 1 else masked
