"""What a worker does when the broker does not hear that a task is done: it goes on.

kombu keeps the task's place of the prefetch, and with a prefetch of 1 the worker then never asks
for another one, for ever and in silence. The rows say what is done, so the place can be given back.
"""

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """Counts a task as acknowledged even when telling the broker so has failed."""

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


def use_forgiving_acknowledgement() -> None:
    redis.Channel.QoS = QoS
