"""Pages as trees, so that tests can say what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "circle", "line"}


@dataclass
class Element:
    """An element: its name, its attributes, its elements and texts in order, the element that it is in."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it as it stands."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def words(self) -> str:
        """All text in it, white space made single."""
        return " ".join(self.text.split())

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.attributes.get("class", "").split()

    def find(self, tag: str = "", class_: str = "", **attributes: str) -> list[Element]:
        """Return the elements in it of that name, class and those attributes, in the order of the page."""
        return [
            element
            for element in self.walk()
            if (not tag or element.tag == tag)
            and (not class_ or class_ in element.classes)
            and all(element.attributes.get(name) == value for name, value in attributes.items())
        ]

    def above(self) -> Iterator[Element]:
        """Yield the elements that it is in, the innermost first."""
        if self.parent is not None:
            yield self.parent
            yield from self.parent.above()

    def walk(self) -> Iterator[Element]:
        """Yield the elements in it, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.place = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.place)
        self.place.children.append(element)
        if tag not in _VOID:
            self.place = element

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.place.tag == tag, f"</{tag}> ends <{self.place.tag}>"
        assert self.place.parent is not None
        self.place = self.place.parent

    def handle_data(self, data: str) -> None:
        self.place.children.append(data)


def read_page(html: str) -> Element:
    """Return the tree of ``html``; fails where an end tag does not fit or is missing."""
    reader = _Reader()
    reader.feed(html)
    assert not reader.place.tag, f"<{reader.place.tag}> does not end"
    return reader.place
