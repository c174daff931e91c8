"""`make static`: bundles with hashed names, their headers, and the sources without a build."""

import json
import re
import shutil
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from digitsite.launcher.__main__ import require_static_files
from digitsite.launcher.single_instance import CannotStart
from digitsite.static_files_storage import BuiltStaticFilesStorage
from tests.fixtures.static_build import build_static_files
from tools.build_static import CannotBuild, bundle_static_files

ROOT = Path(__file__).resolve().parents[2]
STATIC_TAG = re.compile(r"""{% static ["']([^"']+)["'] %}""")
PAGE_FILES = sorted(
    {
        name
        for page in (ROOT / "templates").rglob("*.html")
        for name in STATIC_TAG.findall(page.read_text())
    }
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the static files of the site as `make static` does. Return their folder."""
    return build_static_files(tmp_path_factory.mktemp("static"))


@pytest.fixture
def client_of_build(built: Path, settings: Settings) -> Client:
    """A client of a site that serves the build."""
    settings.STATIC_ROOT = built
    settings.STATICFILES_DIRS = []
    settings.WHITENOISE_USE_FINDERS = False
    backend = "digitsite.static_files_storage.BuiltStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    return Client()


def manifest_of(folder: Path) -> dict[str, str]:
    paths: dict[str, str] = json.loads((folder / "staticfiles.json").read_text())["paths"]
    return paths


def test_manifest_has_each_file_that_a_page_names(built: Path) -> None:
    assert PAGE_FILES
    manifest = manifest_of(built)
    assert [name for name in PAGE_FILES if not (built / manifest.get(name, "-")).is_file()] == []


def test_bundles_import_nothing(built: Path) -> None:
    manifest = manifest_of(built)
    imports = {".js": re.compile(r"\bimport\s*[\"'{(*]"), ".css": re.compile("@import")}
    bundles = [name for name in PAGE_FILES if Path(name).suffix in imports]
    assert bundles
    for name in bundles:
        assert not imports[Path(name).suffix].search((built / manifest[name]).read_text()), name


def test_the_drawing_page_starts_the_built_worker(built: Path) -> None:
    manifest = manifest_of(built)
    worker = manifest["js/inference/worker.js"]
    page = (built / manifest["js/draw/main.js"]).read_text()
    assert f'new Worker(new URL("/static/{worker}",import.meta.url)' in page
    assert not re.search(r"\bimport\s*[\"'{(*]", (built / worker).read_text())


def test_the_service_worker_keeps_the_files_of_its_page(
    client_of_build: Client, built: Path
) -> None:
    manifest = manifest_of(built)
    script = client_of_build.get("/sw.js").content.decode()
    page = client_of_build.get("/offline/").content.decode()
    kept = set(re.findall(r'"/static/([^"]+)"', script))
    assert kept <= set(manifest.values())
    assert kept >= {*re.findall(r'(?:src|href)="/static/([^"]+)"', page)}
    assert manifest["js/inference/worker.js"] in kept
    assert f'importScripts("/static/{manifest["js/offline/service_worker.js"]}")' in script
    built_worker = (built / manifest["js/offline/service_worker.js"]).read_text()
    assert not re.search(r"\b(?:import|export)\b", built_worker)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("gzip;q=1, br;q=0", None), ("", None)],
)
@pytest.mark.parametrize("name", ["js/draw/main.js", "css/pages/draw.css", "img/icon.svg"])
def test_compresses_built_files(
    client_of_build: Client, built: Path, name: str, accepted: str, encoding: str | None
) -> None:
    hashed = manifest_of(built)[name]
    response = client_of_build.get(f"/static/{hashed}", headers={"Accept-Encoding": accepted})
    body = b"".join(response)
    assert response.status_code == HTTPStatus.OK
    if encoding:
        assert response["Content-Encoding"] == encoding
        assert len(body) < (built / hashed).stat().st_size
    assert response["Vary"] == "Accept-Encoding"
    assert "immutable" in response["Cache-Control"]
    assert "max-age=315360000" in response["Cache-Control"]


@pytest.mark.django_db
def test_pages_name_hashed_files(client_of_build: Client, built: Path) -> None:
    page = client_of_build.get("/").content.decode()
    found = re.findall(r'"/static/([^"]+)"', page)
    assert found
    assert set(found) <= set(manifest_of(built).values())
    icon = client_of_build.get(reverse("favicon"))["Location"]
    assert icon == f"/static/{manifest_of(built)['img/icon.svg']}"


def test_without_a_build_serves_the_sources(client: Client) -> None:
    source = "js/draw/main.js"
    response = client.get(f"/static/{source}")
    assert b"".join(response) == (ROOT / "static" / source).read_bytes()
    assert response["Cache-Control"] == "max-age=0, public"


def test_refuses_a_start_without_a_build(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = None
    require_static_files()
    settings.STATIC_ROOT = tmp_path
    with pytest.raises(CannotStart):
        require_static_files()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A page with a worker that has imports, a data file and a part loaded on demand."""
    static = tmp_path / "static"
    files = {
        "js/page/main.js": 'import { start } from "../shared/start.js";\nstart();',
        "js/shared/start.js": """export const start = () => {
          new Worker(new URL("../worker/entry.js", import.meta.url), { type: "module" });
          fetch(new URL('../../data/weights.bin', import.meta.url));
          import(new URL("./later.js", import.meta.url).href);
        };""",
        "js/shared/later.js": 'export const later = "on demand";',
        "js/worker/entry.js": 'import { secret } from "./part.js";\npostMessage(secret);',
        "js/worker/part.js": 'export const secret = "from the part";',
        "data/weights.bin": "weights",
        "css/page.css": '@import "./part.css";',
        "css/part.css": "p { background: url(../img/dot.svg); }",
        "img/dot.svg": "<svg/>",
        "img/site.webmanifest": '{"icons": [{ "src": "dot.svg" }]}',
    }
    for name, text in files.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    (tmp_path / "templates").mkdir()
    page = "{% static 'js/page/main.js' %}{% static 'css/page.css' %}"
    (tmp_path / "templates" / "page.html").write_text(page)
    return static


def build(static: Path) -> Path:
    """Bundle and hash a folder. Return the folder of the result."""
    bundles, built = static.parent / "bundles", static.parent / "built"
    bundle_static_files(static, static.parent / "templates", bundles)
    names = [str(path.relative_to(bundles)) for path in bundles.rglob("*") if path.is_file()]
    shutil.copytree(bundles, built)
    storage = BuiltStaticFilesStorage(location=str(built), base_url="/static/")
    for _name, _hashed, error in storage.post_process({name: (storage, name) for name in names}):
        assert not isinstance(error, Exception), error
    return built


def test_builds_workers_and_files_that_scripts_name(sources: Path) -> None:
    built = build(sources)
    manifest = manifest_of(built)
    page = (built / manifest["js/page/main.js"]).read_text()
    for name in ("js/worker/entry.js", "js/shared/later.js", "data/weights.bin"):
        assert f'new URL("/static/{manifest[name]}",import.meta.url)' in page
        assert (built / manifest[name]).is_file()
    assert "from the part" in (built / manifest["js/worker/entry.js"]).read_text()
    assert "on demand" in (built / manifest["js/shared/later.js"]).read_text()
    assert "js/worker/part.js" not in manifest


def test_builds_files_that_styles_and_web_manifests_name(sources: Path) -> None:
    built = build(sources)
    manifest = manifest_of(built)
    icon = Path(manifest["img/dot.svg"]).name
    assert icon in (built / manifest["css/page.css"]).read_text()
    assert icon in (built / manifest["img/site.webmanifest"]).read_text()


@pytest.mark.parametrize("part", ["js/worker/part.js", "js/worker/entry.js", "data/weights.bin"])
def test_a_change_of_a_part_changes_the_name_of_the_page_script(sources: Path, part: str) -> None:
    before = manifest_of(build(sources))["js/page/main.js"]
    with (sources / part).open("a") as file:
        file.write("\nconsole.log('changed');")
    for folder in ("bundles", "built", "sources"):
        (sources.parent / folder).rename(sources.parent / f"first-{folder}")
    assert manifest_of(build(sources))["js/page/main.js"] != before


@pytest.mark.parametrize(
    "missing",
    [
        "js/page/main.js",
        "js/shared/start.js",
        "js/worker/entry.js",
        "css/part.css",
        "data/weights.bin",
    ],
)
def test_refuses_a_reference_to_a_missing_file(sources: Path, missing: str) -> None:
    (sources / missing).unlink()
    with pytest.raises(CannotBuild):
        bundle_static_files(sources, sources.parent / "templates", sources.parent / "bundles")
