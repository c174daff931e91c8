"""The storage of uploads and weights: the state directory or an S3 bucket."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

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
    options = dict(parse_qsl(parts.query))
    if (
        parts.scheme != "s3"
        or not parts.hostname
        or parts.username
        or set(options) - set(URL_OPTIONS)
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
