"""Addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from recognizer.pages import draw, your_account

urlpatterns: list[URLPattern | URLResolver] = [
    path("", draw.show_front_page, name="draw"),
    path("accounts/settings/", your_account.show_account, name="account"),
    path("accounts/settings/consent/", your_account.change_consent, name="account_consent"),
    path("accounts/settings/tokens/", your_account.make_token, name="account_make_token"),
    path(
        "accounts/settings/tokens/<int:token_id>/revoke/",
        your_account.revoke_token,
        name="account_revoke_token",
    ),
    path("accounts/settings/delete/", your_account.delete_account, name="account_delete"),
]
