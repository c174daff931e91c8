"""The storage of built static files: hashed names, compressed copies, references rewritten."""

from typing import Any, ClassVar

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

JS_FILE_URLS = (
    r"""(?P<matched>new URL\((?P<quote>["'`])(?P<url>/static/[^"'`]+)(?P=quote)"""
    r"""\s*,\s*import\.meta\.url\))"""
)
WEB_MANIFEST_ICONS = r'(?P<matched>"src": "(?P<url>[^"]+)")'
UNCOMPRESSED_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")


class BuiltStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Also rewrites the URLs of workers and data files in scripts, and of icons in web manifests.

    A page that names a file which the manifest lacks raises ValueError.
    """

    keep_only_hashed_files = True
    patterns: ClassVar = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("*.js", ((JS_FILE_URLS, 'new URL("%(url)s",import.meta.url)'),)),
        ("*.webmanifest", ((WEB_MANIFEST_ICONS, '"src": "%(url)s"'),)),
    )

    def create_compressor(self, **options: Any) -> Compressor:
        """Leave out source maps, which only developer tools load."""
        return Compressor(**{**options, "extensions": UNCOMPRESSED_EXTENSIONS})
