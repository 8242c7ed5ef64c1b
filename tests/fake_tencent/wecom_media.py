"""Uploaded files: WeCom's temporary media, and the store behind the other uploads."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from urllib.parse import quote

from tests.fake_tencent.calls import Call, Route
from tests.fake_tencent.errors import ApiError, Json, ok
from tests.fake_tencent.faults import Answer
from tests.fake_tencent.records import Media

_MEGABYTE = 1024 * 1024
_MOST_BYTES = {
    "image": 10 * _MEGABYTE,
    "voice": 2 * _MEGABYTE,
    "video": 10 * _MEGABYTE,
    "file": 20 * _MEGABYTE,
    "thumb": 64 * 1024,
}
_EMPTY_BYTES = 5


def store(call: Call, owner: str, kinds: Collection[str]) -> Json:
    """Keep the uploaded file of a call for its owner.

    Raises:
        ApiError: For the type, the size or a missing file.
    """
    kind = call.query("type")
    if kind not in kinds:
        raise ApiError(40004)
    name, data = call.upload()
    if len(data) <= _EMPTY_BYTES:
        raise ApiError(40006)
    if len(data) > _MOST_BYTES[kind]:
        raise ApiError(45001)
    media = Media(secrets.token_urlsafe(48), kind, name, data, call.now, owner)
    call.world.media[media.media_id] = media
    return ok(type=kind, media_id=media.media_id, created_at=str(int(call.now)))


def upload(call: Call) -> Json:
    """Take a file that every app of the corp may send."""
    return store(call, "corp", ("image", "voice", "video", "file"))


def get(call: Call) -> Answer:
    """Return a file; a refusal comes as JSON, which only the Content-Type tells."""
    media = call.world.get_media(call.query("media_id"), "corp")
    disposition = f"attachment; filename*=utf-8''{quote(media.name)}"
    headers = (("Content-Disposition", disposition),)
    return Answer(200, media.data, "application/octet-stream", headers)


ROUTES = {
    "/cgi-bin/media/upload": Route("POST", upload),
    "/cgi-bin/media/get": Route("GET", get),
}
