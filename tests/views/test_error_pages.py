"""Error pages in the site's layout."""

import pytest
from django.template import loader
from django.test import Client

PAGES = {
    "400.html": "bad_request",
    "403.html": "permission_denied",
    "403_csrf.html": "csrf_failed",
    "404.html": "not_found",
    "500.html": "internal_error",
    "503.html": "unavailable",
}


@pytest.mark.parametrize(("template", "error"), PAGES.items())
def test_error_page_needs_no_user_and_no_database(template: str, error: str) -> None:
    page = loader.get_template(template).render()

    assert f'data-error="{error}"' in page
    assert page.count("<h1>") == 1
    assert "css/tokens.css" in page
    assert "style=" not in page


@pytest.mark.django_db
def test_unknown_path_shows_the_404_page(anonymous: Client) -> None:
    response = anonymous.get("/no/such/path/")

    assert response.status_code == 404
    assert 'data-error="not_found"' in response.content.decode()


@pytest.mark.django_db
def test_form_without_csrf_token_shows_the_csrf_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})

    assert response.status_code == 403
    assert 'data-error="csrf_failed"' in response.content.decode()
