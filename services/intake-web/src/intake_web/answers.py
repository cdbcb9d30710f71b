"""Answers to a service's own questions (Open311 ``attribute[CODE]``) against the service definition. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from intake_web.messages import FieldError
from shared.cleaning import clean_line
from shared.contracts import AttributeAnswer
from shared.town.services import AttributeDefinition

Given = Mapping[str, str | Sequence[str]]
"""Answers as they came, by attribute code: one, or several."""
MAX_VALUES: Final = 50
MAX_ANSWER_CHARACTERS: Final = 1_000
MAX_ALL_ANSWERS_CHARACTERS: Final = 10_000
"""All answers together: keeps a submission far below Kafka's limit."""
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_MULTIPLE = "multivaluelist"


def attribute_code(name: str) -> str | None:
    """``CODE`` of a form field ``attribute[CODE]`` or ``attribute[CODE][]``; None for any other field."""
    code, closing, rest = name.removeprefix("attribute[").partition("]")
    return code if name.startswith("attribute[") and code and closing and rest in {"", "[]"} else None


def attribute_answers(
    given: Given, asked: Sequence[AttributeDefinition], *, are_required: bool
) -> tuple[tuple[AttributeAnswer, ...], list[FieldError]]:
    """The answers to what the service asks, in its order, and what is wrong with them. Answers nobody asked for are ignored."""
    answers: list[AttributeAnswer] = []
    errors: list[FieldError] = []
    for question in asked:
        if not question.variable:
            continue
        values = _cleaned(given.get(question.code, ()))
        wrong = _wrong(question, values, is_required=are_required and question.required)
        if wrong is not None:
            errors.append(wrong)
        elif values:
            answers.append(AttributeAnswer(code=question.code, values=values))
    if sum(len(value) for answer in answers for value in answer.values) > MAX_ALL_ANSWERS_CHARACTERS:
        errors.append(_error(answers[0].code, "too_long", "attribute_too_long", max=MAX_ALL_ANSWERS_CHARACTERS))
    return tuple(answers), errors


def _cleaned(given: str | Sequence[str]) -> tuple[str, ...]:
    raw = (given,) if isinstance(given, str) else given
    lines = (clean_line(value[: 4 * MAX_ANSWER_CHARACTERS], max_characters=MAX_ANSWER_CHARACTERS + 1) for value in raw[: MAX_VALUES + 1])
    return tuple(dict.fromkeys(line for line in lines if line))


def _wrong(question: AttributeDefinition, values: tuple[str, ...], *, is_required: bool) -> FieldError | None:
    if not values:
        return _error(question.code, "required", "attribute_required") if is_required else None
    if len(values) > MAX_VALUES or max(map(len, values)) > MAX_ANSWER_CHARACTERS:
        return _error(question.code, "too_long", "attribute_too_long", max=MAX_ANSWER_CHARACTERS)
    if len(values) > 1 and question.datatype != _MULTIPLE:
        return _error(question.code, "invalid", "attribute_single")
    message_key = _wrong_type(question, values)
    return _error(question.code, "invalid", message_key) if message_key else None


def _wrong_type(question: AttributeDefinition, values: tuple[str, ...]) -> str | None:
    match question.datatype:
        case "number" if not (_NUMBER.fullmatch(values[0]) and math.isfinite(float(values[0]))):
            return "attribute_number_invalid"
        case "datetime" if not _is_datetime(values[0]):
            return "attribute_datetime_invalid"
        case "singlevaluelist" | "multivaluelist" if not set(values) <= {option.key for option in question.values}:
            return "attribute_choice_invalid"
        case _:
            return None


def _is_datetime(written: str) -> bool:
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return False
    return True


def _error(code: str, kind: str, message_key: str, **params: int | str) -> FieldError:
    return FieldError(f"attribute[{code}]", kind, message_key, params)
