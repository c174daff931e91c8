"""The page of the challenge, the result of one, and the form of the leaderboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from recognizer.challenge.api_payloads import ChallengePayload, PromptResultPayload, challenge_json
from recognizer.challenge.challenges import find_open_challenge, find_personal_best, get_challenge
from recognizer.challenge.leaderboard import (
    join_leaderboard,
    leave_leaderboard,
    list_leaders,
)
from recognizer.models import MAX_NICKNAME_LENGTH, Challenge, ChallengeNickname, User
from recognizer.views.access_decorators import find_user, require_user


class NicknameForm(forms.Form):
    nickname = forms.CharField(
        max_length=MAX_NICKNAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        help_text="All visitors see it, with your best result of the week.",
    )


@dataclass(frozen=True)
class PromptRow:
    """A prompt on the page of the result."""

    result: PromptResultPayload

    @property
    def text(self) -> str:
        state, predicted = self.result["state"], self.result["predicted"]
        if state == "skipped":
            return "Skipped"
        if state == "pending":
            return "No prediction yet"
        if predicted is None:
            return "Not recognized"
        read = "not a digit" if predicted == "not_a_digit" else predicted
        return "Recognized" if state == "recognized" else f"Misread: {read}"


@require_safe
@never_cache
@ensure_csrf_cookie
def show_challenge(request: HttpRequest) -> HttpResponse:
    """Show the start of a challenge, or the open one of the user."""
    user = find_user(request)
    if user is None and not settings.GUESTS:
        return redirect_to_login(request.get_full_path())
    opened = find_open_challenge(user) if user else None
    challenge = challenge_json(get_challenge(user, opened.pk)) if user and opened else None
    context = _leaderboard_context(user)
    return render(request, "challenge/challenge.html", {**context, "challenge": challenge})


@require_safe
@login_required
@never_cache
def show_result(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    """Show the result of a challenge of the user."""
    user = require_user(request)
    challenge = get_challenge(user, challenge_id)
    payload = challenge_json(challenge)
    if payload["state"] == "open" and payload["prompt"]:
        return redirect("challenge")
    context = _leaderboard_context(user)
    context |= _result_context(challenge, payload)
    return render(request, "challenge/result.html", context)


@require_POST
@login_required
def change_leaderboard(request: HttpRequest) -> HttpResponse:
    """Join the leaderboard with a nickname, or leave it with `leave`."""
    user = require_user(request)
    if "leave" in request.POST:
        leave_leaderboard(user)
        messages.success(request, "You are no longer on the leaderboard.", extra_tags="left")
        return redirect("challenge")
    form = NicknameForm(request.POST)
    if form.is_valid():
        try:
            join_leaderboard(user=user, nickname=form.cleaned_data["nickname"])
        except forms.ValidationError as error:
            form.add_error("nickname", error)
        else:
            messages.success(request, "Your nickname is saved.", extra_tags="joined")
            return redirect("challenge")
    return render(request, "challenge/challenge.html", _leaderboard_context(user, form))


def _leaderboard_context(user: User | None, form: NicknameForm | None = None) -> dict[str, Any]:
    nickname = ChallengeNickname.objects.filter(user=user).first() if user else None
    initial = {"nickname": nickname.nickname} if nickname else {}
    best = find_personal_best(user) if user else None
    return {
        "leaders": list_leaders(),
        "nickname": nickname,
        "form": form or NicknameForm(initial=initial),
        "best": best,
        "best_s": _seconds(best),
    }


def _result_context(challenge: Challenge, payload: ChallengePayload) -> dict[str, Any]:
    rows = [PromptRow(one) for one in payload["results"]]
    best = payload["best"]
    return {
        "challenge": payload,
        "rows": rows,
        "misread": sorted(
            {row.result["digit"] for row in rows if row.result["state"] == "misread"}
        ),
        "duration_s": _seconds(challenge),
        "is_best": payload["result"] is not None and payload["result"] == best,
    }


def _seconds(challenge: Challenge | None) -> float | None:
    if challenge is None or challenge.duration_ms is None:
        return None
    return challenge.duration_ms / 1000
