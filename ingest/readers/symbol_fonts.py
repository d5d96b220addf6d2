"""Characters of symbol fonts to the Unicode characters that look like them."""

PRIVATE = 0xF000  # symbol fonts keep their characters in the private area from here
SYMBOL = dict(
    zip(
        range(0x61, 0x7B),
        "αβχδεφγηιϕκλμνοπθρστυϖωξψζ",
        strict=True,
    )
) | dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
SYMBOL |= {
    0xA3: "≤",
    0xA5: "∞",
    0xAB: "↔",
    0xAC: "←",
    0xAE: "→",
    0xB0: "°",
    0xB1: "±",
    0xB3: "≥",
    0xB4: "×",
    0xB7: "•",
    0xB8: "÷",
    0xB9: "≠",
    0xBB: "≈",
    0xD5: "∏",
    0xD6: "√",
    0xDE: "⇒",
    0xE5: "∑",
}
WINGDINGS = {
    0x6C: "●",
    0x6E: "■",
    0x6F: "☐",
    0x71: "❑",
    0x72: "❒",
    0x75: "◆",
    0x76: "❖",
    0xA7: "▪",
    0xA8: "☐",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE8: "➔",
    0xF0: "⇨",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}


def symbol(font: str, code: int) -> str:
    """What the character of a font shows; nothing where only the font knows."""
    place = code - PRIVATE if PRIVATE <= code < PRIVATE + 0x100 else code
    name = font.casefold()
    if name.startswith("wingdings"):
        return WINGDINGS.get(place, "")
    if name == "symbol":
        return SYMBOL.get(place, chr(place) if 0x20 <= place < 0x40 else "")
    return "" if 0xE000 <= code <= 0xF8FF else chr(code)
