"""Form of a webhook."""

from django import forms

from recognizer.models import Webhook, WebhookEvent
from recognizer.webhooks.events import SELECTABLE_EVENTS
from recognizer.webhooks.registry import MAX_NAME_LENGTH
from recognizer.webhooks.target_address import MAX_URL_LENGTH

EVENT_LABELS = {
    WebhookEvent.GROUND_TRUTH_CHANGED: "The agreed label of a drawing changed",
    WebhookEvent.TRAINING_SET_CREATED: "A training set was created or imported",
    WebhookEvent.TRAINING_RUN_ENDED: "A training run succeeded, failed or was cancelled",
    WebhookEvent.MODEL_EVALUATED: "A model was compared with the champion",
    WebhookEvent.MODEL_PROMOTED: "A model became the champion, also by a rollback",
    WebhookEvent.DRIFT_DETECTED: "Drift was detected",
}


class WebhookForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label="Address",
        max_length=MAX_URL_LENGTH,
        help_text="For example https://example.org/digitsite. The site sends a POST request for "
        "each event.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
            }
        ),
    )
    events = forms.MultipleChoiceField(
        label="Events",
        choices=[(event.value, EVENT_LABELS[event]) for event in SELECTABLE_EVENTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )


def fill_form(webhook: Webhook) -> WebhookForm:
    """Return the form with the values of a webhook."""
    return WebhookForm(initial={"name": webhook.name, "url": webhook.url, "events": webhook.events})
