"""The networks: which one answers, who answered when and why, what the gate says of each; and, for
admins, changing that."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import registry
from recognizer.access import NotFound, get_evaluation
from recognizer.models import Evaluation, GateResult, Promotion
from recognizer.pages.cards import say_label
from recognizer.pages.changed_drawings import picture_ink
from recognizer.pages.model_words import list_cards, promotion_rows, troubles
from recognizer.pages.one_model import find_model
from recognizer.pages.verdict import OUTCOMES, SetCard, published_rows
from recognizer.pages.visitors import for_admins, signed_in
from recognizer.queue import CannotPublish

TIMELINE = 50


@require_safe
@login_required
@never_cache
def show_models(request: HttpRequest) -> HttpResponse:
    cards = list_cards()
    serving = next((card for card in cards if card.is_champion), None)
    history = Promotion.objects.select_related("model", "by", "evaluation")[:TIMELINE]
    context = {
        "cards": cards,
        "serving": serving,
        "troubles": troubles(serving.version, registry.list_workers()) if serving else [],
        "since": history[0] if history else None,
        "can_go_back": len(registry.list_standing()) > 1,
        "history": promotion_rows(history),
    }
    return render(request, "pages/models.html", context)


@require_safe
@login_required
@never_cache
def show_evaluation(request: HttpRequest, evaluation_id: int) -> HttpResponse:
    try:
        evaluation = get_evaluation(signed_in(request), evaluation_id)
    except NotFound as error:
        raise Http404(str(error)) from None
    report = registry.read_report(evaluation, signed_in(request))
    word, tone = OUTCOMES[GateResult(evaluation.gate_result)]
    context = {
        "evaluation": evaluation,
        "word": word,
        "tone": tone,
        "sets": [SetCard(one) for one in report.get("sets", [])],
        "published": published_rows(report),
        "speed": report.get("speed"),
        **_what_can_be_done(evaluation),
    }
    return render(request, "pages/evaluation.html", context)


@require_safe
@login_required
@never_cache
def show_shadow(request: HttpRequest, label: str) -> HttpResponse:
    version, user = find_model(signed_in(request), label), signed_in(request)
    agreement = registry.measure_agreement(version)
    different = registry.list_differences(version) if user.is_reviewer else []
    context = {
        "version": version,
        "agreement": agreement,
        "share": 100 * agreement.same / agreement.answers if agreement.answers else None,
        "pairs": [(say_label(shown), say_label(said), n) for shown, said, n in agreement.pairs],
        "dropped": registry.count_dropped(),
        "differences": [
            {
                "shown": say_label(one.shown),
                "said": say_label(one.said),
                "ground_truth": say_label(one.ground_truth),
                "picture": picture_ink(one.ink, one.raster),
            }
            for one in different
        ],
    }
    return render(request, "pages/shadow.html", context)


@require_POST
@for_admins
def promote(request: HttpRequest, label: str) -> HttpResponse:
    version = find_model(signed_in(request), label)
    return _change(
        request,
        lambda asked: registry.promote_model(model=version, by=signed_in(request), **asked),
        f"{version} answers from now on.",
    )


@require_POST
@for_admins
def roll_back(request: HttpRequest) -> HttpResponse:
    return _change(
        request,
        lambda asked: registry.roll_back(by=signed_in(request), **asked),
        "The network before this one answers again.",
    )


@require_POST
@for_admins
def compare(request: HttpRequest, label: str) -> HttpResponse:
    version = find_model(signed_in(request), label)
    return _change(
        request,
        lambda asked: registry.ask_for_comparison(model=version),
        "They are being compared. The verdict comes in a minute or two; load the page again then.",
        leads_to=label,
    )


@require_POST
@for_admins
def change_shadow(request: HttpRequest, label: str) -> HttpResponse:
    version, on = find_model(signed_in(request), label), request.POST.get("on") == "true"
    return _change(
        request,
        lambda asked: registry.set_shadow(model=version, on=on),
        "It answers in the shadow now." if on else "It no longer answers in the shadow.",
        leads_to=label,
    )


def _change(
    request: HttpRequest,
    change: Callable[[dict[str, str]], object],
    done: str,
    *,
    leads_to: str = "",
) -> HttpResponse:
    """Make one change, say so or why not, and lead on."""
    given = request.POST
    asked = {
        "reason": given.get("reason", "")[: registry.REASON_MAX],
        "seen": given.get("champion", ""),
    }
    try:
        change(asked)
        messages.success(request, done)
    except registry.CannotPromote as error:
        messages.error(request, str(error))
    except CannotPublish:
        messages.error(request, "The workers cannot be asked at the moment. Try again.")
    return redirect("model", leads_to) if leads_to else redirect("models")


def _what_can_be_done(evaluation: Evaluation) -> dict[str, Any]:
    """`is_current`: beside the network that answers now; an older verdict promotes nobody."""
    newest = registry.newest_promotion()
    champion = newest.model if newest else None
    serves = champion is not None and champion.pk == evaluation.challenger_id
    is_current = champion is not None and champion.pk == evaluation.champion_id
    is_used = evaluation.promotions.exists()
    return {
        "champion": champion,
        "serves": serves,
        "is_current": is_current and not serves,
        "reason_required": evaluation.gate_result != GateResult.PASSED or is_used,
        "can_go_back": serves and len(registry.list_standing()) > 1,
    }
