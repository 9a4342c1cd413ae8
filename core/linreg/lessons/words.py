"""What a lesson says of itself, in each of its languages; the terms are the lecture's."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from linreg.lessons.lesson import LANGUAGES, OUTCOMES, Lesson, Question
from linreg.lessons.progress import Progress

Sentence = Mapping[str, str]
"""A sentence by language, its numbers filled in."""
_PADDED = re.compile(r"e([+-])0+(?=\d)")


def number(value: float) -> str:
    """Write a number with the digits that a person compares: six of them, and none that rounding has made."""
    if not isfinite(value):
        return "∞" if value == float("inf") else "−∞" if value < 0 else "NaN"
    return _as_written(f"{0.0 if abs(value) < 1e-12 else value:,.6g}")


def brief(value: float) -> str:
    """Write a number that is only spoken of, with four digits as the gauge has them, and whole ones whole."""
    if abs(value) >= 1e9:
        return number(value)
    rounded = value if value.is_integer() else float(f"{value:.4g}")
    return _as_written(f"{rounded:,.0f}" if rounded.is_integer() else f"{rounded:,.4g}")


def _as_written(text: str) -> str:
    """Write a formatted number as the monitor's sentences have it: 1e−6, not 1e-06."""
    return _PADDED.sub(r"e\1", text).replace("-", "−")


def sentence(key: str, **values: Any) -> Sentence:
    """Say something in every language, numbers in six digits."""
    said = {}
    for language in LANGUAGES:
        filled = {name: _written(value, language) for name, value in values.items()}
        said[language] = _SENTENCES[key][LANGUAGES.index(language)].format(**filled)
    return said


def choices_of(question: Question) -> tuple[Sentence, ...]:
    """Return what there is to choose from; nothing where a number or a sign is asked."""
    if question.of == "outcome":
        return tuple(sentence(each) for each in OUTCOMES)
    return tuple({language: _racer(changes, language) for language in LANGUAGES} for changes in question.racers)


def _racer(changes: Mapping[str, Any], language: str) -> str:
    """Name one who races by what is its own."""
    named = [str(changes["optimizer"])] if "optimizer" in changes else []
    own = {key: each for key, each in changes.items() if key not in ("options", "optimizer")}
    for key, each in (own | dict(changes.get("options", {}))).items():
        called = _CALLED[key][LANGUAGES.index(language)] if key in _CALLED else key
        named.append(f"{called} {_written(each, language)}")
    return ", ".join(named)


def counted(n_epochs: int) -> Sentence:
    """Count epochs in words."""
    return {"en": f"{n_epochs:,} epoch{'s' * (n_epochs != 1)}", "ko": f"{n_epochs:,} 에폭"}


def reached(progress: Progress, lesson: Lesson) -> Sentence:
    """Say how far a lesson has been taken; nothing of one that has not been begun."""
    if progress.step == 0:
        return sentence("done" if progress.is_done else "not_begun")
    words = sentence("reached", n=progress.step + 1, m=len(lesson.steps))
    return {key: f"{sentence('done')[key]}, {each}" for key, each in words.items()} if progress.is_done else words


def _written(value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value[language])
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else number(float(value))


