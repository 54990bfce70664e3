"""Lines with an `Authorization` header, and how they are masked: in Python, natively and by Logstash alike."""

AUTHORIZATIONS: list[tuple[str, str]] = [
    ("Authorization: Bearer abc.def.ghi", "Authorization: Bearer <SECRET>"),
    ("Authorization: ApiKey xyz", "Authorization: ApiKey <SECRET>"),
    ("Authorization: Basic YTpi, Accept: x", "Authorization: Basic <SECRET>, Accept: x"),
    ("authorization=Token xyz ok", "authorization=Token <SECRET> ok"),
    ("Proxy-Authorization: NTLM TlRMTVNTUAAB", "Proxy-Authorization: NTLM <SECRET>"),
    ("map[Accept:[x] Authorization:[ApiKey xyz] Via:[y]]", "map[Accept:[x] Authorization:[ApiKey <SECRET>] Via:[y]]"),
    ('{"authorization":"Api-Key xyz","n":1}', '{"authorization":"Api-Key <SECRET>","n":1}'),
    ('{"body":"{\\"authorization\\":\\"ApiKey xyz\\"}"}', '{"body":"{\\"authorization\\":\\"ApiKey <SECRET>\\"}"}'),
    # A scheme that nobody has heard of may be the secret itself: both go.
    ("Authorization: Foo xyz done", "Authorization: <SECRET> done"),
    ("Authorization: SharedKey shop:c2ln+/a== 403", "Authorization: <SECRET> 403"),
    ('{"Authorization": "Foo xyz", "n": 1}', '{"Authorization": "<SECRET>", "n": 1}'),
    ("curl -H 'authorization: Foo xyz' shop", "curl -H 'authorization: <SECRET>' shop"),
    ("authorization=abc status=200", "authorization=<SECRET> status=200"),
    ("authorization: abc x-request-id: 77", "authorization: <SECRET> x-request-id: 77"),
    ("authorization failed for anna", "authorization failed for anna"),
]
