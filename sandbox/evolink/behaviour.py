"""What a test may change about the stand-in while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sandbox.evolink.books import Submission

PictureFormat = Literal["jpeg", "png", "webp"]
ResultShape = Literal["strings", "objects", "result_data"]
#: What a link leads to instead of its picture: a 404, the 403 of an expired link, a proxy's web
#: page, nothing at all, half of the bytes (with the half's or the full length), or no answer.
Wrong = Literal["missing", "expired", "page", "empty", "half", "cut", "hanging"]


@dataclass
class Behaviour:
    """How the stand-in draws, responds and fails. Durations are sandbox seconds."""

    #: From submission to the end of a task with one image, including the time in the queue.
    drawing_seconds: float = 8.0
    seconds_per_extra_image: float = 2.0
    #: How long a task stays ``pending`` (never longer than the drawing lasts).
    pending_seconds: float = 1.0
    #: While this is on, no task finishes.
    unfinished: bool = False

    #: Prompt, size and number are written on each picture.
    captions: bool = True
    #: Single-colour pictures at the true size, quick to encode; their bytes still differ.
    cheap_pictures: bool = False
    #: The side of every picture in pixels, whatever was requested; ``None``: the true size.
    side: int | None = None
    format: PictureFormat = "jpeg"
    #: Incompressible PNG, about three bytes per pixel, whatever the format.
    noisy: bool = False

    #: What links lead to at first, by the image's number, starting at 0 ...
    wrong_links: dict[int, Wrong] = field(default_factory=dict[int, Wrong])
    #: ... and how many times each; ``None``: always.
    wrong_times: int | None = 1
    #: Links are signed over their raw bytes, as object stores do: another spelling is a 403. They
    #: lead to where the picture is by a redirect that is signed as well.
    signed_links: bool = False
    #: Files to serve as results instead of drawings, one after another.
    next_files: list[bytes] = field(default_factory=list[bytes])

    #: Codes of task errors (``wording.TASK_ERRORS``): each makes one task end as ``failed``.
    next_failures: list[str] = field(default_factory=list[str])
    #: How many images every task makes, whatever it asked for; ``None``: as
    #: ``counting.images_asked`` says.
    images_made: int | None = None
    #: A prompt with one of these words (ignoring case) violates the content policy ...
    moderate_words: list[str] = field(default_factory=list[str])
    #: ... and is refused with a 400 at submission instead of becoming a failed task.
    moderate_at_submit: bool = False

    #: ``False``: progress stays 0 until it jumps to 100, as seen in reality.
    progress_moves: bool = True
    result_shape: ResultShape = "strings"
    #: ``task_info.estimated_time`` in sandbox seconds, sent as real ones; ``None``: no such field.
    estimated_time: int | None = 10

    #: Changes an answer about a task before it leaves, into odd JSON (``oddities``) or into bytes
    #: that aren't JSON: it gets the task and the correct answer.
    twist: "Callable[[Submission, dict[str, object]], dict[str, object] | bytes] | None" = None

    #: ``False``: the header is ignored, so every submission makes a task; nothing documents that it
    #: is honoured.
    honours_idempotency: bool = False
    #: What ``GET /v1/models`` lists for the key; the shape is that of other services.
    models: list[str] = field(default_factory=lambda: ["doubao-seedream-4.5"])
    #: Whether ``GET /v1/tasks`` lists the account's tasks; it is not documented either.
    lists_tasks: bool = True
    #: Callbacks to http and to loopback addresses, which Evolink refuses, are taken.
    callbacks_to_loopback: bool = False
    #: The price of an image (2.04 credits in October 2026).
    credits_per_image: float = 2.04
    #: How many files the file service keeps for an account (the documented default).
    stored_files: int = 100
    #: The HTTP status of the file service's refusals 40001 to 40003; Evolink has also sent 200.
    file_refusal_status: int = 400
