"""Build the static files: `make static`, which `make run` and the image of the web tier use.

esbuild makes one script and one style sheet of each file that a page refers to, with all its
imports. A file in `new URL("./worker.js", import.meta.url)` is built too. Django then gives all
files hashed names and WhiteNoise compresses them with Brotli and gzip into STATIC_ROOT.

Files of earlier builds stay there, because open pages may still refer to them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
# Browsers of 2023 and later: see docs/development.md.
TARGET = "es2022,chrome111,firefox113,safari16.4"
TEMPLATE_REFERENCE = re.compile(r"""{% static ["']((?:css|js)/[^"']+)["'] %}""")
MODULE_URL = re.compile(
    r"""new URL\(\s*(?P<quote>["'`])(?P<path>\.{1,2}/[^"'`]+)(?P=quote)"""
    r"""\s*,\s*import\.meta\.url\s*\)"""
)
INHERITED = ("PATH", "HOME", "TMPDIR", "STATIC_ROOT")
"""Variables of the environment that the settings see; an invalid setting fails at the start."""
# Swagger UI documents the API; these are not used.
UNUSED = ("rest_framework", "redoc", "*-es-bundle*", "swagger-ui.js*")


class CannotBuild(Exception):
    """A file that a page or a script refers to is missing, or esbuild refuses one."""


def main() -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="digitsite-static-") as folder:
            bundles = Path(folder) / "bundles"
            bundle_static_files(ROOT / "static", ROOT / "templates", bundles)
            collect(bundles, state_dir=Path(folder) / "home")
    except CannotBuild as error:
        print(f"The static files cannot be built: {error}", file=sys.stderr)
        return 1
    return 0


def bundle_static_files(static: Path, templates: Path, bundles: Path) -> None:
    """Write bundled scripts and style sheets, and copies of all other files. Raises CannotBuild."""
    sources = bundles.with_name("sources")
    shutil.copytree(static, sources)
    entries = {*find_page_files(templates), *rewrite_module_urls(sources)}
    if missing := sorted(name for name in entries if not (sources / name).is_file()):
        raise CannotBuild(f"static/ lacks {', '.join(missing)}")
    is_source = shutil.ignore_patterns("*.js", "*.css", "*.ts")
    shutil.copytree(sources, bundles, ignore=is_source)
    command = [
        str(ESBUILD),
        *sorted(str(sources / name) for name in entries),
        "--bundle",
        "--minify",
        "--format=esm",
        f"--target={TARGET}",
        "--legal-comments=none",
        "--loader:.svg=file",
        "--loader:.png=file",
        "--loader:.woff2=file",
        "--asset-names=[dir]/[name]",
        f"--outbase={sources}",
        f"--outdir={bundles}",
        "--log-level=warning",
    ]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    if subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode:
        raise CannotBuild("esbuild refuses a file, see above")


def find_page_files(templates: Path) -> Iterator[str]:
    """Yield the names of scripts and style sheets in templates of pages and of scripts."""
    for template in (*templates.rglob("*.html"), *templates.rglob("*.js")):
        yield from TEMPLATE_REFERENCE.findall(template.read_text())


def rewrite_module_urls(sources: Path) -> Iterator[str]:
    """Make URLs that are relative to a module absolute; yield the names of scripts among them.

    A bundle is in another folder than the modules of which it is made.
    """
    for module in sources.rglob("*.js"):
        text = module.read_text()
        folder = module.parent.relative_to(sources)
        names = {path: os.path.normpath(folder / path) for _, path in MODULE_URL.findall(text)}
        for path, name in names.items():
            if not (sources / name).is_file():
                raise CannotBuild(f"{module.relative_to(sources)} refers to {path}")
        if names:
            module.write_text(MODULE_URL.sub(partial(_absolute_url, names), text))
            yield from (name for name in names.values() if name.endswith(".js"))


def _absolute_url(names: dict[str, str], match: re.Match[str]) -> str:
    return f'new URL("/static/{names[match["path"]]}", import.meta.url)'


def collect(bundles: Path, *, state_dir: Path) -> None:
    """Write hashed and compressed copies into STATIC_ROOT, without the settings of a site."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    os.environ.clear()
    os.environ.update(inherited, DIGITSITE_HOME=str(state_dir), STATIC_SOURCES="false")
    os.environ["DJANGO_SETTINGS_MODULE"] = "digitsite.settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.STATICFILES_DIRS = [bundles]
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=list(UNUSED))


if __name__ == "__main__":
    sys.exit(main())
