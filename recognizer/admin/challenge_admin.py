"""Nicknames of the leaderboard, which admins can hide."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from recognizer.admin.base_admin import ReadOnlyAdmin
from recognizer.models import ChallengeNickname


@admin.register(ChallengeNickname)
class ChallengeNicknameAdmin(ReadOnlyAdmin):
    list_display = ("nickname", "user", "is_listed", "is_hidden")
    list_filter = ("is_hidden", "is_listed")
    list_select_related = ("user",)
    search_fields = ("nickname", "user__username")
    ordering = ("-pk",)
    actions = ("hide", "show")

    @admin.action(description="Hide: the users are not on the leaderboard")
    def hide(self, request: HttpRequest, chosen: QuerySet[ChallengeNickname]) -> None:
        chosen.update(is_hidden=True)

    @admin.action(description="Show again")
    def show(self, request: HttpRequest, chosen: QuerySet[ChallengeNickname]) -> None:
        chosen.update(is_hidden=False)
