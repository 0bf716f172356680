"""The few strokes that the charts are drawn with: escaped elements, numbers that print the same everywhere."""

from markupsafe import Markup, escape


def element(name: str, *children: str | Markup, **attributes: str | float) -> Markup:
    """An SVG element; children and attribute values are escaped, ``class_`` and ``stroke_width`` become XML names."""
    written = [f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"' for key, value in attributes.items()]
    return Markup(f"<{name}{''.join(written)}>{''.join(escape(child) for child in children)}</{name}>")  # noqa: S704


def drawing(title: str, description: str, *children: Markup, height: int, class_: str) -> Markup:
    """An inline picture with its text alternative; widths inside are percentages, so that it fits any column."""
    words = [element("title", title), *([element("desc", description)] if description else [])]
    label = f"{title}. {description}" if description else title
    return element("svg", *words, *children, role="img", aria_label=label, width="100%", height=height, class_=class_)


def share(part: float, whole: float) -> str:
    """A coordinate in percent of the width, kept within the picture."""
    return f"{_number(100 * min(max(part / whole, 0.0), 1.0))}%"


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
