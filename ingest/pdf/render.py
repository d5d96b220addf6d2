"""A page of a PDF to a small WebP image of it; only for the limited child that `preview` asks for.

A page of text and flat colours goes with sixteen levels in each channel, lossless: letters stay
sharp, colours are off by 8 of 255 at most, and it takes half of what lossy takes (median of 70
pages at 800 px: 32 KB against 56). Photographs and gradients, which levels would band, go lossy.
"""

import io

import pypdfium2 as pdfium
from PIL import Image, WebPImagePlugin

from ingest.errors import Encrypted, Unreadable

TALLEST = 4  # times as high as wide; a longer page comes narrower than asked
MOST_BYTES = 150_000  # at 800 px or less; what a phone should wait for
BUDGET_WIDTH = 800
# A page of text has few colours and most of it in a handful; a scan or photograph has thousands,
# a gradient spreads them evenly (share of the sixteen: texts above .76, gradients below .68).
MOST_COLOURS = 4_096
FEW_COLOURS = 16
FLAT_SHARE = 0.72
LEVELS = 16
SIXTEEN_LEVELS = [round(value * (LEVELS - 1) / 255) * 255 // (LEVELS - 1) for value in range(256)]
# CPU for a page of text at 800 px: lossless by method 1 takes 45 ms, and 4 saves nothing; lossy by
# method 2 takes 30 ms, and 4 saves 3 % for 62.
LOSSLESS_METHOD, LOSSLESS_EFFORT = 1, 75
LOSSY_METHOD = 2
QUALITIES = (70, 60, 50, 40, 30, 20, 10)
PASSWORD_ERROR = "Incorrect password"  # noqa: S105 - part of PDFium's message, not a password

assert WebPImagePlugin.SUPPORTED, "Pillow without WebP"  # noqa: S101 - at start, not at a page
Image.preinit()  # what saving would load, before processes are forked


def draw_page(data: bytes, page: int, width: int) -> bytes:
    """The page as WebP, so many pixels wide, on white, with its annotations and forms.

    A hostile file may abort or block the whole process. Raises `Unreadable` or `Encrypted`.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if PASSWORD_ERROR in str(error):
            raise Encrypted("El PDF pide una contraseña para abrirse.") from error
        raise Unreadable("El PDF está dañado y no se puede abrir.") from error
    document.init_forms()
    if not 1 <= page <= len(document):
        raise Unreadable(f"El PDF no tiene página {page}.")
    try:
        sheet = document[page - 1]
        points_wide, points_high = sheet.get_size()
        if points_wide <= 0 or points_high <= 0:
            raise Unreadable(f"La página {page} del PDF no tiene tamaño.")
        most = TALLEST * width
        scale = min((width - 0.01) / points_wide, (most - 0.01) / points_high)  # PDFium rounds up
        image: Image.Image = sheet.render(scale=scale).to_pil()
        return encode(image.convert("RGB"))
    except pdfium.PdfiumError as error:
        raise Unreadable(f"La página {page} del PDF está dañada y no se puede dibujar.") from error


def encode(image: Image.Image) -> bytes:
    """The smallest WebP that still looks like the image, within the budget of its width."""
    budget = round(MOST_BYTES * max(1.0, (image.width / BUDGET_WIDTH) ** 2))
    stream = io.BytesIO()
    if is_flat(image):
        flat = image.point(SIXTEEN_LEVELS * 3)
        flat.save(stream, "WEBP", lossless=True, quality=LOSSLESS_EFFORT, method=LOSSLESS_METHOD)
        if len(stream.getvalue()) <= budget:
            return stream.getvalue()
    for quality in QUALITIES:
        stream = io.BytesIO()
        image.save(stream, "WEBP", lossless=False, quality=quality, method=LOSSY_METHOD)
        if len(stream.getvalue()) <= budget:
            return stream.getvalue()
    return encode(image.reduce(2))  # mere noise: half of it looks the same


def is_flat(image: Image.Image) -> bool:
    """Whether the image is made of a few plain colours, as text, tables and diagrams are."""
    colours = image.getcolors(MOST_COLOURS)
    if colours is None:
        return False
    most = sorted((count for count, _ in colours), reverse=True)[:FEW_COLOURS]
    return sum(most) >= FLAT_SHARE * image.width * image.height
