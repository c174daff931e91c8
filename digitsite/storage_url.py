"""The storage of uploads and weights: the state directory or an S3 bucket."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BUCKET_PATTERN = re.compile(r"[A-Za-z0-9._-]{3,255}")
URL_OPTIONS = {"endpoint": "endpoint_url", "region": "region_name"}


def parse_storage_url(url: str) -> dict[str, Any]:
    """Return the default entry of STORAGES for `s3://bucket/prefix?endpoint=…&region=…`.

    An empty URL selects MEDIA_ROOT. boto3 finds the credentials as usual. Files in the bucket are
    private and never overwritten. Raises ValueError.
    """
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    sentence = "must be s3://BUCKET/PREFIX?endpoint=URL&region=REGION, without credentials"
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(sentence) from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if (
        parts.scheme != "s3"
        or not parts.hostname
        or parts.username
        or not BUCKET_PATTERN.fullmatch(parts.netloc)
        or set(options) - set(URL_OPTIONS)
        or not _is_http_address(options.get("endpoint", "https://s3.example"))
        or not options.get("region", "any")
    ):
        raise ValueError(sentence)
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": unquote(parts.path.strip("/")),
            "file_overwrite": False,
            "default_acl": None,
            "querystring_auth": True,
            **{URL_OPTIONS[name]: value for name, value in options.items()},
        },
    }


def _is_http_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port
        return False
