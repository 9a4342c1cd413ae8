"""What is drawn can be read: on a projector too, on either theme, by the contrast that WCAG 2.2 defines."""

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import Theme
from textual.widget import Widget

from linreg_tui.draw.picture import BEHIND, BROKEN, FAINT, FLOOR, LABEL, LINE, MARK, POINT
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.themes import THEMES

LEAST = 3.0
"""Of lines and large signs (1.4.11); of text it is more, and the themes' own muted text has that."""


class Drawn(App[None]):
    """A chart, and nothing else."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield MonitorStatus()
        yield CostPanel()


def luminance(color: Color) -> float:
    parts = [channel / 255 for channel in (color.r, color.g, color.b)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_every_line_and_word_stands_out_from_its_background(theme: Theme) -> None:
    app = Drawn(theme.name)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        chart, status = app.query_one(CostPanel), app.query_one(MonitorStatus)
        drawn: list[tuple[Widget, str]] = [
            (chart, name) for name in (LINE, BEHIND, FLOOR, LABEL, MARK, POINT, FAINT, BROKEN)
        ]
        drawn += [(status, f"status--{name}") for name in ("good", "warning", "bad", "quiet", "mark")]
        for widget, name in drawn:
            style = widget.get_visual_style(name)
            assert style.foreground is not None
            assert style.background is not None
            assert contrast(style.foreground, style.background) >= LEAST, name
