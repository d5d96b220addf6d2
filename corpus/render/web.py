"""A source becomes one self-contained web page."""

from html import escape

from render.source import MARKDOWN, Source

STYLE = """
body { font: 1rem/1.55 system-ui, sans-serif; color: #1b1f24; max-width: 44rem;
       margin: 0 auto; padding: 1.5rem; }
h1 { line-height: 1.2; }
h2 { color: #0b5c7a; margin-top: 2rem; }
.aviso { background: #e8f1f4; border-left: .3rem solid #0b5c7a; padding: .6rem 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #5b6570; padding: .35rem .5rem; text-align: left; vertical-align: top; }
footer { border-top: 1px solid #5b6570; margin-top: 2.5rem; font-size: .875rem; }
"""


def render_web(source: Source) -> bytes:
    """The document as an HTML page in UTF-8."""
    title, subtitle, label = map(escape, (source.title, source.subtitle, source.label))
    page = f"""<!DOCTYPE html>
<html lang="{source.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta name="description" content="{subtitle}">
<meta name="date" content="{source.date}">
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{subtitle}</p>
<p class="aviso">{label}</p>
</header>
<main>
{MARKDOWN.render(source.body)}</main>
<footer><p>{label}</p></footer>
</body>
</html>
"""
    return page.encode()


def render_markdown(source: Source) -> bytes:
    """The document as Markdown: the body under its title, between two labels."""
    opening = f"# {source.title}\n\n{source.subtitle}\n\n**{source.label}**\n\n"
    return f"{opening}{source.body}\n---\n\n{source.label}\n".encode()
