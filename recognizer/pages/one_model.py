"""The page of one network, made of its card and of what comparisons found; and that of two beside
each other."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer import registry
from recognizer.access import NotFound, get_model_version
from recognizer.models import GateResult, ModelVersion, TrainingRun, User
from recognizer.pages.confused import read_surest
from recognizer.pages.model_card import (
    read_about,
    read_calibration,
    read_headlines,
    read_part,
    read_scores,
    read_speed,
)
from recognizer.pages.model_curves import describe_charts, say_borne
from recognizer.pages.model_differences import compare_digits, compare_sets
from recognizer.pages.model_layers import draw_strip, read_steps
from recognizer.pages.model_panels import read_panels
from recognizer.pages.model_training import read_training, say_origin
from recognizer.pages.model_words import list_cards, promotion_rows
from recognizer.pages.verdict import OUTCOMES
from recognizer.pages.visitors import signed_in

SUREST = 24


@require_safe
@login_required
@never_cache
def show_model(request: HttpRequest, label: str) -> HttpResponse:
    user = signed_in(request)
    version = find_model(user, label)
    cards = list_cards()
    verdicts = version.evaluations.select_related("champion").defer("report")
    context = {
        "card": next(card for card in cards if card.version == version),
        "others": [card.version for card in cards if card.version != version],
        "verdicts": [(one, *OUTCOMES[GateResult(one.gate_result)]) for one in verdicts],
        "history": promotion_rows(version.promotions.select_related("model", "by")),
        "run": TrainingRun.objects.filter(model=version).first() if user.is_admin else None,
        "state": describe_charts([version]),
        **_read_card(version),
    }
    return render(request, "pages/model.html", context)


@require_safe
@login_required
@never_cache
def choose_beside(request: HttpRequest, label: str) -> HttpResponse:
    """`with` in the address names the other one."""
    user = signed_in(request)
    version = find_model(user, label)
    other = request.GET.get("with", "")
    if not other:
        return redirect("model", version.ref)
    return redirect("model_compare", version.ref, find_model(user, other).ref)


@require_safe
@login_required
@never_cache
def show_beside(request: HttpRequest, label: str, second: str) -> HttpResponse:
    user = signed_in(request)
    both = [find_model(user, label), find_model(user, second)]
    first, other = both[0].card, both[1].card
    names = _tell_apart(both)
    context = {
        "first": both[0],
        "second": both[1],
        "names": names,
        "columns": [_read_column(version) for version in both],
        "sets": read_part(lambda card: compare_sets(card, other), first) or [],
        "digits": read_part(lambda card: compare_digits(card, other, name=names[1]), first) or [],
        "state": describe_charts(both),
        "others": ModelVersion.objects.exclude(pk__in=[both[0].pk, both[1].pk]).defer("card"),
    }
    return render(request, "pages/models_beside.html", context)


def find_model(user: User, label: str) -> ModelVersion:
    try:
        return get_model_version(user, label)
    except NotFound as error:
        raise Http404(str(error)) from None


def _tell_apart(both: list[ModelVersion]) -> list[str]:
    """Their names; two of the same name with the beginning of their hashes."""
    is_alike = both[0].name == both[1].name
    return [f"{one.name} {one.sha256[:6]}" if is_alike else one.name for one in both]


def _read_card(version: ModelVersion) -> dict[str, Any]:
    """What the card says, part by part; None or empty where it says nothing."""
    card = version.card
    people = read_part(lambda _: registry.read_peoples_sets(version), card) or []
    scores = read_part(read_scores, card) or []
    return {
        "about": read_about(card, version.architecture),
        "origin": say_origin(version),
        "headlines": read_part(read_headlines, card) or [],
        "steps": read_part(lambda it: read_steps(it["layers"]), card) or [],
        "strip": read_part(lambda it: draw_strip(it["layers"]), card),
        "layers": read_part(lambda it: list(it["layers"]), card) or [],
        "training": read_part(read_training, card) or [],
        "scores": scores,
        "has_final": any(score.final for score in scores),
        "panels": read_part(lambda it: read_panels(it, version, people), card) or [],
        "surest": read_surest(card, most=SUREST),
        "calibration": read_part(read_calibration, card),
        "borne": read_part(say_borne, card) or [],
        "speed": read_part(read_speed, card),
        "parameters": card.get("parameters"),
        "not_trained": card.get("not_trained"),
        "note": str(card.get("note") or ""),
    }


def _read_column(version: ModelVersion) -> dict[str, Any]:
    """One of two: its key facts."""
    card = version.card
    return {
        "version": version,
        "origin": say_origin(version),
        "parameters": card.get("parameters"),
        "layers": len(read_part(lambda it: read_steps(it["layers"]), card) or []),
        "learnt_from": dict(read_part(read_training, card) or []).get("Learnt from", ""),
        "calibration": read_part(read_calibration, card),
        "speed": read_part(read_speed, card),
    }
