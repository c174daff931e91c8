"""The pages that say what went wrong, in the site's look."""

import pytest
from django.template import loader
from django.test import Client

PAGES = {
    "400.html": "We did not understand that",
    "403.html": "You may not go there",
    "403_csrf.html": "This page was open too long",
    "404.html": "There is nothing here",
    "500.html": "That was our mistake",
    "503.html": "Back in a moment",
}


@pytest.mark.parametrize(("template", "heading"), PAGES.items())
def test_an_error_page_needs_neither_a_person_nor_the_database(template: str, heading: str) -> None:
    page = loader.get_template(template).render()

    assert f"<h1>{heading}</h1>" in page
    assert "css/tokens.css" in page
    assert "style=" not in page


@pytest.mark.django_db
def test_a_place_that_is_not_there_says_so(anonymous: Client) -> None:
    answer = anonymous.get("/no/such/place/")

    assert answer.status_code == 404
    assert PAGES["404.html"] in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_the_sites_mark_is_refused_with_a_reason() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})

    assert answer.status_code == 403
    assert PAGES["403_csrf.html"] in answer.content.decode()
