"""Compression of pages and of nothing else."""

import gzip

import pytest
from django.test import Client

from recognizer.models import User
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db


def test_pages_are_compressed_with_a_random_length(anonymous: Client) -> None:
    plain = anonymous.get("/how-it-works/")
    assert "Content-Encoding" not in plain
    compressed = [
        anonymous.get("/how-it-works/", headers={"accept-encoding": "gzip"}) for _ in "12345678"
    ]
    for response in compressed:
        assert response["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response["Vary"]
        assert b"</html>" in gzip.decompress(response.content)
        assert len(response.content) < len(plain.content) / 2
    assert len({len(response.content) for response in compressed}) > 1


def test_data_is_not_compressed(owner: User, sign_in: SignIn) -> None:
    response = sign_in(owner).get("/api/v1/me/", headers={"accept-encoding": "gzip"})
    assert len(response.content) > 200
    assert "Content-Encoding" not in response
