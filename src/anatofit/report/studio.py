"""One offscreen window for every picture, kept between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.report import colour
from anatofit.report.body import Body, actor_of
from anatofit.report.directions import letters
from anatofit.report.layout import FOOT_PX, Panel, Shot, panels

_SWATCH_PX = 18
_BESIDE_PX = 90  # of the size of letters beside a panel, in sum: so many are as wide as the strip there
_NAME_PX, _GROUND = 7, 0.6  # a name stands so far beside its place, on a ground that hides so much
_EDGE = (200, 200, 200)  # around a close view: bone goes on beyond it


class Studio:
    """An offscreen window; `picture` gives `(rows, columns, 3)` bytes."""

    def __init__(self) -> None:
        import vtkmodules.vtkRenderingFreeType
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the engine)
        from vtkmodules.vtkCommonCore import vtkObject
        from vtkmodules.vtkRenderingCore import vtkRenderWindow

        quiet = vtkObject.GetGlobalWarningDisplay()
        vtkObject.SetGlobalWarningDisplay(0)  # a machine without a display is no news: VTK then draws in memory
        self._window: Any = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)  # smoothed afterwards (FXAA): three times as fast without a graphics card
        self._window.SetSize(64, 64)
        self._window.Render()
        vtkObject.SetGlobalWarningDisplay(quiet)
        self._page, *self._renderers = [self._new_renderer() for _ in range(3)]  # words below, then a panel a view
        self._actors: dict[int, tuple[Body, Any]] = {}

    def _new_renderer(self) -> Any:
        from vtkmodules.vtkRenderingCore import vtkLightKit, vtkRenderer

        renderer = vtkRenderer()
        renderer.SetBackground(1.0, 1.0, 1.0)
        renderer.UseFXAAOn()
        kit = vtkLightKit()
        kit.SetKeyLightWarmth(0.5)
        kit.SetFillLightWarmth(0.5)
        kit.SetKeyToFillRatio(2.0)
        kit.SetKeyToHeadRatio(2.0)
        kit.AddLightsToRenderer(renderer)
        self._window.AddRenderer(renderer)
        return renderer

    def picture(self, shot: Shot) -> NDArray[np.uint8]:
        """The shot as RGB bytes."""
        self._window.SetSize(*shot.size_px)
        shown = panels(shot)
        self._show(shot, self._renderers[: len(shown)])
        for renderer, panel in zip(self._renderers, shown, strict=False):
            _aim(renderer, panel, shot)
        texts = [(self._page, text) for i in range(len(shown)) for text in _texts(shot, shown, i)]
        for renderer, panel, names in zip(self._renderers, shown, shot.names, strict=False):
            texts += [(renderer, name) for name in _names(panel, names)]
        for renderer, text in texts:
            renderer.AddViewProp(text)
        self._window.Render()
        pixels = self._read(shot)
        for renderer, text in texts:
            renderer.RemoveViewProp(text)
        return _with_bars(pixels, shot, shown)

    def close(self) -> None:
        """Gives the window back."""
        self._window.Finalize()

    def _show(self, shot: Shot, renderers: Sequence[Any]) -> None:
        wanted = {id(body) for body in shot.bodies}
        for body in shot.bodies:
            if id(body) not in self._actors:
                self._actors[id(body)] = (body, actor_of(body))
        for renderer in self._renderers:
            renderer.SetDraw(renderer in renderers)
        for key, (_, actor) in self._actors.items():
            actor.SetVisibility(key in wanted)
            for renderer in renderers:
                if key in wanted and not renderer.HasViewProp(actor):
                    renderer.AddActor(actor)

    def _read(self, shot: Shot) -> NDArray[np.uint8]:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        width, height = shot.size_px
        data = vtkUnsignedCharArray()
        self._window.GetPixelData(0, 0, width - 1, height - 1, 1, data, 0)
        return np.array(vtk_to_numpy(data).reshape(height, width, 3)[::-1])


def _aim(renderer: Any, panel: Panel, shot: Shot) -> None:
    (width, height), (left, low, right, high) = shot.size_px, panel.box
    renderer.SetViewport(left / width, low / height, right / width, high / height)
    camera = renderer.GetActiveCamera()
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(*panel.centre_lps_mm)
    camera.SetPosition(*(panel.centre_lps_mm + panel.view.toward_lps * 500.0))
    camera.SetViewUp(*panel.view.up_lps)
    camera.SetParallelScale(panel.half_height_mm)
    renderer.ResetCameraClippingRange()


def _texts(shot: Shot, shown: Sequence[Panel], index: int) -> list[Any]:
    """Letters, title and legends around one panel."""
    panel, small = shown[index], len(shown) > 1
    texts = _edge_letters(panel, shot.size_px[1], size=20 if small else 28)
    if index < len(shot.captions):
        texts.append(_text(shot.captions[index], panel.column[0] + 12, shot.size_px[1] - 12, size=17, left=True))
    length, pixels = panel.bar()
    texts.append(_text(f"{length} mm", panel.column[1] - 16 - pixels / 2, 40, size=16 if small else 22))
    return texts + (_legend(shot) if index == 0 else [])


def _names(panel: Panel, names: Mapping[str, FloatArray]) -> list[Any]:
    """Words beside places of a panel, to their right, on a light ground."""
    texts = []
    for words, at in names.items():
        x, y = panel.at_px(at)
        text = _text(words, x + _NAME_PX, y + _NAME_PX, size=13, left=True)
        text.GetTextProperty().SetBackgroundColor(1.0, 1.0, 1.0)
        text.GetTextProperty().SetBackgroundOpacity(_GROUND)
        texts.append(text)
    return texts


def _text(words: str, x: float, y: float, *, size: int, left: bool = False) -> Any:
    from vtkmodules.vtkRenderingCore import vtkTextActor

    actor: Any = vtkTextActor()
    actor.SetInput(words)
    actor.SetDisplayPosition(int(x), int(y))
    looks = actor.GetTextProperty()
    looks.SetFontFamilyToArial()
    looks.SetFontSize(size)
    looks.SetColor(0.1, 0.1, 0.1)
    looks.SetBold(not left)
    looks.SetJustification(0 if left else 1)
    looks.SetVerticalJustification(2 if left else 1)
    return actor


def _edge_letters(panel: Panel, height: int, *, size: int) -> list[Any]:
    left, right = panel.column
    middle, centre = (panel.box[1] + panel.box[3]) / 2, (left + right) / 2
    east, west = (letters(sign * panel.view.right_lps, panel.view.names) for sign in (1.0, -1.0))
    return [
        _text(east, right - 28, middle, size=min(size, _BESIDE_PX // len(east))),
        _text(west, left + 28, middle, size=min(size, _BESIDE_PX // len(west))),
        _text(letters(panel.view.up_lps, panel.view.names), centre, height - 20, size=size),
        _text(letters(-panel.view.up_lps, panel.view.names), centre, FOOT_PX - 18, size=size),
    ]


def _legend(shot: Shot) -> list[Any]:
    """The words of the colour bar, and what its other colours mean."""
    bar = shot.bar
    if bar is None:
        return []
    x0, x1 = _colour_bar_span(shot)
    ends = ((x0, bar.low), ((x0 + x1) / 2, (bar.low + bar.high) / 2), (x1, bar.high))
    texts = [_text(f"{value:.3g}", x, 10, size=14) for x, value in ends]
    texts.append(_text(bar.label, x0, 58, size=15, left=True))
    if bar.more:
        texts.append(_text("more", x1 + 12 + _SWATCH_PX, 36, size=15, left=True))
    if bar.grey:
        texts.append(_text(bar.grey, shot.size_px[0] // 2 + 32 + _SWATCH_PX, 36, size=15, left=True))
    return texts


def _colour_bar_span(shot: Shot) -> tuple[int, int]:
    return 24, 24 + min(300, shot.size_px[0] // 2 - 120)


def _with_bars(pixels: NDArray[np.uint8], shot: Shot, shown: Sequence[Panel]) -> NDArray[np.uint8]:
    """The scale bars and the colour bar painted into the foot of the picture, and an edge around close views."""
    height = len(pixels)
    for panel in shown:
        _, length = panel.bar()
        right = panel.column[1] - 16
        pixels[height - 26 : height - 21, right - length : right] = 20
        if panel.close:
            _outline(pixels, panel)
    if shot.bar is not None:
        x0, x1 = _colour_bar_span(shot)
        foot = pixels[height - 38 : height - 20]
        foot[:, x0:x1] = colour.colours_of(np.linspace(0.0, 1.0, x1 - x0))
        if shot.bar.more:
            foot[:, x1 + 6 : x1 + 6 + _SWATCH_PX] = colour.MORE
        if shot.bar.grey:
            start = shot.size_px[0] // 2 + 24
            foot[:, start : start + _SWATCH_PX] = colour.UNDEFINED
    return pixels


def _outline(pixels: NDArray[np.uint8], panel: Panel) -> None:
    left, low, right, high = panel.box
    top, bottom = len(pixels) - high, len(pixels) - low - 1
    pixels[[top, bottom], left:right] = _EDGE
    pixels[top : bottom + 1, [left, right - 1]] = _EDGE
