"""Pictures that no block holds, put among a page's blocks at the place where they stand.

    <figure><noscript><img src="a.jpg"></noscript><figcaption>…   ->   a block of the image, the caption's block

They stand in a noscript element, or in a source element: libxml2 knows no end
of it, and takes what follows for its content.  Pure; the tree is not changed.
Standards: HTML 4.12.2 (noscript), 4.8.2 (source).
"""

from collections.abc import Sequence

from cuttings.parse.page.blocks import IMAGES, Block
from cuttings.text.xml import Element

_MOST = 200  # pictures: a page that has more of them is no article


def with_all_pictures(blocks: Sequence[Block]) -> tuple[Sequence[Block], Sequence[int | None]]:
    """Return the blocks with those pictures among them, and for each the number it had before; None for what is new.

    A noscript beside an image gives that image's own address (see `images`),
    and no other.
    """
    missed = _missed(blocks)[:_MOST] if blocks else []
    if not missed:
        return blocks, range(len(blocks))
    places = {element: place for place, element in enumerate(blocks[0].chain[0].iter())}
    numbered: list[tuple[int, int, int | None, Block]] = []
    latest = 0
    for n, block in enumerate(blocks):
        latest = max(latest, places.get(_first(block), 0))
        numbered.append((latest, 1, n, block))
    numbered += [(places[element], 0, None, _block(element)) for element in missed]
    numbered.sort(key=lambda one: one[:2])
    return [block for *_, block in numbered], [n for *_, n, _ in numbered]


def _missed(blocks: Sequence[Block]) -> list[Element]:
    """The elements that hold a picture which stands in no block."""
    found = [element for element in blocks[0].chain[0].iter("noscript", "source") if _is_alone(element)]
    if not found:
        return found
    held = {node for block in blocks for node in block.nodes if not isinstance(node, str)}
    return [element for element in found if held.isdisjoint(element.iterancestors())]


def _is_alone(element: Element) -> bool:
    parent = element.getparent()
    if parent is None or parent.tag in ("source", "noscript") or next(element.iter(*IMAGES), None) is None:
        return False
    return element.tag == "source" or not any(map(_has_image, (element.getprevious(), element.getnext())))


def _has_image(element: Element | None) -> bool:
    return element is not None and next(element.iter(*IMAGES), None) is not None and element.tag != "noscript"


def _first(block: Block) -> Element:
    return next((node for node in block.nodes if not isinstance(node, str)), block.element)


def _block(element: Element) -> Block:
    return Block(tuple(reversed(list(element.iterancestors()))), list(element.iter(*IMAGES)))
