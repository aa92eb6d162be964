"""What a reader's screen shows, measured in the browser: contrast, overflow, height of links, and forced dark.

Forced dark inverts lightness in CIE Lab and leaves pictures alone: L' = 9 + 0.88·(100 − L). Partial darkens light
grounds and brightens dark texts only. No mail client publishes its own rules; these are the
hardest that the art direction reckons with.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, Route

from newsletter.model.mail import Message

FORCE = """mode => {
  const linear = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4
  const bent = c => c <= .0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - .055
  const gamma = c => Math.max(0, Math.min(255, Math.round(255 * bent(c))))
  const root = t => t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116
  const cube = t => t ** 3 > 216 / 24389 ? t ** 3 : (116 * t - 16) * 27 / 24389
  const lab = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(linear), white = [.95047, 1, 1.08883]
    const [X, Y, Z] = [[.4124, .3576, .1805], [.2126, .7152, .0722], [.0193, .1192, .9505]]
      .map((row, n) => root((row[0] * x + row[1] * y + row[2] * z) / white[n]))
    return [116 * Y - 16, 500 * (X - Y), 200 * (Y - Z)]
  }
  const rgb = ([l, a, b]) => {
    const y = (l + 16) / 116, X = .95047 * cube(y + a / 500), Y = cube(y), Z = 1.08883 * cube(y - b / 200)
    return [[3.2406, -1.5372, -.4986], [-.9689, 1.8758, .0415], [.0557, -.204, 1.057]]
      .map(row => gamma(row[0] * X + row[1] * Y + row[2] * Z))
  }
  const turn = (colour, ground) => {
    const [l, a, b] = lab(colour)
    if (mode == 'partial' && (ground ? l < 50 : l > 50)) return colour
    return rgb([9 + .88 * (100 - l), a, b])
  }
  const read = text => { const v = text.match(/[\\d.]+/g).map(Number); return v[3] === 0 ? null : v.slice(0, 3) }
  const changes = []
  for (const element of document.querySelectorAll('body, body *:not(img)')) {
    const style = getComputedStyle(element)
    for (const name of ['color', 'background-color', 'border-top-color', 'border-bottom-color']) {
      const colour = read(style.getPropertyValue(name))
      if (colour) changes.push([element, name, `rgb(${turn(colour, name == 'background-color')})`])
    }
  }
  for (const [element, name, value] of changes) element.style.setProperty(name, value, 'important')
}"""

MEASURE = """() => {
  const read = text => text.match(/[\\d.]+/g).map(Number)
  const linear = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4
  const luminance = colour => colour.slice(0, 3).map(linear)
    .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0)
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = read(getComputedStyle(element).backgroundColor)
      if (colour[3] !== 0) return colour
    }
    return [255, 255, 255]
  }
  const ratio = (one, other) => { const [a, b] = [luminance(one), luminance(other)]
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) }
  const contrasts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim()
    if (text && element.getClientRects().length && getComputedStyle(element).fontSize != '0px')
      contrasts.push([ratio(read(getComputedStyle(element).color), ground(element)), text.slice(0, 60)])
  }
  for (const img of document.images)
    if (img.alt) contrasts.push([ratio(read(getComputedStyle(img).color), ground(img)), img.alt])
  const isWords = node => node.nodeType == 3 && !['', '·'].includes(node.textContent.trim())
  const inText = link => [...link.parentElement.childNodes].some(isWords) && !link.closest('h2, h3, .link, .button')
  const height = link => Math.max(...[link, ...link.children].map(e => e.getBoundingClientRect().height))
  return {
    contrast: contrasts.sort((a, b) => a[0] - b[0])[0],
    overflow: Math.max(0, ...[...document.querySelectorAll('body *')].map(e => e.getBoundingClientRect())
      .filter(box => box.width).map(box => Math.max(box.right - innerWidth, -box.left))),
    low: [...document.links].filter(link => !inText(link))
      .map(link => [height(link), link.textContent.trim() || 'picture'])
      .filter(([height]) => height < 44),
  }
}"""

SCHEMES = ("light", "dark", "forced", "partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """``contrast`` is the least of any text, with that text; ``overflow`` in CSS px; ``low`` are links below 44 px."""

    contrast: tuple[float, str]
    overflow: float
    low: list[tuple[float, str]]


@contextmanager
def opened(browser: Browser, message: Message, width: int, scheme: str = "light") -> Iterator[Page]:
    """The mail on a screen of this width. Pictures come from the edition; nothing else is fetched."""
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    pictures = {picture.name: picture.data for picture in message.edition.pictures}

    def answer(route: Route) -> None:
        data = pictures.get(route.request.url.rpartition("/")[2])
        route.fulfill(body=data) if data else route.abort()

    page.route("**/*", answer)
    page.set_content(message.html)
    if scheme in {"forced", "partial"}:
        page.evaluate(FORCE, scheme)
    yield page
    page.close()


def measure(page: Page) -> Seen:
    """Measure what is shown."""
    found = page.evaluate(MEASURE)
    return Seen(contrast=tuple(found["contrast"]), overflow=found["overflow"], low=[tuple(low) for low in found["low"]])
