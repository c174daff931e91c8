"""Where files are kept: a folder of the home, or a bucket that speaks S3."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

URL_OPTIONS = {"endpoint": "endpoint_url", "region": "region_name"}


def parse_storage_url(url: str) -> dict[str, Any]:
    """The default of STORAGES. Empty: MEDIA_ROOT; else `s3://bucket/prefix?endpoint=…&region=…`,
    whose credentials boto3 finds as it always does. Nothing is overwritten, nothing is public."""
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    if (
        parts.scheme != "s3"
        or not parts.hostname
        or parts.username
        or set(given) - set(URL_OPTIONS)
    ):
        raise ImproperlyConfigured(
            f"STORAGE_URL must be s3://bucket/prefix?endpoint=…&region=…, not {url!r}."
        )
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": unquote(parts.path.strip("/")),
            "file_overwrite": False,
            "default_acl": None,
            "querystring_auth": True,
            **{URL_OPTIONS[name]: value for name, value in given.items()},
        },
    }
