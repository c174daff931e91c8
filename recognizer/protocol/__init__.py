"""Interfaces between the web tier, the workers and the clients. Imports the standard library only.

docs/websocket.md lists the messages and codes.
"""

from recognizer.protocol.drawing_json_payloads import (
    JSON,
    NOT_A_DIGIT,
    POINTER_TYPES,
    Payload,
    current_ground_truth,
    drawing_body,
    drawing_json,
    label_json,
    parse_label,
    prediction_body,
    prediction_json,
)
from recognizer.protocol.error_codes import (
    CLOSE_CODES,
    ERRORS,
    RECOGNITION_FAILURES,
    SIDE_BY_SIDE_FAILURES,
)
from recognizer.protocol.server_message_builders import (
    champion_message,
    deleted_event,
    error_message,
    event_body,
    failed_event,
    failure_fields,
    hello_message,
    label_event,
    model_failure_json,
    queued_message,
    restored_event,
    resumed_message,
    side_by_side_failure_message,
    side_by_side_message,
    state_events,
)
from recognizer.protocol.server_websocket_messages import (
    CLIENT_MESSAGE_TYPES,
    SERVER_MESSAGE_TYPES,
    ChampionPayload,
    LimitsPayload,
    ResumedMessage,
    SocketUser,
    StateEvent,
)
from recognizer.protocol.tasks import (
    BACKGROUND_QUEUES,
    CHECK_IMPORT_TASK,
    EMBED_TASK,
    EVALUATE_TASK,
    EVALUATION_QUEUE,
    EXPLAIN_QUEUE,
    EXPLAIN_TASK,
    HEAVY_RECOGNITION_QUEUE,
    RECOGNITION_QUEUE,
    RECOGNIZE_TASK,
    SCHEDULED_RUN_TASK,
    SHADOW_QUEUE,
    SHADOW_TASK,
    SIDE_BY_SIDE_QUEUE,
    SIDE_BY_SIDE_TASK,
    TRAIN_TASK,
    TRAINING_QUEUE,
    BatchItem,
    RecognitionBatch,
    SideBySideRequest,
    decode_batch,
    decode_drawing_revisions,
    decode_side_by_side_requests,
    encode_batch,
    encode_drawing_revisions,
    encode_side_by_side_requests,
)
