"""The shapes of a slide to placed pieces: groups unfolded, each piece with its box in points."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape

from search.types import Box

EMU_PER_POINT = 12_700


@dataclass(frozen=True, slots=True)
class Frame:
    """How coordinates inside a group lie on the slide: scale first, then shift (EMU)."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0

    def box(self, page: int, shape: BaseShape) -> Box | None:
        """The place of the shape in points, or None if the file does not say."""
        if None in (shape.left, shape.top, shape.width, shape.height):
            return None
        x0 = shape.left * self.scale_x + self.shift_x
        y0 = shape.top * self.scale_y + self.shift_y
        x1, y1 = x0 + shape.width * self.scale_x, y0 + shape.height * self.scale_y
        return Box(page, *(round(value / EMU_PER_POINT, 2) for value in (x0, y0, x1, y1)))

    def inside(self, group: GroupShape) -> "Frame":
        """The frame of what is in the group."""
        transform = group._element.grpSpPr.find(qn("a:xfrm"))
        offset = None if transform is None else transform.find(qn("a:chOff"))
        extent = None if transform is None else transform.find(qn("a:chExt"))
        if offset is None or extent is None:
            return self
        across, down = int(extent.get("cx", "0")), int(extent.get("cy", "0"))
        x = group.width / across if across else 1.0
        y = group.height / down if down else 1.0
        return Frame(
            self.scale_x * x,
            self.scale_y * y,
            self.shift_x + self.scale_x * (group.left - x * int(offset.get("x", "0"))),
            self.shift_y + self.scale_y * (group.top - y * int(offset.get("y", "0"))),
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape, where it lies on its slide and its role in the layout; or a group of such."""

    shape: BaseShape
    box: Box | None
    role: PP_PLACEHOLDER | None = None
    members: tuple["Placed", ...] = ()


def placed_shapes(shapes: Iterable[BaseShape], page: int, frame: Frame) -> Iterator[Placed]:
    """The shapes as the file gives them; a group holds its own."""
    for shape in shapes:
        if isinstance(shape, GroupShape):
            members = tuple(placed_shapes(shape.shapes, page, frame.inside(shape)))
            yield Placed(shape, _around([m.box for m in members if m.box]), None, members)
        else:
            role = shape.placeholder_format.type if shape.is_placeholder else None
            yield Placed(shape, frame.box(page, shape), role)


def with_content(placed: Iterable[Placed], says: Callable[[Placed], bool]) -> Iterator[Placed]:
    """The shapes that say something; a group is as large as what it then holds."""
    for item in placed:
        if isinstance(item.shape, GroupShape):
            members = tuple(with_content(item.members, says))
            if members:
                box = _around([member.box for member in members if member.box])
                yield Placed(item.shape, box, None, members)
        elif says(item):
            yield item


def leaves(placed: Iterable[Placed]) -> Iterator[Placed]:
    """The shapes without the groups around them."""
    for item in placed:
        if isinstance(item.shape, GroupShape):
            yield from leaves(item.members)
        else:
            yield item


def _around(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        boxes[0].page,
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
