"""Error codes of websockets and HTTP, each with its sentence."""

ERRORS = {
    "bad_json": "This is not JSON.",
    "binary": "Messages are text, not bytes.",
    "unknown_type": "There is no message of this type.",
    "bad_message": "A field of this message is missing or invalid.",
    "too_large": "This message is too large.",
    "not_ink": "This is not ink: strokes are lists of points, points are lists of 2 to 4 numbers.",
    "not_finite": "A coordinate is not a finite number.",
    "too_many_strokes": "This drawing has too many strokes.",
    "too_many_points": "This drawing has too many points.",
    "out_of_bounds": "A point is too far outside the canvas.",
    "empty": "The drawing is empty.",
    "conflict": "This revision was sent before with other ink.",
    "stale": "A newer revision of this drawing is already stored.",
    "deleted": "This drawing is deleted.",
    "not_found": "You have no such drawing.",
    "not_authenticated": "You are not signed in; send a token first.",
    "rate_limited": "Too many requests; wait a moment.",
    "unavailable": "The site cannot store anything at the moment; please send it again.",
}
"""Codes of `error` messages and of refused HTTP requests."""

RECOGNITION_FAILURES = {
    "empty": "The drawing is empty.",
    "unreadable": "This picture could not be read.",
    "too_large": "This picture is too large.",
    "internal_error": "This drawing could not be recognized because of a fault of the site.",
    "worker_died": "Recognizing this drawing failed three times.",
}
"""Codes of `failed` events: why a drawing has no prediction."""

SIDE_BY_SIDE_FAILURES = {
    "delayed": "The other models take longer than usual.",
    "unavailable": "The other models do not respond at the moment.",
    "stale": "This drawing has changed since, or has no prediction yet.",
    "not_found": "You have no such drawing.",
    "cannot_load": "This model could not be loaded.",
    "cannot_predict": "This model could not process the drawing.",
}
"""Codes of `side_by_side`: why there are no predictions yet, or why one model has none."""

CLOSE_CODES = {
    1008: "The client sent 20 invalid messages.",
    1009: "A frame is larger than 1 MiB.",
    1012: "The site restarts, or its database was restored; connect again.",
    1013: "The client does not read its messages, or the site is not ready; connect again later.",
    4401: "The session or token is missing, invalid or no longer valid.",
    4403: "The account does not have permission.",
    4404: "The object does not exist.",
    4429: "This account has too many open sockets.",
}
"""Codes with which the server closes a socket."""
