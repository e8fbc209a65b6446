"""One offscreen window for every picture, kept between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatofit.model.frame import FloatArray
from anatofit.report import colour
from anatofit.report.body import Body, actor_of
from anatofit.report.directions import View, letters

_MARGIN, _FOOT_PX = 1.14, 88  # room for the letters around the body; strip below the bodies for the bars
_BAR_STEPS_MM = (1, 2, 5, 10, 20, 50, 100)
_FRAMING_POINTS = 4000  # of each body, spread over it: enough to find its outline


@dataclass(frozen=True)
class ColourBar:
    """The legend of a colour map: its ends in their unit and what it shows."""

    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Shot:
    """One picture: the same bodies seen in one or two views; `frames`, one a view (default: all
    bodies), are the points that must be seen."""

    bodies: Sequence[Body]
    views: Sequence[View]
    captions: Sequence[str] = ()
    frames: Sequence[FloatArray | None] = ()
    bar: ColourBar | None = None
    size_px: tuple[int, int] = (720, 620)


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
        self._renderers = [self._new_renderer(box) for box in ((0, 0, 1, 1), (0, 0, 0.5, 1), (0.5, 0, 1, 1))]
        self._actors: dict[int, tuple[Body, Any]] = {}

    def _new_renderer(self, box: tuple[float, float, float, float]) -> Any:
        from vtkmodules.vtkRenderingCore import vtkLightKit, vtkRenderer

        renderer = vtkRenderer()
        renderer.SetViewport(*box)
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
        renderers = self._renderers[:1] if len(shot.views) == 1 else self._renderers[1:]
        self._show(shot, renderers)
        texts = [
            (renderer, text)
            for i, (renderer, view) in enumerate(zip(renderers, shot.views, strict=True))
            for text in self._compose(renderer, view, shot, i)
        ]
        self._window.Render()
        pixels = self._read(shot)
        for renderer, text in texts:
            renderer.RemoveViewProp(text)
        return _with_bars(pixels, shot)

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

    def _compose(self, renderer: Any, view: View, shot: Shot, index: int) -> list[Any]:
        width, height = shot.size_px[0] // len(shot.views), shot.size_px[1]
        centre, half_height = _framing(shot, index, width, height)
        camera = renderer.GetActiveCamera()
        camera.ParallelProjectionOn()
        camera.SetFocalPoint(*centre)
        camera.SetPosition(*(centre + view.toward_lps * 500.0))
        camera.SetViewUp(*view.up_lps)
        camera.SetParallelScale(half_height)
        renderer.ResetCameraClippingRange()
        captions = shot.captions[index] if index < len(shot.captions) else ""
        x0 = index * width
        texts = _edge_letters(view, x0, width, height, size=28 if len(shot.views) == 1 else 20)
        texts.append(_text(captions, x0 + 12, height - 14, size=17, left=True))
        texts += _bar_texts(shot, half_height, x0, width, height)
        for text in texts:
            renderer.AddViewProp(text)
        return texts

    def _read(self, shot: Shot) -> NDArray[np.uint8]:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        width, height = shot.size_px
        data = vtkUnsignedCharArray()
        self._window.GetPixelData(0, 0, width - 1, height - 1, 1, data, 0)
        return np.array(vtk_to_numpy(data).reshape(height, width, 3)[::-1])


def _framing(shot: Shot, index: int, width: int, height: int) -> tuple[FloatArray, float]:
    """What the camera looks at, and half the height of what it sees in mm."""
    view = shot.views[index]
    points = _points_to_see(shot, index)
    axes = np.stack([view.right_lps, view.up_lps, view.toward_lps])
    seen = points @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = np.maximum((high - low) / 2.0, 1.0)
    free = (height - _FOOT_PX) / height
    half_height = _MARGIN * max(half[1] / free, half[0] * height / width)
    middle = (low + high) / 2.0
    middle[1] -= half_height * (1.0 - free) * 0.8
    return middle @ axes, float(half_height)


def _points_to_see(shot: Shot, index: int) -> FloatArray:
    frame = shot.frames[index] if index < len(shot.frames) else None
    if frame is not None:
        return frame
    parts = [b.mesh.vertices_lps_mm for b in shot.bodies]
    return np.concatenate([v[:: max(1, len(v) // _FRAMING_POINTS)] for v in parts])


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
    looks.SetBackgroundColor(1.0, 1.0, 1.0)
    looks.SetBackgroundOpacity(0.75 if words else 0.0)
    looks.SetJustification(0 if left else 1)
    looks.SetVerticalJustification(2 if left else 1)
    return actor


def _edge_letters(view: View, x0: int, width: int, height: int, *, size: int) -> list[Any]:
    middle = (height + _FOOT_PX) / 2
    return [
        _text(letters(view.right_lps), x0 + width - 30, middle, size=size),
        _text(letters(-view.right_lps), x0 + 30, middle, size=size),
        _text(letters(view.up_lps), x0 + width / 2, height - 20, size=size),
        _text(letters(-view.up_lps), x0 + width / 2, _FOOT_PX - 8, size=size),
    ]


def _bar_mm(half_height: float, width: int, height: int) -> tuple[int, int]:
    """A round length that takes up to a quarter of the width, in millimetres and in pixels."""
    px_per_mm = height / (2.0 * half_height)
    fitting = [mm for mm in _BAR_STEPS_MM if mm * px_per_mm <= width / 4]
    length = fitting[-1] if fitting else _BAR_STEPS_MM[0]
    return length, round(length * px_per_mm)


def _bar_texts(shot: Shot, half_height: float, left: int, width: int, height: int) -> list[Any]:
    length, pixels = _bar_mm(half_height, width, height)
    texts = [_text(f"{length} mm", left + width - 16 - pixels / 2, 40, size=22 if len(shot.views) == 1 else 16)]
    if shot.bar is not None and left == 0:
        x0, x1 = _colour_bar_span(shot)
        middle = (shot.bar.low + shot.bar.high) / 2
        for x, value in ((x0, shot.bar.low), ((x0 + x1) / 2, middle), (x1, shot.bar.high)):
            texts.append(_text(f"{value:.3g}", x, 10, size=14))
        texts.append(_text(shot.bar.label, x0, 58, size=15, left=True))
    return texts


def _colour_bar_span(shot: Shot) -> tuple[int, int]:
    return 24, 24 + min(300, shot.size_px[0] // 2 - 120)


def _with_bars(pixels: NDArray[np.uint8], shot: Shot) -> NDArray[np.uint8]:
    """The scale bars and the colour bar painted into the foot of the picture."""
    height = pixels.shape[0]
    width = shot.size_px[0] // len(shot.views)
    for i in range(len(shot.views)):
        _, half_height = _framing(shot, i, width, height)
        _, length = _bar_mm(half_height, width, height)
        right = (i + 1) * width - 16
        pixels[height - 26 : height - 21, right - length : right] = 20
    if shot.bar is not None:
        x0, x1 = _colour_bar_span(shot)
        pixels[height - 38 : height - 20, x0:x1] = colour.colours_of(np.linspace(0.0, 1.0, x1 - x0))
    return pixels
