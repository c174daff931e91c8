"""Modules that the web and worker processes load, directly and indirectly."""

import json
import subprocess
import sys

import pytest

from tests.fixtures.site_process import ROOT

pytestmark = pytest.mark.slow

LIST_MODULES_CODE = """
import json, sys
from digitsite.asgi import application
from django.urls import get_resolver
get_resolver().url_patterns
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
FORBIDDEN_MODULES = {"torch", "ml", "workers", "numpy", "onnxruntime", "onnx", "scipy"}


def test_web_process_loads_no_ml_and_no_workers() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIST_MODULES_CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(run.stdout))
    assert "recognizer" in loaded
    assert loaded & FORBIDDEN_MODULES == set()


def test_cpu_worker_loads_neither_torch_nor_onnx() -> None:
    code = LIST_MODULES_CODE.replace("digitsite.asgi import application", "workers.app import app")
    load = (
        "app.loader.import_default_modules()\n"
        "from ml.inference.onnx_backend import OnnxBackend\nprint("
    )
    run = subprocess.run(
        [sys.executable, "-c", code.replace("print(", load)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(run.stdout))
    assert {"workers", "ml", "onnxruntime"} <= loaded
    assert loaded & {"torch", "onnx", "scipy"} == set()
