"""Path parameters that several views share."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

DRAWING_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path")
