"""Documents of an archive, as they are written where something was taken back since it was made."""

from __future__ import annotations

import msgspec

from detector.backup.carrying import TakenBack
from detector.backup.manifest import damaged
from detector.store.elasticsearch.access import ACT, TOKEN, AccessDocument, access_document, access_id
from detector.store.elasticsearch.copying import Kept
from detector.store.elasticsearch.documents import encode


class Carrying:
    """Looks at the documents of access, one after the other."""

    def __init__(self, before: TakenBack) -> None:
        self._tokens = {access_id(TOKEN, one.id): one for one in before.revoked}
        self._erased = {access_id(ACT, one.id): one for one in before.erased}
        self._again: list[str] = []

    def revoked(self, kept: Kept) -> Kept | None:
        """A token that is in force in the archive and was revoked since, as it is to be written; None for all else.

        Raises `BackupError` where it can't be read.
        """
        self._erased.pop(kept.id, None)
        token = self._tokens.get(kept.id)
        if token is None:
            return None
        try:
            held = msgspec.json.decode(kept.source, type=AccessDocument).drainwatch.token
        except msgspec.DecodeError as error:
            raise damaged(f"one of its tokens can't be read ({error})") from None
        if held is None or held.revoked is not None:
            return None
        self._again.append(kept.id)
        return msgspec.structs.replace(kept, source=msgspec.Raw(encode(access_document(token))))

    @property
    def since(self) -> TakenBack:
        """What it came to, once all documents were looked at."""
        return TakenBack(tuple(self._tokens[one] for one in self._again), tuple(self._erased.values()))