_CALLED: Mapping[str, tuple[str, str]] = {
    "learning_rate": ("η", "η"),
    "batch_size": ("batch", "배치"),
    "momentum": ("momentum", "모멘텀"),
}
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "just": ("{words}", "{words}"),
    # choices
    "converges": ("converges", "수렴"),
    "swings": ("swings, and converges", "진동하며 수렴"),
    "diverges": ("diverges", "발산"),
    # calculations
    "step": (
        "{name} ← {name} − η·∂cost/∂{name} = {was} − {rate} × ({slope}) = {now}",
        "{name} ← {name} − η·∂cost/∂{name} = {was} − {rate} × ({slope}) = {now}",
    ),
    "one_step": ("{name} = {was} − {rate} × ({slope}) = {now}", "{name} = {was} − {rate} × ({slope}) = {now}"),
    "adam_step": (
        "{name} ← {name} − η·m̂/√v̂ = {was} − {rate} × ({quotient}) = {now}",
        "{name} ← {name} − η·m̂/√v̂ = {was} − {rate} × ({quotient}) = {now}",
    ),
    "moved": ("in {n} {name} goes from {was} to {now}", "{n} 뒤 {name}: {was} → {now}"),
    "slope": ("∂cost/∂{name}, over all rows, is {slope}", "모든 행에 대한 ∂cost/∂{name} = {slope}"),
    "slope_of_rows": (
        "∂cost/∂{name} is the mean of 2·(hypothesis − y){of_what}: {terms} = {slope}",
        "∂cost/∂{name} = 2·(가설 − y){of_what}의 평균 = {terms} = {slope}",
    ),
    "cost": ("in {n} the cost goes from {was} to {now}", "{n} 뒤 비용: {was} → {now}"),
    "cost_of_rows": (
        "the mean of (hypothesis − y)² is {terms} = {now}",
        "(가설 − y)²의 평균 = {terms} = {now}",
    ),
    "cost_of_directions": (
        "the least cost, and above it in each direction what is there now × (1 − η·λ)²ⁿ: {least} + {terms} = {now}",
        "최소 비용에, 방향마다 지금의 초과 비용 × (1 − η·λ)²ⁿ을 더하면: {least} + {terms} = {now}",
    ),
    "cost_here": ("the cost where it stands is {now}", "지금의 비용은 {now}"),
    "limit": (
        "2 / the largest curvature = 2 / {steepest} = {limit}",
        "2 / 가장 큰 곡률 = 2 / {steepest} = {limit}",
    ),
    "limit_of_momentum": (
        "2·(1 + β) / the largest curvature = 2·(1 + {momentum}) / {steepest} = {limit}",
        "2·(1 + β) / 가장 큰 곡률 = 2·(1 + {momentum}) / {steepest} = {limit}",
    ),
    "limit_of_options": (
        "with these options the largest stable rate is {limit}",
        "이 설정에서 안정한 가장 큰 학습률은 {limit}",
    ),
    "condition": (
        "largest over smallest curvature: {steepest} / {flattest} = {now}",
        "가장 큰 곡률 / 가장 작은 곡률 = {steepest} / {flattest} = {now}",
    ),
    "factor_of": ("1 − η·λ = 1 − {rate} × {steepest} = {now}", "1 − η·λ = 1 − {rate} × {steepest} = {now}"),
    "least": ("the least cost is {now}", "최소 비용은 {now}"),
    "optimum": (
        "least squares, where every slope of the cost is 0, has {name} = {now}",
        "최소제곱 해, 곧 비용의 모든 기울기가 0인 곳: {name} = {now}",
    ),
    "optimum_of_w": (
        "{name} = Σ(x − mean)·(y − mean) / Σ(x − mean)² = {top} / {bottom} = {now}",
        "{name} = Σ(x − 평균)·(y − 평균) / Σ(x − 평균)² = {top} / {bottom} = {now}",
    ),
    "optimum_of_b": (
        "b = mean of y − w × mean of x = {y} − {w} × {x} = {now}",
        "b = y의 평균 − w × x의 평균 = {y} − {w} × {x} = {now}",
    ),
    "epochs": (
        "the cost is first within {part} of the least after {epochs}",
        "비용이 최솟값의 {part} 안에 처음 드는 것은 {epochs} 뒤",
    ),
    "epochs_of_flattest": (
        "an epoch leaves 1 − {rate} × {flattest} = {left} of the flattest error, and its square of the cost: "
        "{excess} × {left}^(2·{n}) ≤ {part} × {least} first after {epochs}",
        "한 에폭에 가장 완만한 방향의 오차는 1 − {rate} × {flattest} = {left}배, 비용은 그 제곱 배가 됩니다: "
        "{epochs} 뒤 처음으로 {excess} × {left}^(2·{n}) ≤ {part} × {least}",
    ),
    "there_already": ("it is as near already: 0 epochs", "이미 그만큼 가깝습니다: 0 에폭"),
    "end": ("the run ends at epoch {n}", "학습은 {n} 에폭에서 끝납니다"),
    "end_by_cost": (
        "at epoch {n} the cost moves by {moved}, for the first time less than {tolerance}",
        "{n} 에폭에서 비용의 변화가 {moved}, 처음으로 {tolerance}보다 작습니다",
    ),
    "end_by_errors": (
        "at epoch {n} the farthest parameter is {far} standard errors away, within {tolerance}; before it, {before}",
        "{n} 에폭에서 가장 먼 매개변수까지 표준오차의 {far}배, {tolerance} 이내입니다. 한 에폭 전에는 {before}배",
    ),
    "errors": (
        "in {n} {name} is the farthest: distance / standard error = {away} / {error} = {now}",
        "{n} 뒤 가장 먼 것은 {name}: 거리 / 표준오차 = {away} / {error} = {now}",
    ),
    "seen": ("seen over {n}: it {outcome}", "{n}을 돌려 보면: {outcome}"),
    "factor": (
        "an epoch multiplies the steepest error by 1 − η·λ = 1 − {rate} × {steepest} = {factor}; "
        "{rate} is {share} times the largest stable rate",
        "한 에폭에 가장 가파른 오차는 1 − η·λ = 1 − {rate} × {steepest} = {factor}배가 됩니다. "
        "{rate} = 안정한 가장 큰 학습률 × {share}",
    ),
    "race": ("cost after {n}: {costs}", "{n} 뒤 비용: {costs}"),
    "sign": (
        "∂cost/∂{name} = {slope}; the step goes against it: {name} changes by {moved}",
        "∂cost/∂{name} = {slope}, 걸음은 그 반대로 갑니다: {name}의 변화는 {moved}",
    ),
    "place": ("in {n} w = {w}, b = {b}", "{n} 뒤: w = {w}, b = {b}"),
    # verdicts
    "right": ("Right: {truth}.", "맞았습니다: {truth}."),
    "wrong": ("Not quite: {truth}.", "아닙니다: {truth}."),
    # what is typed
    "type_number": ("a number, such as 0.25 or 2/3", "수 하나, 예: 0.25 또는 2/3"),
    "type_choice": ("one of {letters}", "{letters} 중 하나"),
    "type_sign": ("+ or −", "+ 또는 −"),
    "to_point": (
        "panel 4: arrows or mouse   ⏎ answer this   = type it",
        "4번 패널: 화살표, 마우스   ⏎ 여기로 답하기   = 입력하기",
    ),
    "type_place": ("w and b, such as 1.5 0", "수 두 개 (w b), 예: 1.5 0"),
    # keys and progress
    "to_lay_down": ("esc lays the hand down", "esc 손 떼기"),
    "to_answer": ("⏎ answer", "⏎ 답하기"),
    "working": ("working it out …", "계산하는 중 …"),
    "to_show": ("{n} shows panel {n}", "{n} 패널 보기"),
    "to_see": ("⏎ see it happen", "⏎ 직접 보기"),
    "to_go_on": ("⏎ go on", "⏎ 다음"),
    "to_go_back": ("⌫ back", "⌫ 이전"),
    "to_end": ("⏎ done", "⏎ 끝"),
    "to_list": ("L lessons", "L 수업 목록"),
    "rows_changed": (
        "rows were changed: r begins anew",
        "행이 바뀌었습니다: r 다시 시작",
    ),
    "not_ready": ("not ready yet: ⏎ again shortly", "준비 중입니다: 잠시 뒤 ⏎"),
    "veiled": ("once you have answered", "답한 뒤에 보입니다"),
    "to_leave_field": ("esc leave the field", "esc 나가기"),
    "to_press": ("press {keys}", "{keys} 누르기"),
    "done": ("done", "완료"),
    "not_begun": ("", ""),
    "reached": ("at step {n} of {m}", "{m}단계 중 {n}"),
    "minutes": ("{n} min", "{n}분"),
    "lessons": ("lessons", "수업"),
    "list_keys": (
        "⏎ opens, where it was left; o starts over; esc back",
        "⏎ 이어서 열기, o 처음부터, esc 돌아가기",
    ),
}
